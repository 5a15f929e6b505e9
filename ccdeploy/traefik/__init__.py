"""What we know of Traefik: whose answer a response through it is. Pure."""
