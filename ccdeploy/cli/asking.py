"""Asks a person at the terminal, on stderr: stdout is for the result."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from ccdeploy.report.look import Look, Unbreakable, is_live
from ccdeploy.report.text import safe


@dataclass(frozen=True)
class Question:
    """One question: which answer it fills, how it reads, and what an empty answer means where there is no default."""

    key: str
    text: str
    empty: str = ""


def can_ask() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin is not None and sys.stdin.isatty() and is_live(sys.stderr)


def ask(question: Question, default: str, fault_of: Callable[[str], str | None]) -> str:
    """Return the answer, the default where it is empty; a faulty one is asked for again, with what is wrong.

    Raises KeyboardInterrupt when the person ends the input (Ctrl-D).
    """
    out, look = Unbreakable(sys.stderr), Look.of(sys.stderr)
    beside = f" [{safe(default)}]" if default else f" ({question.empty})" if question.empty else ""
    while True:
        out.write(f"{look.paint(question.text, 'bold')}{look.paint(beside, 'dim')}: ")
        out.flush()
        line = sys.stdin.readline()
        if not line:
            out.line()
            raise KeyboardInterrupt
        answer = line.strip() or default
        fault = fault_of(answer) if answer else None
        if fault is None:
            return answer
        out.line(f"  {look.mark('failed')} {safe(fault)}")
