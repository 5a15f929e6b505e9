"""A client that confirms too late: the host has gone back by then, and the client learns it and writes nothing more."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from ccdeploy.errors import ConnectionLost, DeployFailed, Stranded
from ccdeploy.shell.command import Command, Result
from ccdeploy.transport.ssh import SshTransport
from tests.operations.at_command import at_command
from tests.support.cable import Cable
from tests.support.studio import Studio
from tests.support.waiting import until
from tests.support.watcher import files, wait_until_gone_back


def nobody_confirms(studio: Studio, monkeypatch: pytest.MonkeyPatch, within: str = "1s") -> list[str]:
    """Let the client hang right before it confirms, until the host has gone back."""
    studio.entry["confirm_timeout"] = within
    studio.settle()
    return at_command(monkeypatch, "record the attempt", lambda: wait_until_gone_back(studio))


def test_a_client_that_does_not_confirm_in_time_learns_what_the_host_did(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 6: it hung, and the host went back meanwhile; to record what it had verified would be a lie."""
    first = studio.deployed("coder").release
    nobody_confirms(studio, monkeypatch)
    with studio.watched() as promises, pytest.raises(DeployFailed) as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert "nobody confirmed within 1 s; the host went back by itself" in caught.value.message
    assert f"release {first} serves on port {studio.port}" in caught.value.message
    assert [line["outcome"] for line in studio.history] == ["deployed", "failed"]


def test_what_the_host_went_back_to_is_verified_by_a_client_that_is_there(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 6 says that what serves was verified; the host itself asks only whether it is ready."""
    studio.deployed("coder", "earlier")
    wrong = {"only_port": studio.port, "config_contains": "earlier", "serve_wrong_models": ["another"]}
    studio.when("switch", lambda: studio.misbehave(wrong))
    nobody_confirms(studio, monkeypatch, "2s")
    with pytest.raises(Stranded, match="went back by itself") as caught:
        studio.deploy(studio.config("second", "coder", "fast"), allow=("removal",))
    assert "does not serve as it should" in caught.value.message


def test_a_connection_that_is_lost_then_still_tells_that_the_host_went_back(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, line: Cable
) -> None:
    """What came of it is known by then, but for one look."""
    first = studio.deployed("coder").release
    nobody_confirms(studio, monkeypatch)

    def goes() -> None:
        line.refuse()
        line.cut()

    studio.when("verify-rollback", goes)
    with studio.watched() as promises, pytest.raises(ConnectionLost, match="the host went back by itself") as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert (caught.value.result or {})["outcome"] == "failed"


def test_a_first_release_that_nobody_confirms_is_ended(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to go back to, and nothing served before: nothing unverified serves afterwards. Exit 7."""
    nobody_confirms(studio, monkeypatch)
    with studio.watched() as promises, pytest.raises(Stranded, match="there is nothing to go back to"):
        studio.deploy(studio.config("first", "coder"))
    promises.kept(served=None, gap_allowed=True, most_gaps=2)
    assert studio.history[-1]["outcome"] == "stranded"


def test_a_script_that_confirms_too_late_writes_nothing_more(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """It hung on a slow disk until the host had gone back: its record would be of what serves no longer."""
    first = studio.deployed("coder").release
    studio.entry["confirm_timeout"] = "1s"
    studio.settle()
    genuine = SshTransport.run

    def run(self: SshTransport, asked: Command) -> Result:
        if asked.name == "record the attempt" and "deadman" in asked.script:
            before, writes, after = asked.script.partition("printf '%s' '{")  # the first thing that it writes down
            assert "write run/serving.json" in after, "the script no longer says so"
            hangs = f"until [ -e {studio.folder}/gone-back ]; do pause; done\n"
            asked = replace(asked, script=before + hangs + writes + after)
        return genuine(self, asked)

    def goes_on() -> None:
        until(lambda: (studio.root / "run" / "deadman").exists() and not files(studio), "the host has gone back", 40)
        (studio.folder / "gone-back").touch()

    studio.when("record", threading.Thread(target=goes_on).start)
    monkeypatch.setattr(SshTransport, "run", run)
    with studio.watched() as promises, pytest.raises(DeployFailed, match="the host went back by itself"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert [line["outcome"] for line in studio.history] == ["deployed", "failed"]
    assert studio.manifest(studio.history[-1]["release"])["state"] == "bad"


def test_a_script_that_is_ended_before_it_could_confirm_is_no_success(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All was written down by then but for the one word that decides, and the host went back."""
    first = studio.deployed("coder").release
    studio.entry["confirm_timeout"] = "2s"
    studio.settle()
    genuine = SshTransport.run

    def run(self: SshTransport, asked: Command) -> Result:
        before, decides, after = asked.script.partition("mv -f run/deadman/")
        if asked.name == "record the attempt" and decides:
            hangs = "until [ -e never ]; do pause; done\n"
            asked = replace(asked, script=before + hangs + decides + after)
        return genuine(self, asked)

    monkeypatch.setattr(SshTransport, "run", run)
    with studio.watched() as promises, pytest.raises(DeployFailed, match="the host went back by itself"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert studio.manifest(studio.history[-1]["release"])["state"] == "bad"
