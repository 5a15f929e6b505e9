"""A client in a process of its own: connects to a host, does one thing, and says in a file how it went.

Run as `python -m tests.support.client SSH-HOST-FOLDER PORT USER WHAT SCRIPT`; tests send it signals.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ccdeploy.shell.command import Command
from ccdeploy.transport.ssh import SshTransport
from tests.support.ssh_host import SshHost


def start(host: SshHost, what: str, script: str) -> subprocess.Popen[str]:
    """Start a client: `run`, `finishes` (a command that finishes), or `leave` (exits without closing)."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.client", str(host.folder), str(host.port), host.user, what, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def main(folder: str, port: str, user: str, what: str, script: str) -> int:
    """Do it; 130 after Ctrl-C."""
    transport = SshTransport("studio", SshHost("", int(port), user, Path(folder)).target)
    try:
        result = transport.run(Command(what, script, finishes=what == "finishes", timeout_s=60))
        print("answer", result.text.strip())
        if what == "leave":
            transport.put(b"x", f"{folder}/left", 0o600)
            return 0
    except KeyboardInterrupt:
        print("interrupted")
        transport.close()
        return 130
    transport.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
