"""When hooks run: one before what changes a host, one after it, and what their failures mean."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed, Interrupted, Locked, Refused
from ccdeploy.events import Found, Printed, Warned
from tests.support import fake_venv
from tests.support.hooks import KEEPS, ran, told, variables, write_hook
from tests.support.studio import KEY, Studio

ALL = ("pre-deploy", "post-deploy", "post-rollback", "failed")


@pytest.fixture
def hooked(studio: Studio) -> Studio:
    """A host with every hook, each of which keeps what it is told."""
    for name in ALL:
        write_hook(studio.folder, name)
    return studio


def forget(studio: Studio) -> None:
    """Forget which hooks ran."""
    (studio.folder / "ran").unlink(missing_ok=True)


def test_a_week_of_hooks(hooked: Studio) -> None:
    """Each attempt has one hook at its end, and says there what a person would ask first."""
    first = hooked.deployed("coder").release
    assert ran(hooked.folder) == ["pre-deploy", "post-deploy"]
    assert told(hooked.folder, "pre-deploy")["previous"] is None

    forget(hooked)
    attempt = hooked.deployed("coder", "fast", config="second")
    assert [(run.name, run.status, run.code) for run in attempt.hooks] == [
        ("pre-deploy", "ok", 0),
        ("post-deploy", "ok", 0),
    ]
    before, after = told(hooked.folder, "pre-deploy"), told(hooked.folder, "post-deploy")
    assert (before["previous"], before["config"], before["outcome"]) == (first, "second", None)
    expected = {
        "outcome": "deployed", "exit_code": 0, "release": attempt.release, "previous": first, "config": "second",
        "models": ["coder", "fast"], "downtime_ms": attempt.downtime_ms, "verb": "deploy", "host": "studio",
        "message": f"studio serves config 'second', release {attempt.release}",
    }  # fmt: skip
    assert {key: after[key] for key in expected} == expected
    assert KEY not in str([after, variables(hooked.folder, "post-deploy")])

    for given in (before, after):
        assert [(one["action"], one["subject"]) for one in given["changes"]] == [("added", "fast")]
        assert given["changes"] == [asdict(one) for one in attempt.changes]

    forget(hooked)
    assert hooked.deploy("second").outcome == "nothing-to-do"
    assert ran(hooked.folder) == []
    assert app.rollback(hooked.project, None).outcome == "rolled-back"
    assert ran(hooked.folder) == ["post-rollback"]
    back = told(hooked.folder, "post-rollback")
    assert (back["release"], [one["action"] for one in back["changes"]]) == (first, ["removed"])


def test_a_finding_is_told_once_though_a_hook_may_have_changed_the_host(hooked: Studio) -> None:
    """The host is judged again after pre-deploy; only what is new by then is worth a second line."""
    (hooked.root / ".env").chmod(0o644)
    attempt = hooked.deployed("coder")
    told_of = [event.finding for event in hooked.events if isinstance(event, Found)]
    assert [finding.code for finding in told_of] == ["env-file-mode"]
    assert list(attempt.findings) == told_of


def test_a_deploy_that_goes_back_ends_with_failed(hooked: Studio) -> None:
    """One hook an attempt: nobody is told twice, and nobody that it was a rollback which they asked for."""
    first = hooked.deployed("coder").release
    forget(hooked)
    hooked.misbehave({"exit_code": 1})
    with pytest.raises(DeployFailed) as caught:
        hooked.deploy(hooked.config("second", "coder", "fast"))
    assert ran(hooked.folder) == ["pre-deploy", "failed"]
    given = told(hooked.folder, "failed")
    assert (given["outcome"], given["exit_code"], given["previous"]) == ("failed", 6, first)
    assert given["message"] == caught.value.message
    assert [one["subject"] for one in given["changes"]] == ["fast"]
    assert [run["name"] for run in (caught.value.result or {})["hooks"]] == ["pre-deploy", "failed"]


def test_a_pre_deploy_that_fails_leaves_the_host_as_it_was(hooked: Studio) -> None:
    """It is the gate: a freeze, a check of one's own. No lock is taken, no `failed` is told of what never began."""
    hooked.deployed("coder")
    forget(hooked)
    write_hook(hooked.folder, "pre-deploy", f"{KEEPS}; ls {hooked.root}/lock >has-lock 2>&1; echo no; exit 1")
    before = hooked.checksum()
    refused = pytest.raises(Refused, match=r"pre-deploy ended with 1: nothing was touched$")
    with hooked.watched() as promises, refused as caught:
        hooked.deploy(hooked.config("second", "coder", "fast"))
    promises.kept(served={"coder"})
    # Not a command without the host and the config that were named: pasted, it would deploy others.
    assert caught.value.hint == "the same command with --no-hooks goes without it"
    assert hooked.checksum() == before
    assert ran(hooked.folder) == ["pre-deploy"]
    assert Printed("hooks/pre-deploy", "no") in hooked.events
    assert "owner.json" not in (hooked.folder / "has-lock").read_text()


