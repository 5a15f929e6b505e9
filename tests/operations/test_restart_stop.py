"""Restart and stop, and the start after a stop or a reboot."""

from __future__ import annotations

import os

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed, Refused
from ccdeploy.shell.launch import LOG_KEPT_BYTES
from tests.support.standin.server import GRACE, GRACE_DEFAULT
from tests.support.stream import Stream
from tests.support.studio import KEY, Studio


def test_a_restart_takes_up_a_changed_env_file(host: Studio) -> None:
    """That is what one restarts for."""
    first = host.deployed("coder")
    pid = host.pid()
    host.env(ANOTHER="value")
    assert app.status(host.project, None).drift
    with host.watched() as promises:
        attempt = app.restart(host.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=first.release)
    assert attempt.outcome == "restarted"
    assert host.pid() != pid
    assert app.status(host.project, None).drift == ()
    assert host.history[-1]["verb"] == "restart"


def test_a_restart_turns_a_large_log_over(studio: Studio) -> None:
    """`doctor` names it for a log that takes much: what is turned over can be removed."""
    studio.deployed("coder")
    log = studio.root / "logs" / "litellm.log"
    os.truncate(log, LOG_KEPT_BYTES + 1)
    app.restart(studio.project, None)
    assert log.with_name("litellm.log.1").stat().st_size > LOG_KEPT_BYTES > log.stat().st_size


def test_a_restart_that_would_not_boot_stops_nothing(studio: Studio) -> None:
    """A broken upgrade of LiteLLM is found by the shadow, not by the users."""
    first = studio.deployed("coder").release
    studio.misbehave({"exit_while_booting": 3})
    with studio.watched() as promises, pytest.raises(DeployFailed):
        app.restart(studio.project, None)
    promises.kept(served={"coder"}, release=first)
    assert studio.manifest(first)["state"] == "verified"


def test_there_is_nothing_to_restart_on_a_fresh_host(studio: Studio) -> None:
    """It says what to do instead."""
    with pytest.raises(Refused, match="no release to restart") as caught:
        app.restart(studio.project, None)
    assert "deploy" in str(caught.value.hint)


def test_stop_stops_and_start_again_serves(studio: Studio) -> None:
    """A Mac is moved to another room; afterwards one command brings the proxy back."""
    first = studio.deployed("coder").release
    with studio.watched() as promises:
        stopped = app.stop(studio.project, None)
    promises.kept(served=None, gap_allowed=True, release=first)
    assert stopped.outcome == "stopped"
    assert app.status(studio.project, None).state == "stopped"
    assert app.stop(studio.project, None).outcome == "nothing-to-do"
    with studio.watched() as promises:
        attempt = app.restart(studio.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=first)
    assert attempt.downtime_ms is None


def test_stop_lets_streams_end(studio: Studio) -> None:
    """A stop is no reason to cut somebody off."""
    studio.misbehave({"stream_s": 1.5})
    studio.deployed("coder")
    with Stream(studio.port, KEY, "coder") as stream, studio.watched() as promises:
        stream.wait_for_chunks(1)
        app.stop(studio.project, None)
        assert stream.finished().is_complete
    promises.kept(served=None, gap_allowed=True, user_traffic=True)


def test_a_stream_longer_than_the_proxys_own_patience_ends_complete(studio: Studio) -> None:
    """LiteLLM cuts what is in flight 30 s after SIGTERM, unless it is told that drain_timeout is longer."""
    studio.env(**{GRACE_DEFAULT: "0.2"})
    studio.misbehave({"stream_s": 2})
    studio.deployed("coder")
    with Stream(studio.port, KEY, "coder") as stream, studio.watched() as promises:
        stream.wait_for_chunks(1)
        attempt = app.restart(studio.project, None)
        assert str(stream.finished()) == "complete, 20 chunks"
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release, user_traffic=True)


def test_an_env_file_that_sets_the_proxys_own_patience_counts(studio: Studio) -> None:
    """It is LiteLLM's own setting: whoever wrote it down meant it."""
    studio.env(**{GRACE: "0.2"})
    studio.misbehave({"stream_s": 30})
    studio.deployed("coder")
    with Stream(studio.port, KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        app.restart(studio.project, None)
        assert not stream.finished().is_complete


def test_after_a_reboot_restart_serves_again(studio: Studio) -> None:
    """nohup does not survive one; status says so and restart mends it."""
    first = studio.deployed("coder").release
    studio.kill()
    seen = app.status(studio.project, None)
    assert (seen.state, seen.exit_code) == ("stopped", 8)
    assert any("runs no longer" in line for line in seen.drift)
    with studio.watched() as promises:
        app.restart(studio.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=first)


def test_after_a_reboot_a_deploy_serves(studio: Studio) -> None:
    """Nobody has to know that it was stopped."""
    studio.deployed("coder")
    studio.kill()
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)


def test_a_hand_started_proxy_can_be_stopped(studio: Studio) -> None:
    """The first thing that one may want of a host, before any deploy."""
    studio.by_hand("coder")
    with studio.watched() as promises:
        assert app.stop(studio.project, None).outcome == "stopped"
    promises.kept(served=None, gap_allowed=True)


@pytest.mark.parametrize("verb", [app.restart, app.stop])
def test_restart_and_stop_can_be_rehearsed(studio: Studio, verb: object) -> None:
    """They say what they would do, and do none of it."""
    first = studio.deployed("coder").release
    before = studio.checksum()
    with studio.watched() as promises:
        attempt = verb(studio.project, None, dry_run=True)  # type: ignore[operator]
    promises.kept(served={"coder"}, release=first)
    assert attempt.outcome == "rehearsed"
    assert studio.checksum() == before
