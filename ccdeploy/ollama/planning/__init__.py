"""What a set of models will do to each other in one memory: by Ollama's own rules, before anything is deployed."""
