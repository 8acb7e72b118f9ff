"""Markup to a page: bytes to text, text to a tree, a tree to blocks and what stands in for them."""
