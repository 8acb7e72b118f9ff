"""How the world gets in: MCP over stdio, and the shell. Wires everything, decides nothing."""
