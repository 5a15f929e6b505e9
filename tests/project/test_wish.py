"""What is taken of an answer where none is given."""

from __future__ import annotations

import pytest

from ccdeploy.project.wish import name_from


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("studio.example.com", "studio"), ("ada@den.example.com", "den"), ("mac-mini", "mac-mini"),
        ("192.0.2.7", "192.0.2.7"), ("::1", "host"), ("sandbox.example.com", "host"), ("_x", "host"),
    ],
)  # fmt: skip
def test_a_host_is_named_after_its_address(address: str, name: str) -> None:
    """The name is what one types every day."""
    assert name_from(address) == name
