"""Fabric looks for a file of this name; the tasks are in tasks.py."""

from tasks import namespace  # noqa: F401
