"""A config for as long as a command runs: what the command finds, what serves afterwards, and what is written down."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccdeploy import app
from ccdeploy.app.hooks import Hooks
from ccdeploy.errors import CcdeployError, DeployFailed, Interrupted, Locked, NothingToRollBackTo, Stranded
from ccdeploy.events import Event, Noted
from ccdeploy.operations import run as run_module
from ccdeploy.operations import wayback
from ccdeploy.results import Attempt, Run
from tests.support.cable import Cable, cable
from tests.support.free_port import free_port
from tests.support.studio import KEY, Studio

ASKS = """\
import json, os, sys, urllib.request
base, key = os.environ["OPENAI_BASE_URL"], sys.argv[1]
request = urllib.request.Request(base + "/models", headers={"Authorization": "Bearer " + key})
names = [one["id"] for one in json.load(urllib.request.urlopen(request))["data"]]
env = {name: value for name, value in os.environ.items() if name.startswith(("CCDEPLOY_", "OPENAI_"))}
json.dump({"names": names, "env": env, "argv": sys.argv}, open("seen.json", "w"))
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command writes is left in the test's folder."""
    monkeypatch.chdir(tmp_path)


def run(studio: Studio, config: str, *command: str, **options: Any) -> Run:
    """Run a command while a config serves, as the faces do."""
    return app.run(studio.project, None, config, command, **options)


