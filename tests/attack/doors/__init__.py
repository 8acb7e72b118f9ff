"""The attacks on our own ways in, HTTP and stdio: one line a case, failing if one fails.

    python -m tests.attack.doors CORPUS [CLASS ...]

CORPUS is the folder of the attack corpus. Its `wire.py` sends what is wrong in JSON, in HTTP and in
headers; keys in each state, load and stdio, which it only names, are played here. Needs Linux.
"""
