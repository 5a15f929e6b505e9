"""Something that happens right before or after a command on the host, as if by chance."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ccdeploy.shell.command import Command, Result
from ccdeploy.transport.ssh import SshTransport


def at_command(
    monkeypatch: pytest.MonkeyPatch, command: str, do: Callable[[], object], when: str = "before"
) -> list[str]:
    """Do something at the first command of this name; return the list of what was run."""
    genuine = SshTransport.run
    ran: list[str] = []

    def run(self: SshTransport, asked: Command) -> Result:
        is_it = asked.name == command and command not in ran
        ran.append(asked.name)
        if is_it and when == "before":
            do()
        result = genuine(self, asked)
        if is_it and when == "after":
            do()
        return result

    monkeypatch.setattr(SshTransport, "run", run)
    return ran
