"""MCP over a pair of pipes: every line answered, and a clean end however it comes."""
