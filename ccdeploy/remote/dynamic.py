"""Traefik's dynamic file on a host, as it was seen, and how it gets another text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.release.bundle import sha256
from ccdeploy.shell import dynamic as script
from ccdeploy.traefik import dynamic
from ccdeploy.traefik.dynamic import Written

if TYPE_CHECKING:
    from ccdeploy.remote.lock import HeldLock


@dataclass(frozen=True)
class Dynamic:
    """The file and its folder. `data` is None where there is no plain file, or it cannot be read."""

    path: str  # absolute
    kind: str  # absent, file, unreadable, link, folder or other
    folder: str  # absent, there (and not ours to write) or writable
    data: bytes | None = field(repr=False)

    @property
    def text(self) -> str | None:
        """What the file holds."""
        return self.data.decode("utf-8", "replace") if self.data is not None else None

    @property
    def written(self) -> Written | None:
        """What it says of itself; None for one that is absent, or of another hand."""
        return dynamic.read(self.text) if self.text is not None else None

    @property
    def is_foreign(self) -> bool:
        """Whether something stands there that ccdeploy did not write."""
        return self.kind != "absent" and self.written is None

    @property
    def is_ours(self) -> bool:
        """Whether ccdeploy wrote it as it stands."""
        return self.written is not None and self.written.is_whole

    @property
    def is_edited(self) -> bool:
        """Whether it is a file of ours that another hand has changed."""
        return self.written is not None and not self.written.is_whole

    def rewritten(self, text: str) -> Dynamic:
        """Return the file as it is with this text."""
        return Dynamic(self.path, "file", "writable", text.encode())

    @property
    def digest(self) -> str | None:
        """The sha256 of what was seen; None where nothing was."""
        return sha256(self.data) if self.data is not None else None


def from_answer(path: str, parts: Mapping[str, bytes]) -> Dynamic:
    """Return what the host answered of the file at an absolute path."""
    kind = parts["dynamic_kind"].decode().strip()
    data = parts["dynamic"] if kind == "file" else None
    return Dynamic(path, kind, parts["dynamic_folder"].decode().strip(), data)


def write(lock: HeldLock, seen: Dynamic, text: str, first: str = "") -> Dynamic:
    """Give the file a new text in one rename, if it still is the one that was seen; return it as it is now.

    `first` are lines that the script begins with. Raises Refused when another hand has changed the
    file, LockLost, CommandFailed when it cannot be written.
    """
    result = lock.run(script.write(lock.hold, seen.path, text, seen.digest, first))
    if result.status == script.CHANGED:
        raise Refused(
            f"{lock.transport.name}: {seen.path} was changed or removed by another hand just now",
            hint="see who writes it: no other may; then run the command again",
        )
    return seen.rewritten(text)
