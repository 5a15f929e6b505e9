"""The two slots of a host: the port that serves, or would, and the one where the next proxy comes up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Slots:
    """The two ports of `listen.ports` by what they are used for now."""

    active: int
    idle: int


def slots(ports: Sequence[int], running: int | None, pointed: int | None, *, may_move: bool) -> Slots:
    """Return which port is active: that of the recorded proxy which runs, else the one that Traefik is pointed at.

    Where Traefik's file is not ours (`may_move` is false) its way leads to the first port for good,
    whatever runs. A port that the settings do not name any more is no slot.
    """
    first, second = ports
    known = [port for port in (running, pointed) if port in (first, second)] if may_move else []
    return Slots(second, first) if known and known[0] == second else Slots(first, second)
