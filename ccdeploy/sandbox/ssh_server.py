"""The sandbox's SSH server: exec, SFTP and direct-tcpip, for one key and one user, on loopback.

Run as `python -m ccdeploy.sandbox.ssh_server --base … --port …`. It knows SSH; what a command is
run with is in ssh_exec, and the keys are in ssh_keys.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from ccdeploy.sandbox.account import Account
from ccdeploy.sandbox.ssh_exec import serve_command
from ccdeploy.sandbox.ssh_keys import Keys, keys_in
from ccdeploy.sandbox.ssh_late import tolerate_late_messages

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class SessionLog:
    """A JSON line for each session: what kind, and what was asked for. Commands may be counted by it."""

    path: Path

    def note(self, kind: str, **what: str | int | None) -> None:
        """Append one line, in one write."""
        line = json.dumps({"at": round(time.time(), 3), "kind": kind, **what}) + "\n"
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)


class Server(asyncssh.SSHServer):
    """One connection: who may log in, and where it may forward to."""

    def __init__(self, user: str, keys: Keys, log: SessionLog, forwarding: bool) -> None:
        self._user = user
        self._keys = keys
        self._log = log
        self._forwarding = forwarding
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection, whose keys depend on the user's name."""
        self._connection = conn
        tolerate_late_messages(conn)

    def begin_auth(self, username: str) -> bool:
        """Admit the key for the one user of the sandbox; any other user has no key at all."""
        if self._connection and username == self._user:
            self._connection.set_authorized_keys(self._keys.clients)
        return True

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        """Forward to loopback; code 1 where that is forbidden, and asyncssh answers 2 to a closed port."""
        self._log.note("forward", host=dest_host, port=dest_port, allowed=int(self._forwarding))
        if not self._forwarding:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "open failed")
        if dest_host not in _LOOPBACK:
            raise asyncssh.ChannelOpenError(
                asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "the sandbox forwards to loopback only"
            )
        return True


async def serve(base: Path, port: int, user: str, shell: str, forwarding: bool) -> None:
    """Serve until SIGTERM."""
    home = base / "home"
    os.chdir(home)  # sftp-server starts in the user's home, and a relative path means that
    keys = keys_in(base / "ssh", port)
    log = SessionLog(base / "ssh.log")
    account = Account(user, home, shell, str(base))

    async def command(process: asyncssh.SSHServerProcess[bytes]) -> None:
        log.note("shell" if process.command is None else "exec", command=process.command)
        await serve_command(process, account)

    def sftp(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        log.note("sftp")
        return asyncssh.SFTPServer(channel)

    acceptor = await asyncssh.create_server(
        lambda: Server(user, keys, log, forwarding),
        "127.0.0.1",
        port,
        server_host_keys=[keys.host],
        process_factory=command,
        sftp_factory=sftp,
        allow_scp=True,
        encoding=None,
        line_editor=False,
        password_auth=False,
        kbdint_auth=False,
        gss_host=None,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    acceptor.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--shell", default="/bin/sh")
    parser.add_argument("--no-forwarding", action="store_true")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    # A shell starts background processes with these two ignored, and every command would inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    asyncio.run(serve(given.base, given.port, given.user, given.shell, not given.no_forwarding))
    os._exit(0)  # threads that wait for commands must not hold the server; the commands live on


if __name__ == "__main__":
    main()
