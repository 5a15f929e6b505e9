"""What is decided is decided under the lock: a deploy may land between the first question and the lock."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed, Refused
from ccdeploy.events import Event, StepStarted
from ccdeploy.results import Attempt
from tests.operations.at_command import at_command
from tests.operations.test_blue_green_cut_off import killed_at
from tests.support import fake_venv
from tests.support.slots import lapse_lock
from tests.support.studio import Studio
from tests.support.watcher import pid_of_watcher


def other_lands(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Let somebody else's command run to its end just before ours takes the lock."""
    at_command(monkeypatch, "take the lock", do)


def test_restart_restarts_what_landed_meanwhile(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The release that was current when it was asked for is the old one by now: nobody wants it back."""
    studio.deployed("coder")
    landed: list[Attempt] = []
    other_lands(monkeypatch, lambda: landed.append(studio.deployed("coder", "fast", config="second")))
    attempt = app.restart(studio.project, None)
    assert attempt.release == landed[0].release
    with studio.watched() as promises:
        assert app.status(studio.project, None).drift == ()
    promises.kept(served={"coder", "fast"}, release=attempt.release)


def test_rollback_goes_back_from_what_landed_meanwhile(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """One step back is one step back from what serves, not from what served a moment ago."""
    studio.deployed("coder")
    second = studio.deployed("coder", "fast", config="second").release
    landed: list[Attempt] = []
    other_lands(monkeypatch, lambda: landed.append(studio.deployed("coder", "slow", config="third")))
    attempt = app.rollback(studio.project, None)
    assert (attempt.release, attempt.previous) == (second, landed[0].release)
    assert studio.manifest(landed[0].release)["state"] == "bad"
    assert studio.manifest(second)["state"] == "verified"


def test_stop_stops_what_landed_meanwhile(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that it saw first has ended already; the one that serves now must not go on."""
    studio.deployed("coder")
    other_lands(monkeypatch, lambda: studio.deployed("coder", "fast", config="second"))
    with studio.watched() as promises:
        app.stop(studio.project, None)
    promises.kept(served=None, gap_allowed=True, most_gaps=2)


def test_the_second_of_two_equal_deploys_finds_nothing_to_do(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waited for the very thing that it was to do; a second gap would be for nothing."""
    studio.deployed("coder")
    studio.config("second", "coder", "fast")
    landed: list[Attempt] = []
    other_lands(monkeypatch, lambda: landed.append(studio.deploy("second")))
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=landed[0].release)
    assert (landed[0].outcome, attempt.outcome, attempt.release) == ("deployed", "nothing-to-do", landed[0].release)
    assert len(studio.history) == 2


def test_the_second_of_two_equal_upgrades_finds_nothing_to_do(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with deploys: whoever waits with --wait must not cost the users a second gap."""
    studio.deployed("coder")
    fake_venv.make(studio.root, "1.108.0", name="venvs/1.108.0")
    landed: list[Attempt] = []
    other_lands(monkeypatch, lambda: landed.append(app.upgrade(studio.project, None, "1.108.0")))
    attempt = app.upgrade(studio.project, None, "1.108.0")
    assert (landed[0].outcome, attempt.outcome, attempt.release) == ("upgraded", "nothing-to-do", landed[0].release)


def test_a_rollback_to_a_litellm_that_was_removed_meanwhile_is_refused(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another's upgrade may take the venv away before the lock is ours; what serves is not touched for it."""
    studio.deployed("coder")
    fake_venv.make(studio.root, "1.108.0", name="venvs/1.108.0")
    second = app.upgrade(studio.project, None, "1.108.0").release
    first = app.rollback(studio.project, None).release

    def gone() -> None:
        (studio.root / "venvs" / "1.108.0").rename(studio.folder / "gone")
        app.restart(studio.project, None)

    other_lands(monkeypatch, gone)
    with pytest.raises(Refused) as caught:
        app.rollback(studio.project, None, to=str(second))
    assert [found.code for found in caught.value.findings] == ["no-litellm"]
    assert 'venvs/1.108.0/bin/pip install "litellm[proxy]==1.108.0"' in str(caught.value.findings[0].hint)
    assert studio.current == first


def test_two_attempts_at_the_same_config_have_ids_of_their_own(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within one second they would be the same by clock and digest: the good one would lie in the bad one's folder."""
    studio.deployed("coder")
    studio.config("second", "coder", "fast")

    def fails() -> None:
        studio.misbehave({"only_port": studio.spare, "exit_while_booting": 3})
        with pytest.raises(DeployFailed):
            studio.deploy("second")
        studio.misbehave()

    other_lands(monkeypatch, fails)
    with studio.watched() as promises:
        attempt = studio.deploy("second")
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    failed = studio.history[-2]["release"]
    assert failed != attempt.release
    assert (studio.manifest(failed)["state"], studio.manifest()["state"]) == ("bad", "verified")


@pytest.mark.parametrize("verb", ["deploy", "rollback"])
def test_a_switch_that_somebody_else_makes_meanwhile_is_no_fault_of_traefiks(
    green: Studio, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """Traefik goes by the file that they wrote, and never again by the one that was seen."""
    green.deployed("coder")
    green.deployed("coder", "fast", config="second")
    green.config("fourth", "coder", "large")
    green.entry["traefik"]["switch_timeout"] = "5s"
    green.settle()
    landed: list[Attempt] = []

    def lands() -> None:
        landed.append(green.deploy("third", allow=("removal",)))

    green.config("third", "coder", "slow")
    at_command(monkeypatch, "ask for the facts", lands, "after")
    with green.watched() as promises:
        attempt = green.deploy("fourth", allow=("removal",)) if verb == "deploy" else app.rollback(green.project, None)
    assert attempt.previous == landed[0].release
    served = {"coder", "large"} if verb == "deploy" else {"coder", "fast"}
    promises.kept(served=served, release=attempt.release)


def test_what_nobody_confirmed_before_the_lock_was_taken_over_is_gone_back_from_first(
    green: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is to be seen in what is recorded, and the host goes back from it as soon as it may."""
    first = green.deployed("coder").release

    def is_cut_off() -> None:
        killed_at(green, "record the attempt", "restart", lapses=False)
        watcher = pid_of_watcher(green)
        os.kill(watcher, signal.SIGSTOP)
        lapse_lock(green)
        halted.append(watcher)

    def goes_on(event: Event) -> None:
        if isinstance(event, StepStarted) and halted:
            os.kill(halted.pop(), signal.SIGCONT)

    halted: list[int] = []
    green.at = goes_on

    other_lands(monkeypatch, is_cut_off)
    with green.watched() as promises:
        attempt = app.restart(green.project, None)
    assert "leftovers" in green.steps()
    promises.kept(served={"coder"}, release=first)
    assert (attempt.outcome, [line["outcome"] for line in green.history][1:]) == ("restarted", ["failed", "restarted"])
