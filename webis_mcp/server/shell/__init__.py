"""The command `extract`: one page, or a folder of them."""
