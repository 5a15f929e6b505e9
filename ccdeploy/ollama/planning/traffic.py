"""Steady traffic in virtual time: what a model is asked for every so often leads to, by the hour. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.simulation import ASSUMED_BYTES_PER_S, Happening, Simulation
from ccdeploy.ollama.trace import Request

APART_S = 0.01  # requests of one round, in the order of their members: none at the same instant
LEAD_S = 1.0  # the first round
SHOWN_S = 3600.0  # of longer traffic, happenings are kept of the first hour


@dataclass(frozen=True)
class Caller:
    """Who asks for some members, each once in `every_s`: users, or health checks.

    A request is served for `duration_s`, and its client leaves after `gives_up_after_s`.
    """

    members: tuple[Member, ...]
    every_s: float
    duration_s: float = 1.0
    gives_up_after_s: float | None = None


@dataclass(frozen=True)
class Outlook:
    """What steady traffic led to in `span_s`: loads, the seconds that they took, and what was resident."""

    span_s: float
    loads: int
    loading_s: float
    happenings: tuple[Happening, ...] = field(default=(), repr=False)

    @property
    def loads_per_hour(self) -> float:
        """Loads in an hour, on average."""
        return self.loads * 3600 / self.span_s


def outlook(
    caller: Caller, server: Server, span_s: float = 3600.0, bytes_per_s: float = ASSUMED_BYTES_PER_S
) -> Outlook:
    """Return what the caller's traffic leads to in `span_s`, from an empty memory.

    Rounds are simulated until one begins as an earlier one did, in all that decides the future: from there on they
    repeat, and are counted. `happenings` are those of the first hour.
    """
    models = {f"{n}": member.model for n, member in enumerate(caller.members)}
    simulation = Simulation(server, models, bytes_per_s)
    rounds = max(int(span_s / caller.every_s), 1)
    counts: list[tuple[int, float]] = []
    seen: dict[tuple[object, ...], int] = {}
    for number in range(rounds):
        signature = simulation.signature(number * len(models))
        if signature in seen:
            return _extrapolated(counts, simulation, seen[signature], rounds, caller.every_s)
        seen[signature] = number
        counts.append((simulation.loads, simulation.loading_s))
        _offer(simulation, caller, number)
        simulation.run_until((number + 1) * caller.every_s)
    return Outlook(rounds * caller.every_s, simulation.loads, simulation.loading_s, tuple(simulation.happenings))


def _offer(simulation: Simulation, caller: Caller, number: int) -> None:
    base = number * len(caller.members)
    for place, member in enumerate(caller.members):
        at_s = number * caller.every_s + LEAD_S + place * APART_S
        request = Request(
            at_s, f"{place}", member.num_ctx_tokens, member.keep_alive_s, caller.duration_s, caller.gives_up_after_s
        )
        simulation.offer(base + place, request)


def _extrapolated(
    counts: list[tuple[int, float]], simulation: Simulation, first: int, rounds: int, every_s: float
) -> Outlook:
    """Return the outlook of all rounds when those from `first` on repeat."""
    whole = (simulation.loads, simulation.loading_s)
    period = len(counts) - first
    times, rest = divmod(rounds - first, period)
    until = counts[first + rest]
    loads = until[0] + times * (whole[0] - counts[first][0])
    loading_s = until[1] + times * (whole[1] - counts[first][1])
    happenings = tuple(_repeated(simulation.happenings, first * every_s, period * every_s, rounds * every_s))
    return Outlook(rounds * every_s, loads, loading_s, happenings)


def _repeated(happenings: Sequence[Happening], from_s: float, period_s: float, span_s: float) -> Iterator[Happening]:
    """Yield the happenings of the first hour, what repeats from `from_s` on again and again."""
    end_s = min(span_s, SHOWN_S)
    yield from (one for one in happenings if one.at_s < end_s)
    again = [one for one in happenings if one.at_s >= from_s]
    for times in range(1, int((end_s - from_s) / period_s) + 1 if again else 0):
        shifted = (Happening(one.at_s + times * period_s, one.effect) for one in again)
        yield from (one for one in shifted if one.at_s < end_s)
