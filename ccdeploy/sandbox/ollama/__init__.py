"""A stand-in for Ollama: its API, its own scheduler in real time, and a log of every load; no model is ever run."""
