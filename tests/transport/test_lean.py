"""What a verb loads that only asks a host: every start of ccdeploy waits for it."""

from __future__ import annotations

import subprocess
import sys

# For uses that are not ours, or not yet: a command line, a config that OpenSSH reads, HTTP/2.
UNWANTED = {"invoke", "httpx._main", "rich", "pygments", "h2", "hpack", "anyio", "trio"}


def test_a_way_to_a_host_loads_nothing_that_it_does_not_use() -> None:
    """Half of a quick verb's time goes into imports."""
    script = "import sys, ccdeploy.transport.ssh; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & UNWANTED == set()


def test_http_2_is_loaded_once_it_is_asked_for() -> None:
    """What is left out at first must not be missing later."""
    script = (
        "import ccdeploy.transport.ssh, httpx, httpcore; httpx.Client(http2=True); "
        "from httpcore._sync.http2 import HTTP2Connection; print(HTTP2Connection.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "httpcore._sync.http2\n"
