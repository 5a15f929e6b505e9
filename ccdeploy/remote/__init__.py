"""The nouns of a host, told with the seam's few methods."""
