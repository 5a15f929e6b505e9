"""The hosts of the verbs' own tests, for their worst days."""

from __future__ import annotations

import pytest

from tests.support.hosts import green, host, line, studio

pytest.register_assert_rewrite("tests.faults.course")  # its assertions are shared

__all__ = ["green", "host", "line", "studio"]
