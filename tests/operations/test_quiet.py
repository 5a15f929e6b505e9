"""`--quiet`: a moment with nothing in flight is waited for, while the old proxy serves."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed, Interrupted
from ccdeploy.events import Event, StepDone, StepMoved
from ccdeploy.remote import connections
from tests.operations.at_command import at_command
from tests.support import fake_venv
from tests.support.stream import Stream, endless
from tests.support.studio import KEY, Studio

LINE = "wait for a moment with nothing in flight, still serving, for 90 s at most"


def when_it_waits(studio: Studio, do: Callable[[], object]) -> None:
    """Let something happen once it has seen that requests are in flight."""

    def at(event: Event) -> None:
        if isinstance(event, StepMoved) and event.step == "quiet":
            do()

    studio.at = at


def ending(studio: Studio) -> str:
    """Return what was told of the wait when it was over."""
    return next(e.detail for e in studio.events if isinstance(e, StepDone) and e.step == "quiet")


def test_nothing_is_stopped_before_the_last_request_has_ended(host: Studio) -> None:
    """That is what one waits for: whoever has an answer on the way sees nothing of the restart."""
    host.misbehave({"stream_s": 2})
    host.deployed("coder")
    was_over: list[bool] = []
    host.when("switch", lambda: was_over.append(stream.is_over))
    with Stream(host.port, KEY, "coder") as stream, host.watched() as promises:
        stream.wait_for_chunks(1)
        attempt = app.restart(host.project, None, quiet_s=60)
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release, user_traffic=True)
    assert was_over == [True]
    assert stream.finished().is_complete
    assert [s for s in host.steps() if s in ("verify-shadow", "quiet", "switch")][-3:] == [
        "verify-shadow",
        "quiet",
        "switch",
    ]
    assert ending(host) == "nothing in flight, by its own counter"
    assert attempt.notes == ()
    assert "quiet" in attempt.phases


def test_without_a_quiet_moment_it_goes_on_and_says_so(studio: Studio) -> None:
    """A gateway that is never idle has to be deployed to as well; its streams end beside the new proxy."""
    enough = endless(studio)
    studio.deployed("coder")
    studio.when("verify", enough.touch)
    with Stream(studio.port, KEY, "coder") as stream, studio.watched() as promises:
        stream.wait_for_chunks(1)
        attempt = studio.deploy(studio.config("second", "coder", "fast"), quiet_s=0.5)
        assert stream.finished().is_complete
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release, user_traffic=True)
    # The probe asks fifty times a second: what it asks at that moment, or has just been answered, is counted as well.
    told = re.compile(r"no quiet moment in 0\.5 s; (1 request was|[23] requests were) in flight")
    assert [note for note in attempt.notes if told.fullmatch(note)]


def test_without_a_counter_open_connections_are_waited_for(studio: Studio) -> None:
    """An older LiteLLM has none, and one of several workers knows of its own requests only."""
    studio.misbehave({"no_backlog": True})
    studio.deployed("coder")
    held = socket.create_connection(("127.0.0.1", studio.port))
    when_it_waits(studio, held.close)
    with held:
        attempt = app.restart(studio.project, None, quiet_s=60)
    moved = [e.detail for e in studio.events if isinstance(e, StepMoved) and e.step == "quiet"]
    assert moved == ["1 connection was open"]
    assert ending(studio) == "nothing in flight, by its open connections"
    assert attempt.notes == ()


def test_what_nobody_can_count_is_not_waited_for(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing would end the wait but its time, and nothing would be gained by it."""
    studio.misbehave({"no_backlog": True})
    studio.deployed("coder")
    monkeypatch.setattr(connections, "established", lambda transport, port: None)
    attempt = app.restart(studio.project, None, quiet_s=600)
    assert attempt.notes == ("no quiet moment was waited for: how many requests are in flight is not known",)


