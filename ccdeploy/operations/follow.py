"""Following a log: each line once, in its order, over lost connections and over a log that is turned over.

What was read is remembered as inode and offset, and only once it was shown; so after a lost
connection the next question is the same as the one that was not answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from ccdeploy.litellm.log import LogReader, dated
from ccdeploy.operations.backlog import LONGEST_HELD_BYTES, Wanted, read_back, secrets_of, shown
from ccdeploy.operations.patience import patiently
from ccdeploy.remote import log as remote
from ccdeploy.remote.facts import gather
from ccdeploy.results import Log, LogLine
from ccdeploy.secret import Secret

if TYPE_CHECKING:
    from ccdeploy.operations.backlog import Backlog
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts


@dataclass
class _File:
    """One file that is followed: up to where it was read, and the line that has no end yet."""

    offset: int
    reader: LogReader = field(default_factory=LogReader)
    held: bytes = b""

    def lines(self, part: remote.Part) -> list[str]:
        """Return the lines that a part completes."""
        self.offset = part.end
        *whole, rest = (self.held + part.data).split(b"\n")
        self.held = rest[:LONGEST_HELD_BYTES]
        return [line.decode("utf-8", "replace") for line in whole]

    def rest(self) -> list[str]:
        """Return the line that will not get an end any more."""
        held, self.held = self.held, b""
        return [held.decode("utf-8", "replace")] if held else []


def follow(work: Work, wanted: Wanted, show: Callable[[LogLine], bool]) -> Log:
    """Show the wanted lines of a log, then each new one, until `show` returns False: nobody reads any more.

    A connection that is lost later is said and waited for. Raises what a host raises that does not
    answer in the beginning, and Refused when there is no such log.
    """
    facts = gather(work.transport, work.host)
    back = read_back(work, facts, wanted, is_followed=True)
    follower = _Follower(work, wanted, back, facts)
    everything = chain(back.lines, follower.lines())
    all(show(line) for line in everything)
    return Log(work.host.name, f"{facts.root}/{back.recent.log}", ())


class _Follower:
    def __init__(self, work: Work, wanted: Wanted, back: Backlog, facts: Facts) -> None:
        self._work, self._wanted, self._root = work, wanted, facts.root
        self._log, self._zone = back.recent.log, back.recent.zone
        self._secrets: tuple[Secret, ...] = ()
        self._learn(facts)
        self._files = {part.inode: _File(part.end) for part in back.recent.parts}
        self._files[back.recent.parts[-1].inode].reader = back.reader

    def lines(self) -> Iterator[LogLine]:
        """Return each new line, for ever."""
        while True:
            yield from self._taken(patiently(self._work, self._more, back="the log goes on where it was left"))

    def _more(self) -> remote.More:
        """Ask for more; where the environment or the release is another, its secrets are known before it is shown."""
        offsets = {inode: file.offset for inode, file in self._files.items()}
        more = remote.more(self._work.transport, self._root, self._log, offsets, self._work.host.env_file)
        if more.environment not in ("", self._environment) or more.current != self._current:
            self._learn(gather(self._work.transport, self._work.host))
        return more

    def _learn(self, facts: Facts) -> None:
        """Know what is secret now too; what was, still is."""
        self._secrets = tuple({*self._secrets, *secrets_of(facts)})
        self._environment, self._current = facts.env.digest, facts.current

    def _taken(self, more: remote.More) -> Iterator[LogLine]:
        self._tell(more)
        for inode in [inode for inode in self._files if inode not in more.inodes]:
            yield from self._picked(self._files[inode].reader, self._files.pop(inode).rest(), more)
        for part in more.parts:
            if part.how == "cut" and part.inode in self._files:  # it may be gone since
                yield from self._picked(self._files[part.inode].reader, self._files[part.inode].rest(), more)
            file = self._files.setdefault(part.inode, _File(part.start))
            yield from self._picked(file.reader, file.lines(part), more)

    def _picked(self, reader: LogReader, lines: list[str], more: remote.More) -> Iterator[LogLine]:
        entries = [reader.read(line) for line in lines]
        for entry, moment in zip(entries, dated(entries, more.now, self._zone), strict=True):
            if self._wanted.takes(entry):
                yield shown(entry, moment, self._secrets)

    def _tell(self, more: remote.More) -> None:
        name = f"{self._work.host.name}: {self._log}"
        if self._files and not more.inodes.intersection(self._files):
            self._work.warn(f"{name} is gone, and what was written to it since it was last read is not shown")
        elif any(part.how == "new" for part in more.parts):
            self._work.say(f"{name} was turned over; the new one follows")
        if any(part.how == "cut" for part in more.parts):
            self._work.warn(f"{name} was truncated; what it says now follows from its beginning")