@pytest.mark.parametrize(
    ("script", "mode", "says"),
    [
        ("exec sleep 600", 0o755, "hooks/pre-deploy ran over 300 ms and was ended: nothing was touched"),
        ("exit 0", 0o644, "hooks/pre-deploy is not executable: nothing was touched"),
    ],
    ids=["hangs", "mode"],
)
def test_a_pre_deploy_that_cannot_answer_refuses(studio: Studio, script: str, mode: int, says: str) -> None:
    """A gate that is passed over in silence is none."""
    write_hook(studio.folder, "pre-deploy", script, mode=mode)
    settings = studio.folder / "configs" / "hosts.yaml"
    settings.write_text(f"{settings.read_text()}hooks: {{timeout: 300ms}}\n")
    before = studio.checksum()
    with pytest.raises(Refused, match=says) as caught:
        studio.deploy(studio.config("first", "coder"))
    assert caught.value.hint
    assert studio.checksum() == before


def test_a_later_hook_that_fails_is_told_and_changes_nothing(hooked: Studio) -> None:
    """The config serves, whatever a webhook thinks of it; and the first fault is the one that counts."""
    write_hook(hooked.folder, "post-deploy", "exit 3")
    write_hook(hooked.folder, "failed", "exit 4")
    attempt = hooked.deployed("coder")
    assert attempt.exit_code == 0
    assert attempt.notes[-1] == "hooks/post-deploy ended with 3"
    assert Warned("hooks/post-deploy ended with 3") in hooked.events
    hooked.misbehave({"exit_code": 1})
    with pytest.raises(DeployFailed):
        hooked.deploy(hooked.config("second", "coder", "fast"))
    assert Warned("hooks/failed ended with 4") in hooked.events


def test_an_upgrade_has_the_hooks_of_a_deploy(hooked: Studio) -> None:
    """The gate comes before the installation, which takes minutes and leaves a venv."""
    first = hooked.deploy(hooked.config("first", "coder"), no_hooks=True).release
    fake_venv.make(hooked.root, "1.108.0", name="venvs/1.108.0")
    write_hook(hooked.folder, "pre-deploy", f"{KEEPS}; exit 1")
    before = hooked.checksum()
    with pytest.raises(Refused, match=r"pre-deploy ended with 1: nothing was touched$"):
        app.upgrade(hooked.project, None, "1.108.0")
    planned = app.upgrade(hooked.project, None, "1.108.0", dry_run=True).planned
    assert (planned[0], planned[-1]) == ("run hooks/pre-deploy", "run hooks/post-deploy")
    assert (hooked.checksum(), ran(hooked.folder)) == (before, ["pre-deploy"])

    write_hook(hooked.folder, "pre-deploy")
    attempt = app.upgrade(hooked.project, None, "1.108.0")
    assert ran(hooked.folder) == ["pre-deploy", "pre-deploy", "post-deploy"]
    given = told(hooked.folder, "post-deploy")
    expected = ("upgrade", "upgraded", "first", attempt.release, first)
    assert tuple(given[key] for key in ("verb", "outcome", "config", "release", "previous")) == expected


def test_a_fault_that_came_into_the_settings_hides_no_outcome(hooked: Studio) -> None:
    """Somebody saves hosts.yaml half-written during a deploy: what serves then is the answer, and post-deploy runs."""
    write_hook(hooked.folder, "pre-deploy", f"{KEEPS}; echo 'hosts: [' >configs/hosts.yaml")
    assert hooked.deployed("coder").exit_code == 0
    assert ran(hooked.folder) == ["pre-deploy", "post-deploy"]


