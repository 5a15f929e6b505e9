"""The two streams: stdout is the result, stderr all else. A reader that went away is no error."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

from ccdeploy.report.ci import harmless
from ccdeploy.report.failure import sentence
from ccdeploy.report.look import Look, Unbreakable


def open_streams() -> None:
    """Give the streams that the caller closed (`2>&-`) a place to go; a stderr that breaks changes no exit code."""
    atexit.unregister(_leave_stderr)
    atexit.register(_leave_stderr)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - it lives as long as we


def tell(lines: Sequence[str]) -> None:
    """Write lines to stderr."""
    out = Unbreakable(sys.stderr)
    for line in lines:
        out.line(harmless(line))


def put_out(text: str) -> None:
    """Write the result to stdout; say so where it cannot be written, unless nobody reads it any more."""
    put_on(text)


def put_on(text: str) -> bool:
    """Write a part of the result as `put_out` does; return whether more of it would be read."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    with whole_stdout():
        sys.stdout.write(harmless(text).encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
        return True
    return False


@contextlib.contextmanager
def whole_stdout() -> Iterator[None]:
    """Survive a stdout that breaks: silently for a closed pipe, with a sentence for a full disk."""
    try:
        yield
    except BrokenPipeError:
        _to_nowhere(sys.stdout)
    except OSError as exc:
        _to_nowhere(sys.stdout)
        look = Look.of(sys.stderr)
        tell([sentence(f"the result is not complete, standard output cannot be written: {exc.strerror}", look)])


def _leave_stderr() -> None:
    # Lines that could not be written are still buffered here, unless PYTHONUNBUFFERED is set.
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        _to_nowhere(sys.stderr)


def _to_nowhere(stream: TextIO) -> None:
    # The interpreter flushes once more at its end; where that fails it ends with 120, whatever the verb's code was.
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