@pytest.mark.parametrize("host", ["openssh-zsh"], indirect=True)
def test_the_config_serves_while_the_command_runs_and_the_one_before_afterwards(
    host: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole of it: without Traefik the address leads through SSH, and the arguments are written down nowhere."""
    monkeypatch.chdir(tmp_path)
    first = host.deployed("coder", "fast").release
    large = host.config("large", "coder")
    with host.watched() as promises:
        done = run(host, large, sys.executable, "-c", ASKS, KEY)
    promises.kept(served={"coder", "fast"}, gap_allowed=True, most_gaps=2, release=first)
    assert done.command
    assert (done.exit_code, done.outcome, done.command.code, host.current) == (0, "gone-back", 0, first)
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert seen["names"] == ["coder"]
    (lost,) = [finding for finding in done.deploy.findings if finding.code == "removal"]
    assert (lost.severity, lost.message) == ("warning", "not answered while the command runs: fast")
    assert seen["env"]["CCDEPLOY_CONFIG"] == "large"
    assert "OPENAI_API_KEY" not in seen["env"]
    assert [(line["verb"], line["outcome"]) for line in host.history] == [
        ("deploy", "deployed"), ("run", "deployed"), ("run", "rolled-back"),
    ]  # fmt: skip
    assert KEY not in (host.root / "history.jsonl").read_text()
    assert host.manifest(done.deploy.release)["state"] == "bad"
    assert not (host.root / "lock").exists()


def when_it_runs(studio: Studio, do: Callable[[], object]) -> None:
    """Let something happen when the config serves, right before the command is started."""

    def at(event: Event) -> None:
        if isinstance(event, Noted) and "runs, with CCDEPLOY_URL" in event.text:
            studio.at = lambda event: None
            do()

    studio.at = at


def test_the_lock_is_held_while_the_command_runs(studio: Studio) -> None:
    """Whoever deploys under a command takes the config away from it."""
    studio.deployed("coder")
    seen: list[CcdeployError] = []

    def deploy_another() -> None:
        with pytest.raises(Locked, match="run large") as caught:
            studio.deploy(studio.config("third", "coder", "fast"), allow=("removal",))
        seen.append(caught.value)

    when_it_runs(studio, deploy_another)
    done = run(studio, studio.config("large", "coder", "other"), "sh", "-c", "exit 3")
    assert (done.exit_code, done.outcome, len(seen)) == (3, "gone-back", 1)


def test_a_config_that_serves_already_is_not_left(studio: Studio) -> None:
    """There is nothing to go back to; the lock keeps others away all the same, and is given back."""
    first = studio.deployed("coder").release
    owner = studio.root / "lock" / "owner.json"
    with studio.watched() as promises:
        done = run(studio, "first", "grep", "-q", "run first", str(owner))
    promises.kept(served={"coder"}, release=first)
    assert (done.exit_code, done.outcome, done.way_back, len(studio.history)) == (0, "nothing-to-do", None, 1)
    assert not owner.exists()


def test_what_another_deployed_meanwhile_is_left_as_it_is(studio: Studio) -> None:
    """They took the lock away by force, and have a reason to."""
    studio.deployed("coder")
    theirs: list[str | None] = []

    def take_over() -> None:
        app.lock_release(studio.project, None, force=True)
        theirs.append(studio.deployed("coder", "fast", config="theirs").release)

    when_it_runs(studio, take_over)
    done = run(studio, studio.config("large", "coder", "other"), "true")
    assert (done.exit_code, done.outcome, done.way_back) == (0, "overtaken", None)
    assert "another deployed meanwhile" in done.notes[0]
    assert studio.current == theirs[0]
    assert not (studio.root / "lock").exists()


def test_the_way_back_is_kept_however_many_newer_releases_there_are(studio: Studio) -> None:
    """After a rollback far back, retention would forget the very release that is to serve again."""
    first = studio.deployed("coder").release
    for day in range(1, 6):
        studio.copy_of_release(first, f"2030010{day}-120000-abcd")
    done = run(studio, studio.config("large", "coder", "other"), "true")
    assert (done.outcome, studio.current) == ("gone-back", first)


def test_a_connection_that_is_lost_meanwhile_is_made_anew(studio: Studio, line: Cable) -> None:
    """A laptop that changes its network loses neither the command nor the way back."""
    first = studio.deployed("coder").release
    when_it_runs(studio, line.cut)
    with studio.watched() as promises:
        done = run(studio, studio.config("large", "coder", "other"), sys.executable, "-c", ASKS, KEY)
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert (done.exit_code, done.outcome) == (0, "gone-back")


def test_a_host_that_stays_away_ends_with_7_and_status_says_what_was_left(
    studio: Studio, line: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing on the host goes back by itself: a person has to, and is told by every command until then."""
    first = studio.deployed("coder").release
    direct = dict(studio.entry["ssh"])
    monkeypatch.setattr(wayback, "TRIED_FOR_S", 0.0)
    when_it_runs(studio, line.close)
    with pytest.raises(Stranded, match="going back from config 'large' failed") as caught:
        run(studio, studio.config("large", "coder", "other"), "true")
    assert f"--to {first}" in (caught.value.hint or "")
    assert caught.value.result
    assert (caught.value.result["command"]["code"], caught.value.result["outcome"]) == (0, "not-gone-back")
    with cable(line.to_port) as again:
        known = Path(direct["known_hosts"])
        known.write_text(known.read_text().replace(str(direct["port"]), str(again.port)))
        studio.entry["ssh"]["port"] = again.port
        studio.settle()
        assert "only for as long as true runs" not in str(app.status(studio.project, None).drift)  # the lock is fresh
        app.lock_release(studio.project, None, force=True)
        assert "only for as long as true runs" in str(app.status(studio.project, None).drift)
        app.rollback(studio.project, None, to=first)
        assert app.status(studio.project, None).drift == ()


def test_a_way_back_that_fails_ends_with_7(studio: Studio) -> None:
    """Whatever the command came to: what serves now is not what should."""
    studio.deployed("coder")
    when_it_runs(studio, lambda: studio.misbehave({"exit_while_booting": 3}))
    with pytest.raises(Stranded, match=r"true ended with 0, and going back .* failed") as caught:
        run(studio, studio.config("large", "coder", "other"), "true")
    assert caught.value.evidence
    assert studio.history[-1]["outcome"] == "failed"
    assert not (studio.root / "lock").exists()


def test_ctrl_c_before_the_command_runs_goes_back(studio: Studio) -> None:
    """The config serves by then, and nobody needs it any more."""
    first = studio.deployed("coder").release
    when_it_runs(studio, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(Interrupted, match=f"before the command ran; release {first} serves"):
        run(studio, studio.config("large", "coder", "other"), "true")
    assert studio.current == first


def test_a_config_that_does_not_boot_is_never_run_for(studio: Studio, tmp_path: Path) -> None:
    """The error is that of the deploy, and what was found out until then stands where a run has it."""
    studio.deployed("coder")
    studio.misbehave({"exit_while_booting": 3})
    with pytest.raises(DeployFailed) as caught:
        run(studio, studio.config("large", "coder", "other"), "touch", str(tmp_path / "ran"))
    assert caught.value.result
    assert caught.value.result["deploy"]["outcome"] == "failed"
    assert not (tmp_path / "ran").exists()


def test_a_host_without_a_release_is_refused(studio: Studio) -> None:
    """There would be no way back."""
    before = studio.checksum()
    with pytest.raises(NothingToRollBackTo, match="nothing was touched"):
        run(studio, studio.config("large", "coder"), "true")
    assert studio.checksum() == before


def test_a_route_that_leads_nowhere_runs_nothing(studio: Studio, tmp_path: Path) -> None:
    """The command would talk to nobody; the config is left again."""
    first = studio.deployed("coder").release
    studio.entry["traefik"] = {"url": f"http://127.0.0.1:{free_port()}"}
    studio.settle()
    done = run(studio, studio.config("large", "coder", "other"), "touch", str(tmp_path / "ran"))
    assert (done.exit_code, done.outcome, studio.current) == (9, "not-run", first)
    assert not (tmp_path / "ran").exists()


def test_a_rehearsal_tells_of_the_command_and_of_the_way_back(studio: Studio, tmp_path: Path) -> None:
    """Nothing is written, and nothing is run."""
    first = studio.deployed("coder").release
    before = studio.checksum()
    done = run(studio, studio.config("large", "coder", "other"), "touch", str(tmp_path / "ran"), dry_run=True)
    assert done.deploy.planned[-2].startswith("run touch here, with CCDEPLOY_URL=")
    assert done.deploy.planned[-1].startswith(f"go back to release {first}")
    assert (studio.checksum(), (tmp_path / "ran").exists()) == (before, False)


def test_the_master_key_is_given_only_if_it_is_asked_for(studio: Studio, tmp_path: Path) -> None:
    """It may do everything on the gateway, and a command has children."""
    studio.deployed("coder")
    told = tmp_path / "told"
    assert run(studio, "first", "sh", "-c", f'echo "$OPENAI_API_KEY" >{told}', with_key=True).exit_code == 0
    assert told.read_text().strip() == KEY


def interrupt_once(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let Ctrl-C come when operations/run.py next calls `name`, and not again."""
    there, left = getattr(run_module, name), [1]

    def at(*args: Any, **more: Any) -> Any:
        if left:
            left.pop()
            raise KeyboardInterrupt
        return there(*args, **more)

    monkeypatch.setattr(run_module, name, at)


@pytest.mark.parametrize("between", ["Run", "undisturbed"])
def test_ctrl_c_between_the_commands_end_and_the_way_back_goes_back(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    """A moment, and the large config would have been left serving."""
    first = studio.deployed("coder").release
    large = studio.config("large", "coder", "other")
    when_it_runs(studio, lambda: interrupt_once(monkeypatch, between))
    with studio.watched() as promises, pytest.raises(Interrupted, match=f"release {first} serves"):
        run(studio, large, "true")
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)


def test_ctrl_c_between_the_deploy_and_the_command_goes_back(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The release serves then, and nobody has asked for it to stay."""
    first = studio.deployed("coder").release
    large = studio.config("large", "coder", "other")
    around, left = Hooks.around, [1]

    def then_interrupted(hooks: Hooks, attempt: Callable[[], Attempt]) -> Attempt:
        done = around(hooks, attempt)
        if left:
            left.pop()
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(Hooks, "around", then_interrupted)
    with studio.watched() as promises, pytest.raises(Interrupted, match="before the command ran"):
        run(studio, large, "true")
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
