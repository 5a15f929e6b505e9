"""Another LiteLLM for the same config: beside the old one, with the same switch and the same way back.

Most of these venvs are there already, so that nothing is installed; test_install.py has pip.
"""

from __future__ import annotations

import subprocess

import pytest

from ccdeploy import app
from ccdeploy.errors import CommandFailed, DeployFailed, Refused, UsageFault
from ccdeploy.events import StepStarted
from ccdeploy.results import Attempt
from tests.operations.at_command import at_command
from tests.support import fake_venv
from tests.support.bare_host import BareHost
from tests.support.studio import Studio

NEW = "1.108.0"


def upgraded(studio: Studio, version: str = NEW) -> Attempt:
    """Upgrade to a version whose venv is there, which must succeed."""
    if not (studio.root / "venvs" / version).exists():
        fake_venv.make(studio.root, version, name=f"venvs/{version}")
    attempt = app.upgrade(studio.project, None, version)
    assert attempt.outcome == "upgraded", attempt
    return attempt


def running(studio: Studio) -> str:
    """Return the command line of what serves."""
    command = ["ps", "-ww", "-o", "args=", "-p", str(studio.pid())]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.xdist_group("pip")
def test_an_upgrade_installs_beside_the_old_one_and_rollback_returns_to_it(bare: tuple[Studio, BareHost]) -> None:
    """The whole of it, with pip: the old venv is kept, and the four digests stay true on both ways."""
    studio, _ = bare
    app.setup(studio.project, None, install="1.106.2")
    first = studio.deployed("coder").release
    with studio.watched() as promises:
        attempt = app.upgrade(studio.project, None, NEW)
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release)
    assert (attempt.outcome, attempt.previous, attempt.litellm_version) == ("upgraded", first, NEW)
    assert f"{studio.root}/venvs/{NEW}/bin/litellm" in running(studio)
    assert app.status(studio.project, None).litellm_version == NEW
    assert app.status(studio.project, None).drift == ()
    with studio.watched() as promises:
        back = app.rollback(studio.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=first)
    assert (back.release, back.litellm_version) == (first, "1.106.2")
    assert f"{studio.root}/venv/bin/litellm" in running(studio)
    assert app.status(studio.project, None).drift == ()
    assert studio.deploy("first").outcome == "nothing-to-do"
    assert (studio.root / "venvs" / NEW / "bin" / "litellm").exists()


def test_the_remedy_for_an_earlier_release_mends_it(bare: tuple[Studio, BareHost]) -> None:
    """Its venv is made anew where its release.json says, and what serves goes on; an upgrade would do neither."""
    studio, _ = bare
    app.setup(studio.project, None, install="1.106.2")
    studio.deployed("coder")
    second = upgraded(studio).release
    now = app.rollback(studio.project, None).release
    (studio.root / "venvs" / NEW / "bin" / "litellm").write_text("#!/nowhere/python3\n")
    with pytest.raises(Refused) as caught:
        app.rollback(studio.project, None, to=second)
    remedy = str(caught.value.findings[0].hint)
    with studio.watched() as promises:
        subprocess.run(["/bin/sh", "-c", remedy], check=True, capture_output=True)
    promises.kept(served={"coder"}, release=now)
    assert app.rollback(studio.project, None, to=second).release == second
    assert f"{studio.root}/venvs/{NEW}/bin/litellm" in running(studio)


def test_the_release_of_an_upgrade_names_its_litellm(studio: Studio) -> None:
    """It is what every later start of it reads."""
    first = studio.deployed("coder").release
    attempt = upgraded(studio)
    made = studio.manifest(attempt.release)
    assert made["litellm"] == {"path": f"venvs/{NEW}/bin/litellm", "version": NEW, "setting": "venv/bin/litellm"}
    assert made["files"] == studio.manifest(first)["files"]
    assert (made["config"], made["state"], studio.history[-1]["verb"]) == ("first", "verified", "upgrade")


def test_a_deploy_after_an_upgrade_stays_with_the_new_one(studio: Studio) -> None:
    """An upgrade that the next edit of a config undoes would be none."""
    studio.deployed("coder")
    upgraded(studio)
    assert studio.deploy("first").outcome == "nothing-to-do"
    second = studio.deployed("coder", "fast", config="second")
    assert f"venvs/{NEW}/bin/litellm" in running(studio)
    assert second.litellm_version == NEW
    app.restart(studio.project, None)
    assert f"venvs/{NEW}/bin/litellm" in running(studio)
    with (studio.root / "releases" / studio.current / "config.yaml").open("a") as config:
        config.write("# edited on the host\n")
    studio.deploy("second")
    known = [studio.manifest(path.name) for path in (studio.root / "releases").iterdir()]
    edited = next(one for one in known if one["state"] == "drifted")
    assert edited["litellm"]["version"] == NEW  # what a `rollback --to` it runs with: it was edited under that one


