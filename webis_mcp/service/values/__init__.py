"""Values asked for by instruction or schema: the plan, who wins, and what is left to a reader."""
