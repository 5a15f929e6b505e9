"""One command of an SSH client, run as sshd runs it: by the login shell, in a session of its own.

A channel that closes kills nothing. The exit status is sent when the command has ended and nobody
holds its streams any more, which is when sshd closes the channel: a background process with its
streams redirected is not waited for, one that kept them is.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import threading
from contextlib import suppress
from typing import IO

import asyncssh

from ccdeploy.sandbox.account import Account

_CHUNK = 65_536


async def serve_command(process: asyncssh.SSHServerProcess[bytes], account: Account) -> None:
    """Run the command that the client asked for, or a shell, and send its exit status."""
    try:
        child = _start(process, account)
    except OSError as exc:
        process.stderr.write(f"{account.shell}: {exc.strerror}\n".encode())
        process.exit(127)
        return
    ended = _ended(child)
    feeding = asyncio.create_task(_feed(process.stdin, _pipe(child.stdin)))
    await asyncio.gather(_show(_pipe(child.stdout), process.stdout), _show(_pipe(child.stderr), process.stderr))
    status = await ended
    feeding.cancel()
    with suppress(OSError, asyncssh.Error):  # the client may have gone
        if status >= 0:
            process.exit(status)
        else:
            process.exit_with_signal(_signal_name(-status))


def _start(process: asyncssh.SSHServerProcess[bytes], account: Account) -> subprocess.Popen[bytes]:
    command = [account.shell, "-c", process.command] if process.command is not None else [account.shell]
    return subprocess.Popen(
        command,
        cwd=account.home,
        env=account.environment(_asked(process)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("Popen gave no pipe for a stream that was asked for as one")
    return stream


def _asked(process: asyncssh.SSHServerProcess[bytes]) -> dict[str, str]:
    return {str(k): str(v) for k, v in process.env.items()}


def _ended(child: subprocess.Popen[bytes]) -> asyncio.Future[int]:
    """Wait for the child in a thread of its own: it is reaped even when the client is gone."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[int] = loop.create_future()

    def wait() -> None:
        status = child.wait()
        with suppress(RuntimeError):  # the loop may have been closed
            loop.call_soon_threadsafe(lambda: None if future.done() else future.set_result(status))

    threading.Thread(target=wait, daemon=True).start()
    return future


async def _feed(source: asyncssh.SSHReader[bytes], pipe: IO[bytes]) -> None:
    """Pass the client's input on; its end closes the pipe."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, pipe)
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    try:
        with suppress(OSError, asyncssh.Error):
            while data := await source.read(_CHUNK):
                writer.write(data)
                await writer.drain()
    finally:
        transport.close()


async def _show(pipe: IO[bytes], target: asyncssh.SSHWriter[bytes]) -> None:
    """Pass the child's output on until nobody can write any more, or the client has gone."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        with suppress(OSError, asyncssh.Error):
            while data := await reader.read(_CHUNK):
                target.write(data)
                await target.drain()
    finally:
        transport.close()


def _signal_name(number: int) -> str:
    return signal.Signals(number).name.removeprefix("SIG")
