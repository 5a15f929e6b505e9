"""A Chromium without a window, driven over a pipe by its own protocol: how a page looks, and what it asks for."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_SWITCHES = (
    "--headless",
    "--no-sandbox",  # tests run as root in a container, too
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--remote-debugging-pipe",
    "about:blank",
)
_SILENT_S = 60  # it answers within milliseconds; a machine that is busy may take its time
_FREE_FROM = 10  # descriptors 3 and 4 are those that Chromium talks on


class Browser:
    """One tab of a Chromium. `events` are all that it has told, such as each request of the page."""

    def __init__(self, to_it: int, from_it: int) -> None:
        self._to_it, self._from_it = to_it, from_it
        self._unread = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask for something and return the answer; what is told meanwhile is kept in `events`."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to_it, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._heard()
            if heard.get("id") == self._number:
                assert "error" not in heard, heard
                return dict(heard["result"])

    def open(self, path: Path) -> None:
        """Open a file and wait until it is loaded."""
        self.call("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._heard()

    def shown(self, *, scheme: str, width: int) -> None:
        """Show the page as a screen of that width does, in the light or the dark."""
        wished = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", media="screen", features=[wished])
        self.call("Emulation.setScrollbarsHidden", hidden=True)  # one of 15 pixels is of no device of that width
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)

    def value(self, expression: str) -> Any:
        """Return what a script finds in the page; the debugger may ask what the page itself may not."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def picture(self) -> bytes:
        """Return the whole page as a PNG."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def _heard(self) -> dict[str, Any]:
        """Return the next message; an event is kept too."""
        while b"\0" not in self._unread:
            assert select.select([self._from_it], [], [], _SILENT_S)[0], f"chromium said nothing for {_SILENT_S} s"
            read = os.read(self._from_it, 1 << 20)
            assert read, "chromium ended"
            self._unread += read
        line, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self.events.append(message)
        return message


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Start one with a profile in `folder`, and end it and all that it started."""
    assert PROGRAM, "there is no Chromium"
    its_in, to_it = _pipe()
    from_it, its_out = _pipe()
    nowhere = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, its_in, 3), (os.POSIX_SPAWN_DUP2, its_out, 4)]
    actions += [(os.POSIX_SPAWN_DUP2, nowhere, stream) for stream in (0, 1, 2)]
    words = [PROGRAM, f"--user-data-dir={folder}", *_SWITCHES]
    pid = os.posix_spawn(PROGRAM, words, os.environ, file_actions=actions, setpgroup=0)
    for number in (its_in, its_out, nowhere):
        os.close(number)
    try:
        yield Browser(to_it, from_it)
    finally:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(to_it)
        os.close(from_it)


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    out_of, into = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _FREE_FROM) for end in ends)
    for end in ends:
        os.close(end)
    return out_of, into
