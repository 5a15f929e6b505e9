"""Scripts for a host's `/bin/sh`, quoted once, and the parsers of their answers. Pure."""
