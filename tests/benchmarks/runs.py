"""Answers, turns and whole runs, made up with the times that a test is about."""

from __future__ import annotations

from dataclasses import replace

from under_load.answers import Answer
from under_load.summary import BY_HAND, GREEN, RESTART, Phase, Run
from under_load.turns import Turn

TURN = Turn("deploy", "one", "two", began_s=10.0, returned_s=40.0, pointed_s=20.0)


def asked(sent_s: float, release: str | None, *, fault: str | None = None) -> Answer:
    """Return an answer that came in one piece, a second after it was asked for."""
    return Answer("whole", sent_s, None if fault else sent_s + 1, sent_s + 1, release, fault)


def stream(sent_s: float, ended_s: float, release: str, *, fault: str | None = None) -> Answer:
    """Return a stream that began at once."""
    return Answer("stream", sent_s, sent_s, ended_s, release, fault)


def kept() -> Run:
    """Return a run that keeps every bound."""
    streams = tuple(stream(15.0, 30.0, "one") for _ in range(20))
    answers = (*streams, asked(21.0, "two"), *(asked(50.0, "two") for _ in range(100)))
    green = Phase(GREEN, answers, (TURN,), (), (), 0, len(answers))
    gap = Turn("restart", "two", "two", 0.0, 30.0)
    restart = Phase(RESTART, (asked(1.0, "two"), asked(15.0, None, fault="503")), (gap,), (9.0,), (8.9,), 0, 1)
    by_hand = replace(restart, name=BY_HAND, port_gaps_s=(12.0,))
    return Run(
        (by_hand, restart, green), boots_s=(7.9, 8.0, 8.1), deploys_s=(12.0,), requests=100, boots_beside_s=(8.5,)
    )


def with_green(answers: tuple[Answer, ...], run: Run | None = None) -> Run:
    """Return a run whose blue-green phase had these answers besides."""
    run = run or kept()
    green = replace(run.green, answers=(*run.green.answers, *answers))
    green = replace(green, calls=len(green.answers))
    return replace(run, phases=(*run.phases[:-1], green))