def test_ctrl_c_in_the_wait_touches_nothing(studio: Studio) -> None:
    """Who has waited long enough goes away; the shadow does too, and the old proxy serves on."""
    studio.misbehave({"stream_s": 60})
    first, pid = studio.deployed("coder").release, studio.pid()
    when_it_waits(studio, lambda: signal.raise_signal(signal.SIGINT))
    with Stream(studio.port, KEY, "coder") as stream, studio.watched() as promises:
        stream.wait_for_chunks(1)
        with pytest.raises(Interrupted, match=f"interrupted; release {first} serves") as caught:
            studio.deploy(studio.config("second", "coder", "fast"), quiet_s=600)
        assert not stream.is_over
    promises.kept(served={"coder"}, release=first, user_traffic=True)
    assert caught.value.exit_code == 130
    assert studio.pid() == pid
    assert (studio.history[-1]["outcome"], studio.history[-1]["downtime_ms"]) == ("interrupted", 0)


def test_a_fault_in_the_wait_touches_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was stopped, so there is nothing to go back from: what serves is only looked at."""
    studio.misbehave({"no_backlog": True})
    first, pid = studio.deployed("coder").release, studio.pid()

    def fail() -> None:
        raise RuntimeError("a fault of ours")

    at_command(monkeypatch, "count connections", fail, "before")
    with studio.watched() as promises, pytest.raises(DeployFailed, match="a fault of ours; release"):
        app.restart(studio.project, None, quiet_s=600)
    promises.kept(served={"coder"}, release=first)
    assert studio.pid() == pid


def test_where_nothing_serves_nothing_is_waited_for(studio: Studio) -> None:
    """After a reboot every moment is a gap already."""
    studio.deployed("coder")
    studio.kill()
    app.restart(studio.project, None, quiet_s=600)
    assert "quiet" not in studio.steps()


def test_a_rollback_waits_too_and_who_does_not_ask_does_not_wait(studio: Studio) -> None:
    """The users of the release that is left are users like others."""
    studio.deployed("coder")
    studio.deployed("coder", "fast", config="second")
    assert "quiet" not in studio.steps()
    assert "quiet" in app.rollback(studio.project, None, quiet_s=60).phases


def test_an_upgrade_waits_too(studio: Studio) -> None:
    """Another LiteLLM is another boot, and another gap."""
    studio.deployed("coder")
    fake_venv.make(studio.root, "1.108.0", name="venvs/1.108.0")
    assert LINE in app.upgrade(studio.project, None, "1.108.0", dry_run=True, quiet_s=90).planned
    assert "quiet" in app.upgrade(studio.project, None, "1.108.0", quiet_s=90).phases


def test_a_run_waits_on_its_way_there_and_not_back(studio: Studio) -> None:
    """The way back cannot be interrupted: nobody shall sit before a terminal that waits for others."""
    studio.deployed("coder")
    done = app.run(studio.project, None, studio.config("second", "coder", "fast"), ["true"], quiet_s=60)
    assert done.way_back is not None
    assert "quiet" in done.deploy.phases
    assert "quiet" not in done.way_back.phases


def planned(studio: Studio, quiet_s: float) -> dict[str, tuple[str, ...]]:
    """Return what each verb would do, by its rehearsal."""
    third = studio.config("third", "coder")
    return {
        "deploy": studio.deploy(third, allow=("removal",), dry_run=True, quiet_s=quiet_s).planned,
        "restart": app.restart(studio.project, None, dry_run=True, quiet_s=quiet_s).planned,
        "rollback": app.rollback(studio.project, None, dry_run=True, quiet_s=quiet_s).planned,
    }


def test_a_rehearsal_says_that_it_would_wait(studio: Studio) -> None:
    """In its place: after the shadow, before anything is stopped."""
    studio.deployed("coder")
    studio.deployed("coder", "fast", config="second")
    for verb, lines in planned(studio, 90).items():
        assert "shadow" in lines[lines.index(LINE) - 1], verb
        assert lines[lines.index(LINE) + 1].startswith("stop"), verb
    assert "quiet" not in studio.steps()
    assert not any("nothing in flight" in line for lines in planned(studio, 0).values() for line in lines)
