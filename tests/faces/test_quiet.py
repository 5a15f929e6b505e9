"""`--quiet` as both faces have it: its durations, its plan, and Ctrl-C in the wait."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.faces.ending import assert_ends
from tests.support.stream import Stream
from tests.support.studio import KEY, Studio

ENDED_BY = [("ccdeploy", signal.SIGINT), ("fab", signal.SIGTERM)]


@pytest.mark.parametrize(("face", "number"), ENDED_BY)
def test_a_signal_in_the_wait_leaves_the_old_proxy_serving(studio: Studio, face: str, number: int) -> None:
    """Nothing was stopped yet: the shadow goes, and nobody notices anything."""
    studio.misbehave({"stream_s": 60})
    first, pid = studio.deployed("coder").release, studio.pid()
    studio.config("second", "coder", "fast")
    with Stream(studio.port, KEY, "coder") as stream, studio.watched() as promises:
        stream.wait_for_chunks(1)
        process = studio.start("ccdeploy deploy second --quiet 10m", face)
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if line.startswith("start") and "nothing in flight" in line:
                process.send_signal(number)
                break
        said += process.communicate(timeout=180)[1]
        assert not stream.is_over
    promises.kept(served={"coder"}, release=first, user_traffic=True)
    done = subprocess.CompletedProcess(process.args, process.returncode, "", said)
    assert_ends(done, 130, "interrupted", f"release {first} serves", remedy=False)
    assert studio.pid() == pid


@pytest.mark.parametrize("face", ["ccdeploy", "fab"])
def test_a_face_says_and_does_it(studio: Studio, face: str) -> None:
    """With a unit or without, as other durations."""
    studio.deployed("coder")
    rehearsed = studio.run("ccdeploy restart --dry-run --quiet 2m", face)
    assert_ends(rehearsed, 0)
    assert "wait for a moment with nothing in flight, still serving, for 120 s at most" in rehearsed.stdout
    with studio.watched() as promises:
        done = studio.run("ccdeploy restart --quiet 30", face)
    promises.kept(served={"coder"}, gap_allowed=True)
    assert_ends(done, 0)
    assert "nothing in flight, by its own counter" in done.stderr
    assert_ends(studio.run("ccdeploy restart --quiet soon", face), 2, "--quiet: 'soon' is no duration")
