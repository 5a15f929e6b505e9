"""The dead man's switch: a host whose client is gone goes back by itself, once; one that was told well does not."""

from __future__ import annotations

import json
import os
import signal
import sys

import pytest

from ccdeploy import app
from ccdeploy.errors import ConnectionLost, DeployFailed, Stranded
from ccdeploy.events import Warned
from ccdeploy.shell import deadman
from ccdeploy.shell.deadman import Watch, Watcher
from tests.operations.at_command import at_command
from tests.operations.test_blue_green_cut_off import killed_at, lose
from tests.support.cable import Cable
from tests.support.processes import is_alive
from tests.support.slots import lapse_lock
from tests.support.studio import Studio
from tests.support.waiting import until
from tests.support.watcher import files, halted, pid_of_watcher, wait_until_gone_back


@pytest.mark.parametrize("strategy", ["restart", "blue-green"])
def test_a_host_whose_client_is_gone_goes_back_by_itself(request: pytest.FixtureRequest, strategy: str) -> None:
    """A laptop that went to sleep must not leave a host on what nobody verified."""
    studio: Studio = request.getfixturevalue("green" if strategy == "blue-green" else "studio")
    first = studio.deployed("coder").release
    studio.config("second", "coder", "fast")
    with studio.watched() as promises:
        killed_at(studio, "record the attempt", "deploy", "second")
        wait_until_gone_back(studio)
    promises.kept(served={"coder"}, gap_allowed=strategy == "restart", most_gaps=2, release=first)
    last = studio.history[-1]
    assert (last["outcome"], last["ended_by"], last["verb"]) == ("failed", "host", "deploy")
    assert last["detail"] == "its client was gone; the host went back by itself"
    assert studio.manifest(last["release"])["state"] == "bad"
    assert studio.manifest()["state"] == "verified"
    seen = app.status(studio.project, None)
    assert seen.exit_code == 0
    assert any("the host went back by itself" in note and first in note for note in seen.notes if first)
    assert studio.deploy("second").outcome == "deployed"
    assert any(isinstance(e, Warned) and "went back by itself" in e.text for e in studio.events)
    assert all("went back" not in note for note in app.status(studio.project, None).notes)


def test_a_host_that_cannot_go_back_says_that_nothing_good_serves(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 7, and the next command tells it too."""
    studio.deployed("coder")
    studio.when("record", lambda: studio.misbehave({"exit_while_booting": 1}))

    def fall_silent() -> None:
        lapse_lock(studio)
        wait_until_gone_back(studio)

    ran = at_command(monkeypatch, "record the attempt", fall_silent)
    with pytest.raises(Stranded, match="tried to go back by itself, and nothing good serves"):
        studio.deploy(studio.config("second", "coder", "fast"))
    assert "record the attempt" in ran
    assert studio.history[-1]["outcome"] == "stranded"
    seen = app.status(studio.project, None)
    assert seen.exit_code == 8
    assert any("nothing good serves" in note for note in seen.notes)
    studio.at = lambda event: None
    studio.misbehave()
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)


@pytest.mark.parametrize("strategy", ["restart", "blue-green"])
def test_a_confirmed_release_is_not_gone_back_from(request: pytest.FixtureRequest, strategy: str) -> None:
    """Whatever becomes of the client afterwards, and of the lock's heartbeat."""
    studio: Studio = request.getfixturevalue("green" if strategy == "blue-green" else "studio")
    studio.deployed("coder")
    pids: list[int] = []
    studio.when("record", lambda: pids.append(pid_of_watcher(studio)))
    attempt = studio.deploy(studio.config("second", "coder", "fast"))
    until(lambda: not is_alive(pids[0]), "the watcher has ended")
    assert files(studio) == []
    assert studio.current == attempt.release
    assert [line["outcome"] for line in studio.history] == ["deployed", "deployed"]


def test_the_script_of_a_watcher_can_be_read_by_its_owner_alone(studio: Studio) -> None:
    """It holds the environment of the way back, the master key in it."""
    studio.deployed("coder")
    seen: list[tuple[str, int, bool]] = []

    def look() -> None:
        seen.extend((f.suffix, f.stat().st_mode & 0o777, b"sk-made-up" in f.read_bytes()) for f in files(studio))

    studio.when("verify", look)
    studio.deploy(studio.config("second", "coder", "fast"))
    assert (".sh", 0o600, True) in seen
    assert [suffix for suffix, _, has_key in seen if has_key] == [".sh"]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_a_watcher_outlives_the_session_that_started_it(studio: Studio, number: signal.Signals) -> None:
    """An SSH server that ends, or a Ctrl-C at a terminal, is the very day that it is for."""
    first = studio.deployed("coder").release
    studio.config("second", "coder", "fast")
    killed_at(studio, "record the attempt", "deploy", "second", lapses=False)
    os.kill(pid_of_watcher(studio), number)
    lapse_lock(studio)
    wait_until_gone_back(studio)
    assert studio.current == first


def test_whoever_comes_next_waits_until_the_host_has_gone_back(studio: Studio) -> None:
    """The lock is the host's meanwhile: a plain second deploy needs no --wait, and goes on from what was good."""
    first = studio.deployed("coder").release
    studio.config("second", "coder", "fast")
    with studio.watched() as promises:
        killed_at(studio, "record the attempt", "deploy", "second", lapses=False)
        studio.misbehave({"boot_s": 3.0, "only_port": studio.port, "until_start": 1})
        lapse_lock(studio)
        until(lambda: owner(studio).endswith(".host"), "the host has taken the lock")
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, most_gaps=3, release=attempt.release)
    assert "deadman" in studio.steps()
    assert attempt.previous == first


