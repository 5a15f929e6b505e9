"""The stand-in writes as much log as it is asked for, and answers meanwhile."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.support.gateway import gateway
from tests.support.waiting import until

STANDIN = [sys.executable, "-S", str(Path(__file__).with_name("standin_litellm.py"))]


def test_it_writes_log_as_fast_as_a_disk_takes_it_and_falls_silent(tmp_path: Path) -> None:
    """The disk is that of whoever runs the tests."""
    (tmp_path / "config.yaml").write_text("model_list: []\n")
    rule = {"log_bytes_per_s": 100_000_000, "log_most_bytes": 5_000_000}
    (tmp_path / "misbehave.json").write_text(json.dumps(rule))
    with gateway(STANDIN, tmp_path) as running:
        until(lambda: len(running.log) > 5_000_000, "megabytes of log")
        until(lambda: "Uvicorn running" in running.log, "its own lines between them")
        assert running.ready().ask("/health/liveliness").status == 200
        assert len(running.log) < 7_000_000
