"""A host in order, for judges: its facts are this machine's, and each test changes what it is about."""

from __future__ import annotations

import pytest

from ccdeploy.clock import SystemClock
from ccdeploy.operations import verify
from ccdeploy.operations.doctor.seen import Seen
from ccdeploy.remote.facts import gather
from ccdeploy.remote.surroundings import look_around
from ccdeploy.transport.local import LocalTransport
from ccdeploy.verify.ollama import Before
from tests.remote.hosts import host_at

_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/"}


@pytest.fixture(scope="session")
def plain_seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """An empty root on this machine, looked at once."""
    host = host_at(tmp_path_factory.mktemp("root"))
    transport, clock = LocalTransport("studio", _ENVIRONMENT), SystemClock()
    facts = gather(transport, host)
    around = look_around(transport, host, clock)
    return Seen(host, clock.now(), facts, around, verify.serving(facts), Before(), {}, (), None, None)