def test_what_pre_deploy_changes_on_the_host_is_seen(studio: Studio) -> None:
    """A hook that renews the .env there must not leave the deploy with the old one in mind."""
    studio.deployed("coder")
    write_hook(studio.folder, "pre-deploy", f"echo NEW_VALUE=12345 >>{studio.root}/.env")
    studio.deploy(studio.config("second", "coder", "fast"))
    assert studio.deploy("second").outcome == "nothing-to-do"


def test_what_did_not_begin_has_no_failed(hooked: Studio) -> None:
    """Somebody else's lock, and a config that is no good, are no failures of an attempt."""
    hooked.deployed("coder")
    forget(hooked)
    app.lock_acquire(hooked.project, None, "maintenance")
    with pytest.raises(Locked):
        hooked.deploy(hooked.config("second", "coder", "fast"))
    assert ran(hooked.folder) == ["pre-deploy"]
    app.lock_release(hooked.project, None)
    forget(hooked)
    hooked.entry["listen"]["ports"][1] = hooked.entry["listen"]["ports"][0]
    hooked.settle()
    with pytest.raises(Refused):
        hooked.deploy("second")
    assert ran(hooked.folder) == []


def test_a_lock_that_was_lost_is_a_failure(hooked: Studio) -> None:
    """The attempt had begun; how it stands now, only the other one knows, and that is worth a message."""
    hooked.deployed("coder")
    forget(hooked)
    hooked.when("shadow", lambda: app.lock_release(hooked.project, None, force=True))
    with pytest.raises(Locked):
        hooked.deploy(hooked.config("second", "coder", "fast"))
    assert ran(hooked.folder) == ["pre-deploy", "failed"]
    assert told(hooked.folder, "failed")["exit_code"] == 5


def test_an_interrupted_deploy_ends_with_failed(hooked: Studio) -> None:
    """Whoever was told that a deploy begins is told how it ended."""
    hooked.deployed("coder")
    forget(hooked)

    def interrupt() -> None:
        hooked.at = lambda event: None
        raise KeyboardInterrupt

    hooked.when("verify-shadow", interrupt)
    with pytest.raises(Interrupted):
        hooked.deploy(hooked.config("second", "coder", "fast"))
    assert ran(hooked.folder) == ["pre-deploy", "failed"]
    assert told(hooked.folder, "failed")["outcome"] == "interrupted"


def test_ctrl_c_in_a_later_hook_is_no_failure_of_the_deploy(studio: Studio) -> None:
    """It serves; only the hook was given up."""
    write_hook(studio.folder, "post-deploy", "kill -INT $PPID; exec sleep 600")
    attempt = studio.deployed("coder")
    assert [(run.name, run.status) for run in attempt.hooks] == [("post-deploy", "interrupted")]


def test_a_rehearsal_names_the_hooks_and_runs_none(hooked: Studio) -> None:
    """Nothing is written, nor posted."""
    write_hook(hooked.folder, "post-deploy", mode=0o644)
    planned = hooked.deploy(hooked.config("first", "coder"), dry_run=True)
    assert (planned.planned[0], planned.planned[-1]) == ("run hooks/pre-deploy", "run hooks/post-deploy")
    assert "hooks/post-deploy is not executable; chmod +x hooks/post-deploy" in planned.notes
    assert ran(hooked.folder) == []


def test_a_rehearsal_of_what_a_hook_would_refuse_is_refused(hooked: Studio) -> None:
    """Whoever asks first wants the answer that the deploy would give, as the exit code too."""
    write_hook(hooked.folder, "pre-deploy", mode=0o644)
    with pytest.raises(Refused, match="hooks/pre-deploy is not executable: a deploy would be refused") as raised:
        hooked.deploy(hooked.config("first", "coder"), dry_run=True)
    assert raised.value.hint == "chmod +x hooks/pre-deploy"


def test_without_hooks_none_runs(hooked: Studio) -> None:
    """The way out when a hook is at fault at two in the morning."""
    assert hooked.deploy(hooked.config("first", "coder"), no_hooks=True).hooks == ()
    assert ran(hooked.folder) == []
