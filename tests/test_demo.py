"""The demo is the first thing that anybody sees: every step of it ends as it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[1] / "demo" / "main_job.py"


@pytest.mark.real
@pytest.mark.xdist_group("real")
def test_every_step_of_the_demo_ends_as_it_should(tmp_path: Path) -> None:
    """It runs the main job on real parts, a rollback included, and ends with 1 when a step ended otherwise."""
    done = subprocess.run(
        [sys.executable, str(DEMO), str(tmp_path / "demo")], capture_output=True, text=True, timeout=900, check=False
    )
    told = done.stdout[-3000:] + done.stderr[-3000:]
    assert done.returncode == 0, told
    table = [line for line in done.stdout.splitlines() if line.startswith("│")]
    outcomes = [line.split("│")[2].strip() for line in table]
    assert [word for word in outcomes if word] == [
        "done", "deployed", "done", "deployed", "nothing to do", "failed", "failed", "failed", "rolled-back", "done",
    ], told  # fmt: skip
    loads = [line.split("│")[5].strip() for line in table if line.split("│")[2].strip()]
    assert set(loads) == {"0"}, told
