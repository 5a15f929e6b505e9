"""The seam: run, put, http, public. It alone opens connections."""

from ccdeploy.transport import lean as lean  # before any other import of paramiko or httpx
