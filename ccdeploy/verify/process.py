"""The check that the process which answers is the one that was started. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ccdeploy.results import Check


def listener(expected: int | None, port: int, listening: Sequence[tuple[int, int]], *, has_unseen: bool) -> Check:
    """Check that `expected` listens on `port`, itself or by its workers.

    `listening` are (pid, parent) of the processes that do; `has_unseen` tells of another user's.
    """
    ours = expected is not None and any(expected in pair for pair in listening)
    strangers = [pid for pid, parent in listening if expected not in (pid, parent)]
    if ours and not strangers and not has_unseen:
        return Check("listener", "process", "ok", f"pid {expected} on port {port}")
    if not listening and not has_unseen:
        told = f"nothing listens on port {port}"
    elif expected is None:
        told = f"pid {', '.join(str(pid) for pid, _ in listening) or 'unknown'} listens on port {port} unrecorded"
    else:
        who = f"pid {', '.join(str(pid) for pid in strangers)}" if strangers else "another user's process"
        told = f"port {port} is answered by {who}, not by pid {expected}"
    return Check("listener", "process", "failed", told)
