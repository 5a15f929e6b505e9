"""Deploy the config of a self-hosted LiteLLM proxy over SSH."""

__version__ = "0.1.0"
