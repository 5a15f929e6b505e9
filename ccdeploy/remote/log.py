"""A log on a host, read by inode and offset: its end, and what came after a place that was read up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.remote.facts import moment
from ccdeploy.shell import log as script
from ccdeploy.shell.sections import split

if TYPE_CHECKING:
    from ccdeploy.transport.seam import Transport

_TRIES = 3  # a log is turned over now and then, not three times while it is looked at


@dataclass(frozen=True)
class Part:
    """Bytes of one file, `data` from the offset `start` on. `how` is on, new (unknown so far) or cut (truncated)."""

    inode: int
    start: int
    data: bytes = field(repr=False)
    how: str = "on"

    @property
    def end(self) -> int:
        """The offset that was read up to."""
        return self.start + len(self.data)


@dataclass(frozen=True)
class Recent:
    """The end of a log and its predecessors, the oldest part first; times by the host's clock, in its zone."""

    log: str  # relative to root
    parts: tuple[Part, ...]
    written_at: datetime
    now: datetime
    zone: tzinfo

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing before it."""
        return all(part.start == 0 for part in self.parts)

    def of_whole_lines(self, longest_bytes: int) -> Recent:
        """Return it without a last line that has no end yet, unless that is longer than `longest_bytes`."""
        *before, newest = self.parts
        end = newest.data.rfind(b"\n") + 1
        if len(newest.data) - end > longest_bytes:
            return self
        return replace(self, parts=(*before, replace(newest, data=newest.data[:end])))


@dataclass(frozen=True)
class More:
    """What came after the places that were read up to, the oldest first; `inodes` are the files that are there."""

    parts: tuple[Part, ...]
    inodes: frozenset[int]
    environment: str  # the digest of env_file, or nothing: its secrets may be others by now
    current: str | None  # the release that serves: its config may hold secrets too
    now: datetime


def recent(transport: Transport, root: str, logs: Sequence[str], count: int) -> Recent | None:
    """Return the last `count` bytes of the first of these logs that is there, or None. Raises Refused."""
    for _ in range(_TRIES):
        command, mark = script.recent(root, logs, count)
        result = transport.run(command)
        if result.status == script.NO_LOG:
            return None
        told = _split(transport.name, result.stdout, mark)
        parts, has_moved = _parts(told)
        if not has_moved:
            now = _time(told["now"])
            written = told["written"].strip()
            return Recent(
                log=told["log"].decode("utf-8", "surrogateescape"),
                parts=parts[::-1],
                written_at=_time(written) if written.isdigit() else now,
                now=now,
                zone=_zone(told["zone"].decode("ascii", "replace").strip()),
            )
    raise Refused(f"{transport.name}: the log changes its name again and again", hint="run the command again")


def more(transport: Transport, root: str, log: str, offsets: Mapping[int, int], env_file: str) -> More:
    """Return what came after these offsets (by inode); waits on the host for some seconds where nothing did.

    What changed its name while it was read is left for the next time. Raises Refused.
    """
    command, mark = script.more(root, log, offsets, env_file)
    told = _split(transport.name, transport.run(command).stdout, mark)
    parts, _ = _parts(told)
    lines = told["files"].decode("utf-8", "replace").splitlines()
    inodes = frozenset(int(line.split()[0]) for line in lines if line.split()[:1] and line.split()[0].isdigit())
    current = told["current"].decode("utf-8", "replace").strip().rpartition("/")[2]
    environment = told["environment"].decode("ascii", "replace").strip()
    return More(parts, inodes, environment, current or None, _time(told["now"]))


def _parts(told: Mapping[str, bytes]) -> tuple[tuple[Part, ...], bool]:
    """Return the parts up to the first that was not read as a whole, and whether there was such a one."""
    parts: list[Part] = []
    for name, data in told.items():
        words = name.split()
        if words[0] == "moved":
            return tuple(parts[:-1]), True
        if words[0] == "part":
            inode, start, count = map(int, words[1:4])
            if len(data) != count:  # truncated while it was read
                return tuple(parts), True
            parts.append(Part(inode, start, data, words[4]))
    return tuple(parts), False


def _split(name: str, output: bytes, mark: str) -> Mapping[str, bytes]:
    try:
        return split(output, mark)
    except ValueError as exc:
        raise Refused(f"{name}: {exc}", hint="run the command again") from exc


def _time(text: bytes) -> datetime:
    """Return the moment that the host told. Raises Refused when it told none."""
    try:
        return moment(text.decode("ascii", "replace").strip())
    except ValueError as exc:
        raise Refused(f"the host: {exc}", hint="try `date +%s` there") from exc


def _zone(text: str) -> tzinfo:
    """Return the zone of `date +%z`: +0130. UTC for what is none."""
    try:
        return datetime.strptime(text, "%z").tzinfo or UTC
    except ValueError:
        return UTC
