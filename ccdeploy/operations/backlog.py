"""The end of a log, read back as far as what is wanted of it reaches, and no further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ccdeploy.clock import iso
from ccdeploy.errors import Refused
from ccdeploy.litellm.log import Entry, LogReader, dated, first_since, is_at_least
from ccdeploy.litellm.masking import literal_secrets
from ccdeploy.release.bundle import MAIN
from ccdeploy.remote import log as remote
from ccdeploy.remote import process, releases
from ccdeploy.results import LogLine
from ccdeploy.secret import Secret, confidential, mask
from ccdeploy.yamltext import load

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts

LINES = 50  # where nothing says how many
FIRST_BYTES = 1 << 18  # holds the last fifty lines of nearly every log
MOST_BYTES = 1 << 26  # what nobody wants to wait for over SSH
LONGEST_LINE = 8192  # characters; LiteLLM at DEBUG writes whole prompts into one line
LONGEST_HELD_BYTES = 1 << 16  # of a line that has no end yet; what is longer is cut when it is shown anyway
_FURTHER = 8


@dataclass(frozen=True)
class Wanted:
    """Which lines of which log; None where nothing was said. `since` is a moment, or a time ago."""

    lines: int | None = None
    since: datetime | timedelta | None = None
    level: str | None = None
    release: str | None = None

    @property
    def most(self) -> int | None:
        """How many lines: all of them where a time says how far back."""
        return LINES if self.lines is None and self.since is None else self.lines

    def since_at(self, now: datetime) -> datetime | None:
        """Return the moment from which on lines are wanted, by the host's clock."""
        return now - self.since if isinstance(self.since, timedelta) else self.since

    def takes(self, entry: Entry) -> bool:
        """Whether a line is grave enough."""
        return self.level is None or is_at_least(entry.level, self.level)


@dataclass(frozen=True)
class Backlog:
    """What was read of a log, what of it is wanted, and whether that is all there is of it."""

    recent: remote.Recent
    lines: tuple[LogLine, ...]
    is_enough: bool
    reader: LogReader = field(repr=False)  # has read all of it, so it knows of what a next line is


def read_back(work: Work, facts: Facts, wanted: Wanted, *, is_followed: bool = False) -> Backlog:
    """Return the wanted lines of a log; of one that is followed, without a last line that has no end yet.

    Raises Refused for a log that is not there, or that tells no time where one is asked for.
    """
    release = wanted.release
    logs = (process.failed_log(release), process.shadow_log(release)) if release else (process.SERVING_LOG,)
    if release and release == facts.current:  # with blue-green the log of its shadow became that of what serves
        logs = (*logs, process.SERVING_LOG)
    count, secrets = FIRST_BYTES, (*secrets_of(facts), *_secrets_of_release(work, facts, release))
    while True:
        recent = remote.recent(work.transport, facts.root, logs, count)
        if recent is None:
            known = ", ".join(r.release for r in facts.releases) or "none"
            what = f"no log of a release '{release}'" if release else f"no {process.SERVING_LOG}"
            raise Refused(f"{work.host.name}: there is {what}", hint=f"releases of this host: {known}")
        if is_followed:
            recent = recent.of_whole_lines(LONGEST_HELD_BYTES)
        found = _picked(work.host.name, recent, wanted, secrets, count >= MOST_BYTES)
        if found.is_enough or recent.is_whole or count >= MOST_BYTES:
            return found
        count *= _FURTHER


def secrets_of(facts: Facts) -> tuple[Secret, ...]:
    """Return what must not be shown of what serves: the values of its environment, and what its config holds."""
    files = facts.current_files or ({MAIN: facts.config_text} if facts.config_text else {})
    return (*confidential(facts.env.values), *_literal(files))


def _secrets_of_release(work: Work, facts: Facts, release: str | None) -> tuple[Secret, ...]:
    if facts.release(release) is None or release == facts.current:
        return ()
    return _literal(releases.read(work.transport, facts.root, f"releases/{release}"))


def _literal(files: Mapping[str, bytes]) -> tuple[Secret, ...]:
    """Return the secrets that stand in the files of a config, its includes too."""
    return tuple(secret for data in files.values() for secret in literal_secrets(load(data, "").value))


def shown(entry: Entry, at: datetime | None, secrets: Sequence[Secret]) -> LogLine:
    """Return a line as it may be shown: masked, and cut where it is very long."""
    text = mask(entry.text, secrets)
    if len(text) > LONGEST_LINE:
        text = f"{text[:LONGEST_LINE]}... ({len(text) - LONGEST_LINE} more characters)"
    return LogLine(iso(at) if at else None, entry.level, text)


def _picked(host: str, recent: remote.Recent, wanted: Wanted, secrets: Sequence[Secret], is_last: bool) -> Backlog:
    reader = LogReader()
    entries = [reader.read(line) for line in _lines(recent)]
    moments = dated(entries, recent.written_at, recent.zone)
    since = wanted.since_at(recent.now)
    first = 0
    if since is not None:
        first = first_since(moments, since) if recent.written_at >= since else len(entries)
        if first == 0 and not any(moments) and entries and (recent.is_whole or is_last):
            raise Refused(
                f"{host}: {recent.log} tells no time in any of its lines, so there is no 'since' in it",
                hint="take the last lines with -n; LiteLLM tells times with LITELLM_LOG=INFO in env_file",
            )
    places = [place for place in range(first, len(entries)) if wanted.takes(entries[place])]
    has_all = first > 0 or (wanted.most is not None and len(places) >= wanted.most)
    places = places[-wanted.most :] if wanted.most else places
    lines = tuple(shown(entries[place], moments[place], secrets) for place in places)
    return Backlog(recent, lines, has_all or recent.is_whole, reader)


def _lines(recent: remote.Recent) -> list[str]:
    """Return the lines of all parts; the first is left out where it may be the end of one."""
    texts = [part.data.decode("utf-8", "replace") for part in recent.parts]
    lines = [line for text in texts for line in text.removesuffix("\n").split("\n") if text]
    return lines if recent.is_whole else lines[1:]
