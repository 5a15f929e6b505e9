"""Tests that share something dear, such as the real LiteLLM, share a worker."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("groups")
def test_a_group_of_tests_stays_on_one_worker(request: pytest.FixtureRequest) -> None:
    """pytest-xdist tells by the end of a test's name; where pytest ignores that, each worker boots its own LiteLLM."""
    is_grouped = bool(request.config.getoption("loadgroup", False))
    assert request.node.nodeid.endswith("@groups") is is_grouped, "this pytest-xdist has no groups with this pytest"
