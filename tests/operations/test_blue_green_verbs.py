"""Every verb that changes what serves, with blue-green: no gap, and a stream that spans the switch comes whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed, NothingToRollBackTo
from ccdeploy.events import Event, StepMoved, StepStarted
from tests.support import fake_venv
from tests.support.stream import ENOUGH, Stream, endless
from tests.support.studio import KEY, Studio


@contextmanager
def unnoticed(studio: Studio, *served: str, switches: int = 1) -> Iterator[None]:
    """Let users ask all the while and a stream span each switch: nothing is lost, and these names are served then."""
    streams, spanning, enough = list[Stream](), list[bool](), studio.folder / ENOUGH

    def at(event: Event) -> None:
        if isinstance(event, StepStarted) and event.step == "point":
            enough.unlink(missing_ok=True)
            streams.append(Stream(studio.entry["traefik"]["url"], KEY, "coder"))
            streams[-1].__enter__()
            streams[-1].wait_for_chunks(1)
        elif isinstance(event, StepStarted) and event.step == "drain":
            spanning.append(not streams[-1].is_over)
        elif isinstance(event, StepMoved) and event.step == "drain":
            enough.touch()  # it has seen that a request is in flight, and waits for it

    studio.at = at
    with studio.watched() as promises:
        yield
    studio.at = lambda event: None
    promises.kept(served=set(served), user_traffic=True)
    assert [stream.finished().is_complete for stream in streams] == [True] * switches
    assert spanning == [True] * switches


def streaming(studio: Studio) -> Studio:
    """Let each stream last until it is enough, which is longer than a switch."""
    endless(studio)
    return studio


def test_a_rollback_goes_back_unnoticed(green: Studio) -> None:
    """It is what one does when users complain: they are to notice nothing more."""
    first = streaming(green).deployed("coder").release
    green.deployed("coder", "fast", config="second")
    port = green.port
    with unnoticed(green, "coder"):
        attempt = app.rollback(green.project, None)
    assert (attempt.outcome, attempt.release, attempt.downtime_ms) == ("rolled-back", first, 0)
    assert green.port != port


def test_a_rollback_after_a_bad_deploy_goes_to_the_last_good_one(green: Studio) -> None:
    """The bad one never served: it is no release to go back from, nor to."""
    first = streaming(green).deployed("coder").release
    second = green.deployed("coder", "fast", config="second").release
    green.misbehave({"only_port": green.spare, "exit_while_booting": 3})
    with pytest.raises(DeployFailed):
        green.deploy(green.config("third", "coder", "fast", "slow"))
    assert green.current == second
    streaming(green)
    with unnoticed(green, "coder"):
        assert app.rollback(green.project, None).release == first
    with pytest.raises(NothingToRollBackTo):
        app.rollback(green.project, None)


def test_two_restarts_move_there_and_back(green: Studio) -> None:
    """Each is a new process of the same release, on the other port."""
    release = streaming(green).deployed("coder").release
    ports, pids = [green.port], [green.pid()]
    for _ in range(2):
        with unnoticed(green, "coder"):
            attempt = app.restart(green.project, None)
        assert (attempt.outcome, attempt.release, attempt.downtime_ms) == ("restarted", release, 0)
        ports.append(green.port)
        pids.append(green.pid())
    assert ports == [ports[0], ports[1], ports[0]]
    assert ports[0] != ports[1]
    assert len(set(pids)) == 3


def test_a_restart_of_what_had_ended_serves_again(green: Studio) -> None:
    """After a reboot Traefik leads to nobody: it is led to the proxy that comes up."""
    release = green.deployed("coder").release
    green.kill()
    with green.watched() as promises:
        attempt = app.restart(green.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=release)
    assert attempt.outcome == "restarted"


def test_an_upgrade_is_a_switch_like_any_other(green: Studio) -> None:
    """The new LiteLLM boots beside the old one, which goes on; the rollback leads back to it."""
    streaming(green).deployed("coder")
    executable = fake_venv.make(green.root, "1.108.0", name="venvs/1.108.0")
    shutil.copy(green.root / "venv" / "bin" / "misbehave.json", executable.parent)
    with unnoticed(green, "coder"):
        attempt = app.upgrade(green.project, None, "1.108.0")
    assert (attempt.outcome, attempt.litellm_version, attempt.downtime_ms) == ("upgraded", "1.108.0", 0)
    with unnoticed(green, "coder"):
        assert app.rollback(green.project, None).litellm_version == "1.106.2"


@pytest.mark.parametrize("command", ["true", "exit 3"])
def test_run_goes_there_and_back_unnoticed(green: Studio, command: str) -> None:
    """Both ways are switches; the code is the command's."""
    first = streaming(green).deployed("coder").release
    green.config("second", "coder", "fast")
    with unnoticed(green, "coder", switches=2):
        done = app.run(green.project, None, "second", ["sh", "-c", command])
    assert done.exit_code == (3 if command == "exit 3" else 0)
    assert green.current == first


def test_the_strategy_restart_stays_on_the_port_that_serves(green: Studio) -> None:
    """Traefik leads there, and nobody would lead it elsewhere."""
    green.deployed("coder")
    if green.port == green.entry["listen"]["ports"][0]:
        app.restart(green.project, None)
    second = green.entry["listen"]["ports"][1]
    assert green.port == second
    release = green.deploy(green.config("second", "coder", "fast"), strategy="restart").release
    assert green.site.serving()["port"] == second
    assert green.current == release
    assert "switch" in green.steps()
    with green.watched() as promises:
        attempt = green.deploy(green.config("third", "coder", "fast", "slow"))
    promises.kept(served={"coder", "fast", "slow"}, release=attempt.release)
    assert green.port != second
