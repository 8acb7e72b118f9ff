"""Judging by a language model that a server holds. Who starts that server is not known here.

`view` and what it uses run where pages are read, and import no event loop; `client` and what stands
on it run in the server's process, and import no parser.
"""
