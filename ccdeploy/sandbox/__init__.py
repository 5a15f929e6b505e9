"""An embedded host made of real parts: SSH server, LiteLLM, Traefik, and a stand-in for Ollama."""
