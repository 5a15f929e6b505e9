"""Ollama's log on a host, line by line as it is written, from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.shell.ollama import news

if TYPE_CHECKING:
    from ccdeploy.transport.seam import Transport


class OllamaLog:
    """Remembers up to where it was read: a question that was not answered is asked again, and nothing comes twice."""

    def __init__(self, transport: Transport, path: str) -> None:
        self.path = path
        self._transport = transport
        self._inode = self._offset = 0

    def lines(self) -> list[str]:
        """Return the whole lines that were written since the last time; none the first time."""
        asked = news(self.path, self._inode, self._offset)
        parts = asked.parts(self._transport.run(asked.command).stdout)
        for name, data in parts.items():
            word, *place = name.split()
            if word == "part":
                self._inode, start = map(int, place)
                whole = data.rfind(b"\n") + 1
                self._offset = start + whole
                return data[:whole].decode("utf-8", "replace").splitlines()
        return []
