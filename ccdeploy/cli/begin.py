"""The command from its first instant to its last: loads nothing before it can answer a signal.

While a verb is at work, cli.interrupt answers. Before and after that nothing is to be restored, and
the process ends at once: with 130 and a sentence before, with the verb's own code after.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INTERRUPTED = 130
_SAID = b"ccdeploy: interrupted\n"


def main() -> NoReturn:
    """Run the command line of this process and end with its exit code."""
    _answer(_INTERRUPTED, _SAID)
    from ccdeploy.cli.main import run

    code = run(sys.argv[1:])
    _answer(code, b"")
    # The interpreter gives signals their own way back at its very end, and would end by one of them.
    atexit.register(_ignore)
    sys.exit(code)


def _answer(code: int, said: bytes) -> None:
    """Let a signal end the process at once; one that was ignored from the start stays ignored."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        try:
            os.write(2, said)
        finally:
            os._exit(code)

    for number in _heard():
        signal.signal(number, end)


def _ignore() -> None:
    for number in _heard():
        signal.signal(number, signal.SIG_IGN)


def _heard() -> list[signal.Signals]:
    return [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
