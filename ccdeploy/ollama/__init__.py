"""What we know of Ollama: its values, its answers, and which calls load a model. Pure."""
