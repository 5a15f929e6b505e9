"""Ctrl-C and SIGTERM to a face that deploys: 130, the state restored, the lock free, the next deploy succeeds."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from tests.faces.ending import assert_ends
from tests.support.hooks import ran, write_hook
from tests.support.stream import Stream
from tests.support.studio import KEY, Studio
from tests.support.waiting import until

HEARD = "heard"  # the file that says that the signal was sent
ENDED_BY = [("ccdeploy", signal.SIGINT), ("fab", signal.SIGTERM)]


def interrupted(studio: Studio, face: str, number: int, step: str) -> subprocess.CompletedProcess[str]:
    """Deploy with a face, send the signal when a step begins, and return how it ended."""
    process = studio.start("ccdeploy deploy second", face)
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if line.startswith("start") and step in line:
            process.send_signal(number)
            break
    (studio.folder / HEARD).touch()
    rest = process.communicate(timeout=180)[1]
    return subprocess.CompletedProcess(process.args, process.returncode, "", said + rest)


@pytest.mark.parametrize(("face", "number"), ENDED_BY)
@pytest.mark.parametrize(
    ("step", "wrong"),
    [
        ("boot the shadow", {"boot_s": 0.5}),
        ("stop the old proxy", {"boot_s": 0.3}),
        ("verify what serves", {}),
    ],
    ids=["before", "during", "after"],
)
def test_a_signal_restores_the_host(studio: Studio, face: str, number: int, step: str, wrong: dict[str, float]) -> None:
    """A person and a pipeline that is cancelled both leave a host that serves."""
    first = studio.deployed("coder").release
    studio.config("second", "coder", "fast")
    # What serves answers when the signal was sent, however soon the one who verifies it asks.
    studio.misbehave(wrong, {"only_port": studio.port, "models_from": str(studio.folder / HEARD)})
    with studio.watched() as promises:
        done = interrupted(studio, face, number, step)
    promises.kept(served={"coder"}, gap_allowed=not step.startswith("boot"), most_gaps=2, release=first)
    assert_ends(done, 130, "interrupted", f"release {first} serves", remedy=False)
    with studio.watched() as promises:
        again = studio.run("ccdeploy deploy second", face)
    promises.kept(served={"coder", "fast"}, gap_allowed=True)
    assert_ends(again, 0)


@pytest.mark.parametrize(("face", "number"), ENDED_BY)
def test_a_signal_while_the_old_proxy_drains_leaves_the_new_one_serving(studio: Studio, face: str, number: int) -> None:
    """It is verified and recorded; the old one was told to stop, and ends with its last stream."""
    studio.misbehave({"stream_s": 60})
    studio.deployed("coder")
    studio.config("second", "coder", "fast")
    with Stream(studio.port, KEY, "coder") as stream, studio.watched() as promises:
        stream.wait_for_chunks(1)
        old = studio.pid()
        done = interrupted(studio, face, number, "let the old proxy finish")
        os.kill(old, signal.SIGKILL)  # its last stream has ended
    promises.kept(served={"coder", "fast"}, gap_allowed=True, user_traffic=True)
    assert_ends(done, 130, f"release {studio.current} serves, verified", remedy=False)
    assert studio.history[-1]["outcome"] == "deployed"


@pytest.mark.parametrize(("face", "number"), ENDED_BY)
def test_a_signal_ends_a_hook(studio: Studio, face: str, number: int) -> None:
    """Nothing was begun: the hook is ended, and the host is as it was."""
    write_hook(studio.folder, "pre-deploy", "echo $$ >pid; exec sleep 600")
    write_hook(studio.folder, "failed")
    studio.config("second", "coder")
    before = studio.checksum()
    process = studio.start("ccdeploy deploy second", face)
    until((studio.folder / "pid").exists, "the hook")
    process.send_signal(number)
    said = process.communicate(timeout=180)[1]
    assert_ends(subprocess.CompletedProcess("", process.returncode, "", said), 130, "interrupted", remedy=False)
    assert studio.checksum() == before
    assert ran(studio.folder) == []
