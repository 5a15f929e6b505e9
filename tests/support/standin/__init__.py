"""The parts of the stand-in for LiteLLM; `standin_litellm.py` beside this folder puts them together."""
