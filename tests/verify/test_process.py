"""Whether the process that answers is the one that was started."""

from __future__ import annotations

import pytest

from ccdeploy.verify.process import listener


@pytest.mark.parametrize(
    ("expected", "listening", "has_unseen", "status", "told"),
    [
        (5, [(5, 1)], False, "ok", "pid 5 on port 8081"),
        (5, [(6, 5), (7, 5)], False, "ok", "pid 5 on port 8081"),
        (5, [(5, 1), (6, 5)], False, "ok", "pid 5 on port 8081"),
        (5, [(6, 1)], False, "failed", "port 8081 is answered by pid 6, not by pid 5"),
        (5, [(5, 1), (6, 1)], False, "failed", "port 8081 is answered by pid 6, not by pid 5"),
        (5, [], False, "failed", "nothing listens on port 8081"),
        (5, [], True, "failed", "port 8081 is answered by another user's process, not by pid 5"),
        (5, [(5, 1)], True, "failed", "port 8081 is answered by another user's process, not by pid 5"),
        (None, [(6, 1)], False, "failed", "pid 6 listens on port 8081 unrecorded"),
        (None, [], True, "failed", "pid unknown listens on port 8081 unrecorded"),
        (None, [], False, "failed", "nothing listens on port 8081"),
    ],
)
def test_the_listener_is_ours_alone(
    expected: int | None, listening: list[tuple[int, int]], has_unseen: bool, status: str, told: str
) -> None:
    """LiteLLM takes a random port when its own is busy: then somebody else answers in its place."""
    check = listener(expected, 8081, listening, has_unseen=has_unseen)
    assert (check.status, check.detail) == (status, told)
