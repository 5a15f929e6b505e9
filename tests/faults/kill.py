"""A kill at a random moment: which verb is killed, by which signal, how far it has come by then, and a little later."""

from __future__ import annotations

import signal
import subprocess
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.support.studio import Studio

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)
VERBS = ("deploy", "deploy --force", "restart", "run", "rollback")
LATER_MS = 120  # about as long as a step takes: a kill comes between the lines of the progress too
SIZE = 20  # kills of one host in turn
_MENDED_EVERY = 6  # one kill in so many is followed by a plain deploy, also in the simplest list


@dataclass(frozen=True)
class Kill:
    """One kill, when `percent` of the progress is told; `is_mended` asks for a plain deploy after it, if need be."""

    verb: str
    number: signal.Signals
    percent: int
    later_ms: int
    is_mended: bool

    def turned(self, place: int) -> Kill:
        """Return the kill as it is at this place of a list: the simplest list, all alike, is a sweep then."""
        return replace(
            self,
            verb=VERBS[(VERBS.index(self.verb) + place // len(SIGNALS)) % len(VERBS)],
            number=SIGNALS[(SIGNALS.index(self.number) + place) % len(SIGNALS)],
            percent=(self.percent + 37 * place) % 100,
            later_ms=(self.later_ms + 13 * place) % LATER_MS,
            is_mended=self.is_mended or place % _MENDED_EVERY == _MENDED_EVERY - 1,
        )


def series(size: int = SIZE) -> st.SearchStrategy[list[Kill]]:
    """Return the strategy of lists of kills for one host."""
    kill = st.builds(
        Kill,
        st.sampled_from(VERBS),
        st.sampled_from(SIGNALS),
        st.integers(0, 99),
        st.integers(0, LATER_MS - 1),
        st.booleans(),
    )
    lists = st.lists(kill, min_size=size, max_size=size)
    return lists.map(lambda kills: [one.turned(place) for place, one in enumerate(kills)])


@dataclass(frozen=True)
class End:
    """How a process ended that was to be killed; `was_hit` is whether it still ran when the signal was sent."""

    code: int
    said: str
    was_hit: bool


def struck(studio: Studio, line: str, after_lines: int, kill: Kill) -> End:
    """Run a command line, kill it when it has told so much of its progress, and return how it ended."""
    process = studio.start(line)
    assert process.stderr is not None
    told: list[str] = []
    while len(told) < after_lines and (text := process.stderr.readline()):
        told.append(text)
    with suppress(subprocess.TimeoutExpired):
        process.wait(kill.later_ms / 1000)
    was_hit = process.poll() is None
    process.send_signal(kill.number)  # one that has ended is left alone
    rest = process.communicate(timeout=180)[1]
    return End(process.returncode, "".join(told) + rest, was_hit)


@dataclass(frozen=True)
class Tally:
    """What was tried: kills by signal, and deploys that had to put a host right."""

    counts: Counter[str]

    def __str__(self) -> str:
        kills = {number.name: self.counts[number.name] for number in SIGNALS}
        total = sum(kills.values())
        each = ", ".join(f"{count} {name}" for name, count in kills.items())
        late, back, deploys = (self.counts[key] for key in ("late", "went back", "deploys"))
        return f"{total} kills ({each}), {late} came too late; {back} times the host went back; {deploys} plain deploys"
