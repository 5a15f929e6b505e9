"""What status says of a host, in each state that it may be in."""

from __future__ import annotations

import os
import signal

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused
from tests.support.gateway import is_open
from tests.support.stream import Stream
from tests.support.studio import KEY, Studio
from tests.support.waiting import until


def test_a_host_that_serves_tells_what_since_when_and_by_whom(host: Studio) -> None:
    """The first question of everybody who comes to a host."""
    attempt = host.deployed("coder", "fast")
    seen = app.status(host.project, None)
    assert (seen.state, seen.release, seen.config, seen.exit_code) == ("serving", attempt.release, "first", 0)
    assert seen.pids == (host.pid(),)
    assert set(seen.models) == {"coder", "fast"}
    assert seen.litellm_version == "1.106.2"
    assert seen.since
    assert seen.deployed_by
    assert any("does not survive a reboot" in note for note in seen.notes)


def test_a_hand_started_proxy_is_told_as_one(studio: Studio) -> None:
    """Nobody deployed it: what it was started with is not known."""
    pid = studio.by_hand("coder")
    seen = app.status(studio.project, None)
    assert (seen.state, seen.pids, seen.models, seen.release) == ("adopted", (pid,), ("coder",), None)


def test_a_host_on_which_nothing_runs_is_stopped(studio: Studio) -> None:
    """Exit 8: nobody is served."""
    seen = app.status(studio.project, None)
    assert (seen.state, seen.exit_code, seen.models) == ("stopped", 8, ())


def test_another_program_on_the_port_is_a_stranger(studio: Studio) -> None:
    """It answers perhaps, and is no proxy of ours."""
    with studio.stranger_on(studio.port):
        seen = app.status(studio.project, None)
    assert (seen.state, seen.exit_code) == ("stranger", 8)


def test_a_proxy_that_no_record_names_is_told(studio: Studio) -> None:
    """It holds the memory of a proxy, and the port that the next deploy needs."""
    studio.deployed("coder")
    words = f"{studio.root}/venv/bin/litellm --config {studio.root}/releases/{studio.current}/config.yaml"
    env = dict(line.split("=", 1) for line in (studio.root / ".env").read_text().splitlines())
    pid = studio.start_process(f"{words} --port {studio.spare} --host 127.0.0.1", env)
    studio.wait_for(studio.spare)
    seen = app.status(studio.project, None)
    told = f"a shadow that no record names (pid {pid}) runs on port {studio.spare}: an attempt was cut off"
    assert any(note.startswith(told) for note in seen.notes)


def test_a_proxy_that_lives_and_does_not_answer_is_silent(studio: Studio) -> None:
    """A process in the table is no service."""
    studio.misbehave({"stream_s": 60})
    studio.deployed("coder")
    with Stream(studio.port, KEY, "coder") as stream:
        stream.wait_for_chunks(1)
        os.kill(studio.pid(), signal.SIGTERM)  # its listener closes, its stream goes on
        until(lambda: not is_open(studio.port), "the listener is closed")
        seen = app.status(studio.project, None)
    assert (seen.state, seen.exit_code) == ("silent", 8)


def test_a_lock_is_told_with_its_owner(studio: Studio) -> None:
    """Whoever waits for it wants to know whom to ask."""
    studio.deployed("coder")
    app.lock_acquire(studio.project, None, "changing the disk")
    assert "changing the disk" in str(app.status(studio.project, None).lock)


def test_a_changed_env_file_is_drift(studio: Studio) -> None:
    """The proxy runs with the old one until it is restarted."""
    studio.deployed("coder")
    studio.env(ANOTHER="value")
    seen = app.status(studio.project, None)
    assert ".env was changed" in " ".join(seen.drift)
    assert "value" not in " ".join(seen.drift)


def test_a_host_that_was_never_set_up_is_told_with_the_remedy(studio: Studio) -> None:
    """`setup` is one word away."""
    studio.entry["root"] = str(studio.root / "nowhere")
    studio.settle()
    with pytest.raises(Refused, match="does not exist") as caught:
        app.status(studio.project, None)
    assert "setup" in str(caught.value.hint)
