"""Lines of Ollama's own log, as values: one kind of line a file. Pure."""
