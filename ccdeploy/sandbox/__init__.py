"""An embedded host of real parts: an SSH server, LiteLLM, Traefik, and a stand-in for Ollama."""