def test_the_settings_word_wins_when_it_changes(studio: Studio) -> None:
    """Whoever names another litellm in hosts.yaml means it; status says so until it is deployed."""
    studio.deployed("coder")
    upgraded(studio)
    fake_venv.make(studio.root, "1.109.0", name="mine")
    studio.entry["litellm"] = "mine/bin/litellm"
    studio.settle()
    assert app.status(studio.project, None).drift
    assert studio.deploy("first").outcome == "deployed"
    assert f"{studio.root}/mine/bin/litellm" in running(studio)
    assert studio.manifest()["litellm"] is None


def test_a_version_that_serves_already_is_nothing_to_do(studio: Studio) -> None:
    """By whichever venv: the first one, or that of an upgrade."""
    studio.deployed("coder")
    assert app.upgrade(studio.project, None, "1.106.2").outcome == "nothing-to-do"
    upgraded(studio)
    before = studio.checksum()
    attempt = app.upgrade(studio.project, None, NEW)
    assert (attempt.verb, attempt.outcome) == ("upgrade", "nothing-to-do")
    assert studio.checksum() == before


def test_a_new_one_that_does_not_boot_costs_nobody_anything(studio: Studio) -> None:
    """Exit 6, no downtime, and the next deploy is not led astray."""
    first = studio.deployed("coder").release
    executable = fake_venv.make(studio.root, NEW, name=f"venvs/{NEW}")
    executable.with_name("misbehave.json").write_text('[{"exit_while_booting": 3}]')
    with studio.watched() as promises, pytest.raises(DeployFailed):
        app.upgrade(studio.project, None, NEW)
    promises.kept(served={"coder"}, release=first)
    assert (studio.current, studio.history[-1]["downtime_ms"]) == (first, 0)
    assert studio.deploy("first").outcome == "nothing-to-do"


def test_one_that_fails_in_service_goes_back_to_the_old_litellm(studio: Studio) -> None:
    """The way back leads to the release and therefore to its venv."""
    first = studio.deployed("coder").release
    executable = fake_venv.make(studio.root, NEW, name=f"venvs/{NEW}")
    executable.with_name("misbehave.json").write_text(f'[{{"only_port": {studio.port}, "exit_while_booting": 3}}]')
    with studio.watched() as promises, pytest.raises(DeployFailed):
        app.upgrade(studio.project, None, NEW)
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert f"{studio.root}/venv/bin/litellm" in running(studio)


@pytest.mark.xdist_group("pip")
def test_an_installation_that_fails_touches_nothing_that_serves(bare: tuple[Studio, BareHost]) -> None:
    """It comes before anything else: exit 3, no line of history, and no release."""
    studio, host = bare
    fake_venv.make(studio.root)
    app.setup(studio.project, None)
    first = studio.deployed("coder").release
    host.use_index("http://127.0.0.1:9/")
    with studio.watched() as promises, pytest.raises(Refused, match="pip could not install") as caught:
        app.upgrade(studio.project, None, NEW)
    promises.kept(served={"coder"}, release=first)
    assert caught.value.exit_code == 3
    assert len(studio.history) == 1
    assert not (studio.root / "venvs").exists()


def test_old_venvs_go_at_the_next_upgrade_when_no_release_runs_with_them(studio: Studio) -> None:
    """The old one is the way back until then; the settings' own is never removed."""
    studio.deployed("coder")
    upgraded(studio)
    fake_venv.make(studio.root, "1.105.0", name="venvs/1.105.0")  # of a release that is gone
    app.rollback(studio.project, None)  # now 1.108.0 is that of a bad release
    upgraded(studio, "1.109.0")
    assert sorted(path.name for path in (studio.root / "venvs").iterdir()) == ["1.109.0"]
    upgraded(studio, "1.110.0")
    assert sorted(path.name for path in (studio.root / "venvs").iterdir()) == ["1.109.0", "1.110.0"]
    assert (studio.root / "venv" / "bin" / "litellm").exists()


def test_a_broken_venv_may_still_serve_and_is_not_replaced(studio: Studio) -> None:
    """Python imports late: what runs must find its files; the new one gets a folder of its own."""
    studio.deployed("coder")
    upgraded(studio)
    executable = studio.root / "venvs" / NEW / "bin" / "litellm"
    executable.write_text("#!/nowhere/python3\n")
    planned = app.upgrade(studio.project, None, NEW, dry_run=True).planned
    assert planned[0] == f"install litellm {NEW}: venvs/{NEW}-2/bin/litellm"
    with pytest.raises(Refused) as caught:
        app.restart(studio.project, None)
    assert f"ccdeploy upgrade {NEW}" in str(caught.value.findings[0].hint)
    (studio.root / "venvs" / NEW).rename(studio.root / "venvs" / f"{NEW}-2")  # as the folder of the third would be
    release = studio.root / "releases" / studio.current / "release.json"
    release.write_text(release.read_text().replace(f"venvs/{NEW}/", f"venvs/{NEW}-2/"))
    with pytest.raises(Refused) as caught:
        app.restart(studio.project, None)
    assert f"`ccdeploy upgrade {NEW} " in str(caught.value.findings[0].hint)


