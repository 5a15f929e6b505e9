"""What we know of LiteLLM: its config, what it promises to serve, its command line and its answers. Pure."""
