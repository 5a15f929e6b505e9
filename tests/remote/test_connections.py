"""The connections to a port of a host."""

from __future__ import annotations

from ccdeploy.remote.connections import established
from ccdeploy.shell.command import Command, Result
from ccdeploy.transport.local import LocalTransport
from tests.shell.tiny import stranger, stream


def test_connections_are_counted_and_nothing_is_written() -> None:
    """A rehearsal may ask too."""

    class Asked(LocalTransport):
        def run(self, command: Command) -> Result:
            assert not command.writes
            return super().run(command)

    with stranger() as (port, _):
        assert established(Asked("studio"), port) == 0
        with stream(port):
            assert established(Asked("studio"), port) == 1


def test_a_host_that_cannot_see_them_says_nothing() -> None:
    """That is unknown, and not none."""

    class Blind(LocalTransport):
        def run(self, command: Command) -> Result:
            return Result(0, b"", b"")

    assert established(Blind("studio"), 1) is None
