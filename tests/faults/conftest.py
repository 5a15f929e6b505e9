"""The hosts of the verbs' own tests, for their worst days."""

from __future__ import annotations

from tests.operations.conftest import green, host, line, studio

__all__ = ["green", "host", "line", "studio"]
