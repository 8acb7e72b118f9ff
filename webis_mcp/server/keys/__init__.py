"""API keys: their form, the file that keeps their digests, and who is let in by them.

Knows no protocol: whoever serves one hands in what a caller presented, and is told who that is.
"""
