"""Kept blocks to content: Markdown, text, and the part of it that is asked for."""
