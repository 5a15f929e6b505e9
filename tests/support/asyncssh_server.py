"""The sandbox's SSH server as a subprocess, and a rude one in a thread that misbehaves on demand."""

from __future__ import annotations

import asyncio
import getpass
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh

from tests.support.free_port import free_port
from tests.support.ssh_host import SshHost, make_folder, wait_for_banner

Behaviour = Callable[["asyncssh.SSHServerProcess[bytes]"], Awaitable[None]]


@contextmanager
def sandbox_server(
    folder: Path, *, login_shell: str = "/bin/sh", forwarding: bool = True, setup: str = ""
) -> Iterator[SshHost]:
    """Run the sandbox's server. `setup` is sh run before it, such as a `ulimit`."""
    port = free_port()
    make_folder(folder, port)
    (folder / "home").mkdir()
    keys = folder / "ssh"
    keys.mkdir()
    for ours, theirs in (("host_key", "host_key"), ("client_key", "id_ed25519")):
        for suffix in ("", ".pub"):
            (keys / f"{theirs}{suffix}").write_bytes((folder / f"{ours}{suffix}").read_bytes())
            (keys / f"{theirs}{suffix}").chmod(0o600)
    argv = [sys.executable, "-m", "ccdeploy.sandbox.ssh_server", "--base", str(folder), "--port", str(port)]
    argv += ["--user", getpass.getuser(), "--shell", login_shell, *([] if forwarding else ["--no-forwarding"])]
    log = folder / "server.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"{setup}\nexec {shlex.join(argv)}"],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
    try:
        wait_for_banner(port, process, log)
        yield SshHost("asyncssh", port, getpass.getuser(), folder, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@contextmanager
def rude_server(folder: Path, behaviour: Behaviour, **options: object) -> Iterator[SshHost]:
    """Run an SSH server in a thread whose every command is answered by `behaviour`.

    `options` go to asyncssh.create_server.
    """
    port = free_port()
    make_folder(folder, port)
    loop = asyncio.new_event_loop()
    is_up = threading.Event()
    stop = asyncio.Event()

    async def serve() -> None:
        keys = {
            "server_host_keys": [str(folder / "host_key")],
            "authorized_client_keys": str(folder / "authorized_keys"),
        }
        acceptor = await asyncssh.create_server(
            asyncssh.SSHServer, "127.0.0.1", port, **{**keys, "process_factory": behaviour, "encoding": None, **options}
        )
        is_up.set()
        await stop.wait()
        acceptor.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        assert is_up.wait(20)
        yield SshHost("rude", port, getpass.getuser(), folder)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.close()