def owner(studio: Studio) -> str:
    """Return the id of the lock's owner."""
    try:
        return str(json.loads((studio.root / "lock" / "owner.json").read_text())["id"])
    except OSError:
        return ""


def test_a_stolen_lock_lets_the_host_go_back_first(studio: Studio) -> None:
    """A person who takes the lock away from a dead client, and deploys, finds a host that serves what was verified."""
    first = studio.deployed("coder").release
    studio.config("second", "coder", "fast")
    killed_at(studio, "record the attempt", "deploy", "second", lapses=False)
    with halted(studio):
        app.lock_release(studio.project, None, force=True)
        seen = app.status(studio.project, None)
    assert "an attempt was cut off before it was confirmed: the host goes back by itself" in seen.drift
    attempt = studio.deploy("second")
    assert attempt.previous == first
    assert [line["outcome"] for line in studio.history] == ["deployed", "failed", "deployed"]


def test_a_watcher_that_died_with_the_host_is_cleared_away(studio: Studio) -> None:
    """After a reboot nothing goes back by itself: `status` says so, and the next deploy starts from what was good."""
    first = studio.deployed("coder").release
    studio.config("second", "coder", "fast")
    killed_at(studio, "record the attempt", "deploy", "second", lapses=False)
    os.kill(pid_of_watcher(studio), signal.SIGKILL)
    studio.kill()
    lapse_lock(studio)
    seen = app.status(studio.project, None)
    assert any("runs no longer: deploy anew" in drift for drift in seen.drift)
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert files(studio) == []
    assert attempt.previous == first


def test_a_host_that_cannot_start_its_watcher_risks_nothing(studio: Studio) -> None:
    """Without a way back that needs no client nothing is stopped: exit 6, and why."""
    first = studio.deployed("coder").release
    (studio.root / "logs" / "deadman.log").unlink()
    (studio.root / "logs" / "deadman.log").mkdir()
    with studio.watched() as promises, pytest.raises(DeployFailed, match="could not start its dead man's switch"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first)


@pytest.mark.parametrize("boots", ["slowly", "never"])
def test_a_proxy_that_boots_yet_is_ended_before_the_host_goes_back(studio: Studio, boots: str) -> None:
    """It has no port to give up; left alone it would take the port from the one that comes back."""
    first = studio.deployed("coder").release
    studio.entry["confirm_timeout"] = "1s"
    studio.settle()
    wrong: dict[str, object] = {"boot_s": 6.0} if boots == "slowly" else {"never_ready": True}
    studio.when("switch", lambda: studio.misbehave({"config_contains": "fast", **wrong}))
    with studio.watched() as promises, pytest.raises(DeployFailed, match="the host went back by itself"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, release=first)


def test_a_client_whose_connection_was_lost_goes_back_before_the_host_does(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way is there again: who can verify goes back, and the host has nothing more to do."""
    first = studio.deployed("coder").release
    at_command(monkeypatch, "record the attempt", lose)
    with studio.watched() as promises, pytest.raises(DeployFailed):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert [entry.get("ended_by") for entry in studio.history] == [None, None]
    assert files(studio) == []


def test_a_host_that_takes_no_new_connection_is_gone_back_from(studio: Studio, line: Cable) -> None:
    """An old connection may live on while nobody can reach the host any more: over it the way back is gone."""
    first = studio.deployed("coder").release
    studio.when("record", line.refuse)
    with studio.watched() as promises, pytest.raises(DeployFailed, match="refuses connections"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)


def test_a_host_that_is_gone_before_the_confirmation_goes_back(studio: Studio, line: Cable) -> None:
    """Exit 4, at once, with what the host will do: nobody has to wait for it, and nobody has to come."""
    first = studio.deployed("coder").release
    studio.when("record", line.close)
    with pytest.raises(ConnectionLost, match="by itself within 1 min"):
        studio.deploy(studio.config("second", "coder", "fast"))
    lapse_lock(studio)
    wait_until_gone_back(studio)
    assert studio.current == first


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        (("curl",), "the host went back by itself"),
        (("curl", "python"), "the host went back by itself, unverified: it has neither curl nor a Python to ask with"),
    ],
    ids=["with Python", "with neither"],
)
def test_a_host_without_curl_asks_with_the_python_of_the_proxy(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, taken: tuple[str, ...], told: str
) -> None:
    """Where nothing can ask, it goes back all the same and says that nobody has looked."""
    first = studio.deployed("coder").release
    (studio.root / "venv" / "bin" / "python").symlink_to(sys.executable)
    genuine = deadman.text

    def text(watch: Watch, watcher: Watcher) -> bytes:
        script = genuine(watch, watcher)
        if "python" in taken:
            script = script.replace(b"venv/bin/python ", b"venv/bin/no-python ")
        return script.replace(b"command -v curl", b"command -v no-curl")

    monkeypatch.setattr(deadman, "text", text)
    studio.entry["confirm_timeout"] = "1s"
    studio.settle()
    at_command(monkeypatch, "record the attempt", lambda: wait_until_gone_back(studio))
    with studio.watched() as promises, pytest.raises(DeployFailed) as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert f"{told}; release {first} serves" in caught.value.message