def test_an_upgrade_can_be_rehearsed(studio: Studio) -> None:
    """It says what would be installed and switched, and writes nothing."""
    first = studio.deployed("coder").release
    before = studio.checksum()
    attempt = app.upgrade(studio.project, None, NEW, dry_run=True)
    assert (attempt.outcome, attempt.previous) == ("rehearsed", first)
    assert attempt.planned[0] == f"install litellm {NEW}: venvs/{NEW}/bin/litellm"
    assert studio.checksum() == before


def test_a_pinned_version_is_what_upgrade_goes_to(studio: Studio) -> None:
    """Named nowhere else: the settings say it, status and deploy notice what differs."""
    studio.deployed("coder")
    studio.entry["litellm_version"] = NEW
    studio.settle()
    assert app.status(studio.project, None).drift == (
        f"litellm 1.106.2 serves, and litellm_version pins {NEW}: ccdeploy upgrade --host studio",
    )
    found = studio.deploy(studio.config("second", "coder", "fast"), dry_run=True).findings
    assert [finding.code for finding in found] == ["litellm-pin"]
    fake_venv.make(studio.root, NEW, name=f"venvs/{NEW}")
    assert app.upgrade(studio.project, None).outcome == "upgraded"
    assert app.status(studio.project, None).drift == ()
    with pytest.raises(Refused, match=f"litellm_version pins {NEW} in hosts.yaml, so 1.106.2 would be drift"):
        app.upgrade(studio.project, None, "1.106.2")


@pytest.mark.parametrize(
    ("version", "error", "message"),
    [
        (None, UsageFault, "upgrade to which version"),
        ("newest", UsageFault, "'newest' is no version of LiteLLM"),
        ("1.82.8", Refused, "steals SSH keys and credentials"),
    ],
)
def test_a_version_that_is_none_asks_nothing_of_the_host(
    studio: Studio, version: str | None, error: type[Exception], message: str
) -> None:
    """A slip of the finger, and the one release that nobody may run."""
    with pytest.raises(error, match=message):
        app.upgrade(studio.project, None, version)
    assert [event for event in studio.events if isinstance(event, StepStarted)] == []


def test_a_host_without_a_release_has_nothing_to_upgrade(studio: Studio) -> None:
    """Which config should it serve?"""
    with pytest.raises(Refused, match="there is no release to serve with another LiteLLM"):
        app.upgrade(studio.project, None, NEW)


def test_a_hand_made_host_can_be_upgraded(studio: Studio) -> None:
    """What a person left there is adopted first, so the way back leads to it, with its own litellm."""
    studio.by_hand("coder")
    with studio.watched() as promises:
        attempt = upgraded(studio)
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release)
    app.rollback(studio.project, None)
    assert f"{studio.root}/venv/bin/litellm" in running(studio)


def test_going_back_starts_what_served_whatever_the_settings_say_by_now(studio: Studio) -> None:
    """The setting that was just changed is what failed: with it there is no way back."""
    first = studio.deployed("coder").release
    mine = fake_venv.make(studio.root, "1.109.0", name="mine")
    mine.with_name("misbehave.json").write_text(f'[{{"only_port": {studio.port}, "exit_while_booting": 3}}]')
    studio.entry["litellm"] = "mine/bin/litellm"
    studio.settle()
    with studio.watched() as promises, pytest.raises(DeployFailed):
        studio.deploy("first")
    promises.kept(served={"coder"}, gap_allowed=True, most_gaps=2, release=first)
    assert f"{studio.root}/venv/bin/litellm" in running(studio)
    assert app.status(studio.project, None).drift  # the settings still say otherwise


def test_an_old_venv_that_cannot_be_removed_is_told_and_is_no_failure(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new version serves, verified and recorded: a script that sees an exit code must not undo that."""
    studio.deployed("coder")
    fake_venv.make(studio.root, "1.105.0", name="venvs/1.105.0")

    def fails() -> None:
        raise CommandFailed("studio: 'remove old venvs' ended with 1", status=1)

    at_command(monkeypatch, "remove old venvs", fails)
    attempt = upgraded(studio)
    assert any("old venvs could not be removed" in note for note in attempt.notes)
