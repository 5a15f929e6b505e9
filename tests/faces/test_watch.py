"""`watch` with both faces, against a host: what it prints, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import IO

import pytest

from tests.operations.test_watch import CODER, LARGE, asking, forget
from tests.support.studio import Studio


def start(studio: Studio, line: str, face: str) -> subprocess.Popen[str]:
    """Start a watch, its two streams to be read."""
    return subprocess.Popen(
        studio.command(line, face),
        cwd=studio.folder,
        env=studio.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def through(stream: IO[str], word: str) -> list[str]:
    """Return the next lines, up to the first that holds a word."""
    lines: list[str] = []
    for line in stream:
        lines.append(line)
        if word in line:
            return lines
    raise AssertionError(f"the end came before {word}: {lines}")


def ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return what it still wrote; `communicate` would leave out what was read ahead."""
    assert process.stdout is not None
    assert process.stderr is not None
    rest, said = process.stdout.read(), process.stderr.read()
    process.wait(180)
    return rest, said


def test_thrash_ends_with_8_and_every_line_is_json(studio: Studio) -> None:
    """What a nightly job needs: the code, the pair, and what happened, a line each."""
    process = start(studio, "ccdeploy watch --for 10s --every 0.1 --changes 1 --json", "ccdeploy")
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    for model in (CODER, LARGE):
        asking(studio, model)()
        lines += through(process.stdout, '"loaded"')
    rest, said = ended(process)
    events = [json.loads(line) for line in [*lines, *rest.splitlines()]]
    assert process.returncode == 8
    assert {event["schema_version"] for event in events} == {1}
    (alarm,) = [event for event in events if event["event"] == "alarm"]
    assert set(alarm["models"]) == {CODER, LARGE}
    assert (events[0]["event"], events[-1]["event"], events[-1]["exit_code"]) == ("resident", "ended", 8)
    assert "ccdeploy: studio: 1 alarm, the last: thrash:" in said
    forget(studio)


@pytest.mark.parametrize(("face", "number"), [("ccdeploy", signal.SIGINT), ("fab", signal.SIGTERM)])
def test_whoever_has_seen_enough_ends_it_without_an_error(studio: Studio, face: str, number: int) -> None:
    """130, as `logs -f`: nothing failed, and what was seen is summed up."""
    process = start(studio, "ccdeploy watch --every 0.1", face)
    assert process.stdout is not None
    assert process.stdout.readline().endswith("in memory: nothing\n")
    process.send_signal(number)
    rest, said = ended(process)
    assert (process.returncode, rest.splitlines()[-1].endswith("0 evictions; no thrash")) == (130, True)
    assert "ccdeploy:" not in said


def test_a_quiet_time_ends_with_0(studio: Studio) -> None:
    """And says that there was no thrash."""
    done = studio.run("ccdeploy watch --for 0.2s --every 0.1", "fab")
    assert (done.returncode, "no thrash" in done.stdout) == (0, True)
