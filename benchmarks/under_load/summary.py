"""What a run came to: each way of changing what serves, and the bounds that it is held against. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from under_load.answers import Answer
from under_load.turns import Switch, Turn, switch_of, wrong

BY_HAND, RESTART, GREEN = "by hand", "restart", "blue-green"
REQUESTS = 10_000  # in all, during the changes that may lose none
IN_FLIGHT = 20  # at each switch
SPANNING = 8  # streams at each switch
GAP_S = 0.5  # what a restart may take beyond LiteLLM's boot
BOOTS, SLACK_S = 1.15, 3.0  # what a deploy without streams may take: so many boots, and so much more


@dataclass(frozen=True)
class Phase:
    """One way of changing what serves, under load."""

    name: str
    answers: tuple[Answer, ...]
    turns: tuple[Turn, ...]
    gaps_s: tuple[float, ...]  # as the probe saw them that takes the way of the users
    port_gaps_s: tuple[float, ...]  # as the probe saw them that asks the proxy's port; none where the port changes
    loads: int
    calls: int  # of Ollama: what its users asked for, once each

    @property
    def failed(self) -> int:
        """How many requests got no whole answer."""
        return sum(one.is_failed for one in self.answers)

    @property
    def cut(self) -> int:
        """How many streams had begun and did not come to their end."""
        return sum(one.is_cut for one in self.answers)

    @property
    def wrong(self) -> int:
        """How many were answered by a release that did not serve any more, or not yet."""
        return len(wrong(self.answers, self.turns))

    @property
    def longest_wait_s(self) -> float:
        """The longest that anybody waited for the first byte of an answer."""
        return max((one.wait_s for one in self.answers if one.first_s is not None), default=0.0)

    @property
    def switches(self) -> tuple[Switch, ...]:
        """What was under way at each turn."""
        return tuple(switch_of(turn, self.answers) for turn in self.turns)


@dataclass(frozen=True)
class Run:
    """A whole run; `requests` are those asked for.

    `boots_s` and `deploys_s` were measured without load, in turn; `boots_beside_s` each right before a restart, beside
    the same streams.
    """

    phases: tuple[Phase, ...]  # the worst first
    boots_s: tuple[float, ...]
    deploys_s: tuple[float, ...]
    requests: int
    boots_beside_s: tuple[float, ...] = ()

    @property
    def boot_s(self) -> float:
        """LiteLLM's own boot: the median."""
        return statistics.median(self.boots_s or [0.0])

    @property
    def deploy_s(self) -> float:
        """A deploy with blue-green that has nothing to drain: the median."""
        return statistics.median(self.deploys_s or [0.0])

    @property
    def green(self) -> Phase:
        """The phase that may lose nothing."""
        return next(phase for phase in self.phases if phase.name == GREEN)

    @property
    def restart(self) -> Phase | None:
        """The phase with one gap; None in a run that left it out."""
        return next((phase for phase in self.phases if phase.name == RESTART), None)


@dataclass(frozen=True)
class Bound:
    """One sentence that a run has to make true, and what was found."""

    what: str
    found: str
    wanted: str
    is_kept: bool


def bounds(run: Run) -> tuple[Bound, ...]:
    """Return every bound of a run; no other figure decides whether it passed."""
    loads = _none("model loads", sum(phase.loads for phase in run.phases))
    return (*_of_green(run.green, run.requests), *_of_restart(run), *_of_idle(run), loads)


def _of_green(green: Phase, requests: int) -> Iterator[Bound]:
    switches = green.switches
    yield _least("blue-green: requests", len(green.answers), requests)
    yield _least("blue-green: in flight at a switch", _fewest([s.in_flight for s in switches]), IN_FLIGHT)
    yield _least("blue-green: streams across it", _fewest([s.spanning for s in switches]), SPANNING)
    yield _none("blue-green: failed", green.failed)
    yield _none("blue-green: streams cut", green.cut)
    yield _none("blue-green: wrong release", green.wrong)
    yield _none("blue-green: not once to Ollama", abs(green.calls - len(green.answers)))
    yield _most("blue-green: downtime", sum(green.gaps_s), 0.0)


def _of_restart(run: Run) -> Iterator[Bound]:
    if run.restart is None:
        return
    yield _none("restart: streams cut", run.restart.cut)
    yield _none("restart: wrong release", run.restart.wrong)
    yield Bound("restart: gaps", *_each(run.restart.port_gaps_s, run.restart.turns))
    gap_s, boot_s = (statistics.median(all_s or [0.0]) for all_s in (run.restart.port_gaps_s, run.boots_beside_s))
    yield _most(f"restart: gap, b + {GAP_S} s", gap_s, boot_s + GAP_S)


def _of_idle(run: Run) -> Iterator[Bound]:
    if run.deploys_s:
        name = f"blue-green: idle deploy, {BOOTS} B + {SLACK_S:.0f} s"
        yield _most(name, run.deploy_s, BOOTS * run.boot_s + SLACK_S)


def _each(gaps_s: Sequence[float], turns: Sequence[Turn]) -> tuple[str, str, bool]:
    """Return that each turn had its one gap: a second one would hide behind a median."""
    return f"{len(gaps_s)}", f"{len(turns)}", len(gaps_s) == len(turns)


def _fewest(counts: Sequence[int]) -> int:
    return min(counts, default=0)


def _least(what: str, found: int, wanted: int) -> Bound:
    return Bound(what, f"{found}", f">= {wanted}", found >= wanted)


def _none(what: str, found: int) -> Bound:
    return Bound(what, f"{found}", "0", found == 0)


def _most(what: str, found_s: float, bound_s: float) -> Bound:
    wanted = f"<= {bound_s:.2f} s" if bound_s else "0 s"
    return Bound(what, f"{found_s:.2f} s", wanted, 0.0 <= found_s <= bound_s)
