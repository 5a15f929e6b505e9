"""`plan` at the command line: what is no question is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.cli.plan import run
from ccdeploy.cli.verb import Asked
from ccdeploy.errors import UsageFault


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Asked(every_s=0.0001), "--every: 0.0001 s is too short"),
        (Asked(poll_s=0.0), "--poll: 0 s is too short"),
        (Asked(trace="t.jsonl", configs=("tdd-pipeline",)), "--trace has its own models, memory and requests"),
        (Asked(trace="t.jsonl", memory="48GiB"), "nothing else is taken with it"),
    ],
)
def test_what_would_be_ignored_or_never_end_is_refused(tmp_path: Path, asked: Asked, says: str) -> None:
    """An option without effect answers another question; ten thousand requests a second take minutes to plan."""
    with pytest.raises(UsageFault, match=says):
        run(app.Project(tmp_path, lambda event: None, dict, lambda: None), asked)
