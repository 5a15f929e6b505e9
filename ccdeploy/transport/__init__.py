"""The seam: run, put, http, public. It alone opens connections."""
