"""What fails after the bold step goes back by itself; where even that fails, the exit code says so."""

from __future__ import annotations

import pytest

from ccdeploy.errors import DeployFailed, Stranded
from tests.support.outages import assert_agree, overheard
from tests.support.stream import Stream
from tests.support.studio import KEY, Studio


def test_a_proxy_that_dies_right_after_the_switch_is_rolled_back(host: Studio) -> None:
    """The shadow was well, the real one is not: the previous release serves again, without a person."""
    first = host.deployed("coder")
    host.misbehave({"only_port": host.port, "until_start": 1, "die_after_ready_s": 0.05})
    with host.watched() as promises, pytest.raises(DeployFailed) as caught:
        host.deploy(host.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first.release)
    assert {"rollback", "verify-rollback"} <= set(host.steps())
    assert f"release {first.release} serves" in caught.value.message
    assert host.history[-1]["outcome"] == "failed"
    assert host.history[-1]["downtime_ms"] > 0
    assert host.manifest(host.history[-1]["release"])["state"] == "bad"


def test_the_downtime_of_a_rollback_is_told_as_users_had_it(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed attempt has a price too, and history must not hide it."""
    studio.deployed("coder")
    told = overheard(monkeypatch)
    studio.misbehave({"only_port": studio.port, "until_start": 1, "exit_while_booting": 3, "boot_s": 0.3})
    with studio.watched() as promises, pytest.raises(DeployFailed):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True)
    assert_agree(studio.history[-1]["downtime_ms"], told, promises.probe, promises.downtime_ms)


def test_a_proxy_that_serves_the_wrong_names_after_the_switch_is_rolled_back(studio: Studio) -> None:
    """What was verified on the spare port is verified again where users are."""
    first = studio.deployed("coder")
    studio.misbehave({"only_port": studio.port, "until_start": 1, "drop_models": ["fast"]})
    with studio.watched() as promises, pytest.raises(DeployFailed, match="missing: fast"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first.release)


def test_a_rollback_that_dies_too_is_a_matter_for_a_person(studio: Studio) -> None:
    """Exit 7, at once, and the lock is free for whoever comes."""
    studio.deployed("coder")
    studio.misbehave({"only_port": studio.port, "exit_while_booting": 3})
    with studio.watched() as promises, pytest.raises(Stranded, match="nothing verified serves") as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served=None, gap_allowed=True)
    assert studio.history[-1]["outcome"] == "stranded"
    assert "rollback" in str(caught.value.hint)


def test_a_rollback_that_serves_the_wrong_names_is_a_matter_for_a_person(studio: Studio) -> None:
    """A process that runs and answers is no release that serves: what went back is verified like what went forth."""
    studio.deployed("coder")
    fails = {"only_port": studio.port, "until_start": 1, "exit_while_booting": 3}
    lies = {"only_port": studio.port, "from_start": 2, "serve_wrong_models": ["other"]}
    studio.misbehave(fails, lies)
    with studio.watched() as promises, pytest.raises(Stranded, match="nothing verified serves"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"other"}, gap_allowed=True)
    assert studio.history[-1]["outcome"] == "stranded"


def test_a_deploy_after_a_stranded_one_succeeds(studio: Studio) -> None:
    """The person mends the config and types the same command again."""
    studio.deployed("coder")
    studio.misbehave({"only_port": studio.port, "exit_while_booting": 3})
    with pytest.raises(Stranded):
        studio.deploy(studio.config("second", "coder", "fast"))
    studio.misbehave()
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)


def test_an_old_process_that_answers_in_place_of_the_new_is_found_out(studio: Studio) -> None:
    """SIGTERM closed no listener and the new proxy took another port: all answers were the old one's."""
    studio.entry["drain_timeout"] = "1s"
    studio.settle()
    first = studio.deployed("coder")
    studio.entry["ready_timeout"] = "3s"
    studio.settle()
    studio.misbehave({"only_port": studio.port, "until_start": 1, "bind_other_port": True})
    with studio.watched() as promises, pytest.raises(DeployFailed, match="did not listen"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, release=first.release)


def test_a_stream_that_runs_across_a_rollback_ends_complete(studio: Studio) -> None:
    """The user of the old proxy has nothing to do with the new one's fault."""
    studio.misbehave({"stream_s": 2.0})
    first = studio.deployed("coder")
    studio.misbehave({"only_port": studio.port, "until_start": 1, "exit_while_booting": 3})
    with Stream(studio.port, KEY, "coder") as stream, studio.watched() as promises:
        stream.wait_for_chunks(1)
        with pytest.raises(DeployFailed):
            studio.deploy(studio.config("second", "coder", "fast"))
        assert stream.finished().is_complete
    promises.kept(served={"coder"}, gap_allowed=True, release=first.release, user_traffic=True)


def test_a_new_proxy_that_hangs_in_its_boot_and_hears_nothing_is_no_orphan(studio: Studio) -> None:
    """It has no port to give up yet, and would take it one day, recorded by nobody."""
    first = studio.deployed("coder").release
    studio.entry["ready_timeout"] = "3s"
    studio.settle()
    studio.misbehave({"only_port": studio.port, "until_start": 1, "never_ready": True, "deaf_to_sigterm": True})
    with studio.watched() as promises, pytest.raises(DeployFailed, match="did not listen on its port in time"):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, release=first)


def test_a_first_proxy_that_hangs_in_its_boot_and_hears_nothing_is_no_orphan(studio: Studio) -> None:
    """There is nothing to go back to, and nothing unverified is left that might serve one day."""
    studio.entry["ready_timeout"] = "3s"
    studio.settle()
    studio.misbehave({"only_port": studio.port, "never_ready": True, "deaf_to_sigterm": True})
    with studio.watched() as promises, pytest.raises(Stranded, match="did not listen on its port in time"):
        studio.deploy(studio.config("first", "coder"))
    promises.kept(served=None, gap_allowed=True)
