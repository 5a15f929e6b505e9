"""A proxy that listens on ::1 only."""

from __future__ import annotations

import socket
import urllib.request

from ccdeploy import app
from tests.support.studio import Studio


def test_a_proxy_on_an_ipv6_address_is_deployed_and_seen(studio: Studio) -> None:
    """Its URL has brackets, its listener is looked for in the other family, and it is nobody else's."""
    studio.entry["listen"]["address"] = "[::1]"
    studio.settle()
    studio.deployed("coder")
    assert app.status(studio.project, None).exit_code == 0
    with urllib.request.urlopen(f"http://[::1]:{studio.port}/health/liveliness", timeout=20) as answer:
        assert answer.status == 200
    with socket.socket() as sock:
        assert sock.connect_ex(("127.0.0.1", studio.port)) != 0
