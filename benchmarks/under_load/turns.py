"""One change of what serves, and who may answer a request, by the moment at which it was sent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from under_load.answers import Answer


@dataclass(frozen=True)
class Turn:
    """A deploy, a rollback, a restart: from which release to which, when its command began and had returned.

    `pointed_s` is when Traefik's file first named the other slot; None where no file did.
    """

    what: str
    old: str
    new: str
    began_s: float
    returned_s: float
    pointed_s: float | None = None

    @property
    def seconds(self) -> float:
        """How long the command took."""
        return self.returned_s - self.began_s


@dataclass(frozen=True)
class Switch:
    """What was under way when Traefik was led elsewhere."""

    turn: Turn
    in_flight: int  # when its file was renamed
    spanning: int  # streams that had begun before that, and ended whole after the new release's first answer
    first_answer_s: float | None  # seconds from the rename to the new release's first answer
    last_of_old_s: float | None  # seconds from the rename to the last request sent that the old release took


def may_answer(turns: Sequence[Turn], sent_s: float) -> frozenset[str]:
    """Return the releases that may answer a request: the old one before a change began, the new one once it is over."""
    allowed = turns[0].old
    for turn in turns:
        if sent_s < turn.began_s:
            break
        if sent_s <= turn.returned_s:
            return frozenset({turn.old, turn.new})
        allowed = turn.new
    return frozenset({allowed})


def wrong(answers: Iterable[Answer], turns: Sequence[Turn]) -> list[Answer]:
    """Return the answers that another release gave than one that served when they were asked for."""
    return [one for one in answers if one.fault is None and one.release not in may_answer(turns, one.sent_s)]


def switch_of(turn: Turn, answers: Sequence[Answer]) -> Switch:
    """Return what was under way at a turn; `answers` are those of the whole run."""
    at_s = turn.began_s if turn.pointed_s is None else turn.pointed_s
    firsts = [a.first_s for a in answers if a.release == turn.new and a.sent_s >= at_s and a.first_s is not None]
    first_s = min(firsts, default=None)
    during = [a.sent_s for a in answers if a.release == turn.old and at_s <= a.sent_s <= turn.returned_s]
    return Switch(
        turn,
        in_flight=sum(a.is_in_flight(at_s) for a in answers),
        spanning=0 if first_s is None else sum(_spans(a, at_s, first_s) for a in answers),
        first_answer_s=None if first_s is None else first_s - at_s,
        last_of_old_s=max(during) - at_s if during else None,
    )


def _spans(one: Answer, from_s: float, to_s: float) -> bool:
    if one.kind != "stream" or one.fault is not None or one.first_s is None:
        return False
    return one.first_s < from_s and one.ended_s > to_s
