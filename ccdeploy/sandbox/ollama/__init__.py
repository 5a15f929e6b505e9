"""A stand-in for Ollama: its API, a memory that models do not fit into, and a log of every load."""
