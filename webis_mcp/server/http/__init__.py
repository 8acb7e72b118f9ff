"""The way in over HTTP: Streamable HTTP, legacy SSE and `POST /generate`, behind API keys.

A request passes, in this order: `connections` (deadlines, and how many at once), `names` (is it for
us), `gate` (whose key is it), `bodies` (how much, how soon), and then the one that answers.
"""
