"""The life of a vLLM server: who starts, shares, watches and ends it. Not what it is asked.

Three processes stand behind one another. `host` is in ours: it asks for an engine, and looks. The
`keeper` runs by itself, one for an engine, and owns its life for all servers that share it. The
`guardian` is the keeper's child and vLLM's parent: nothing that it started outlives it.
"""
