"""What matters of a proxy to a process table, and nothing else: it binds, serves nobody, drains at SIGTERM.

`python -I -S tiny_proxy.py --port N [--dead | --late | --deaf | --worker] [--environment FILE]`; a
connection that is open is a stream in flight, and its end is the stream's.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys


def main(words: list[str]) -> None:
    """Serve until SIGTERM, and then until the last connection is closed."""
    if "--environment" in words:
        _dump(words[words.index("--environment") + 1])
    if "--dead" in words:
        sys.exit("Traceback (most recent call last):\nImportError: no module named nowhere")
    readable, writable = os.pipe()
    deaf = "--deaf" in words
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)  # a signal that comes right before the wait for it is heard as well
    signal.signal(signal.SIGTERM, signal.SIG_IGN if deaf else lambda *_: None)
    if "--late" in words:
        sys.stderr.write("boots\n")
        sys.stderr.flush()
        os.read(readable, 1)
        return
    if "--worker" in words and (child := os.fork()):
        os.read(readable, 1)
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        return
    _serve(int(words[words.index("--port") + 1]), readable)


def _dump(path: str) -> None:
    data = b"\0".join(name + b"=" + value for name, value in os.environb.items())
    with open(path + ".new", "wb") as file:  # noqa: PTH123 - pathlib would double the time to start
        file.write(data)
    os.rename(path + ".new", path)  # noqa: PTH104


def _serve(port: int, termination: int) -> None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    sys.stderr.write(f"serves on {port}\n")
    sys.stderr.flush()
    streams: list[socket.socket] = []
    while listener.fileno() != -1 or streams:
        is_open = listener.fileno() != -1
        others: list[int] = [listener.fileno(), termination] if is_open else []
        ready = select.select([*(s.fileno() for s in streams), *others], [], [])[0]
        if is_open and listener.fileno() in ready:
            streams.append(listener.accept()[0])
        if termination in ready:
            listener.close()
        for stream in [s for s in streams if s.fileno() in ready and not s.recv(100)]:
            streams.remove(stream)
            stream.close()


if __name__ == "__main__":
    main(sys.argv[1:])
