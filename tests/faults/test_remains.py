"""What was left on a host: `status` names it with what to do, a rehearsal tells of it, a plain deploy puts it right."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.events import StepStarted, Warned
from ccdeploy.results import Status
from tests.operations.test_blue_green_cut_off import killed_at
from tests.support.processes import is_alive
from tests.support.proxies import proxies
from tests.support.studio import Studio

pytestmark = pytest.mark.faults
LONG_AGO = "Mon Jan 1 00:00:00 2001"
STRAY = "20260131-120000-7f3a"


def rewrite(studio: Studio, **fields: object) -> None:
    """Give run/serving.json other values."""
    path = studio.root / "run" / "serving.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields) + "\n")


def reboot(studio: Studio, **fields: object) -> None:
    """Leave the host as a reboot does: the proxy is gone, and the host is younger than its record."""
    studio.kill()
    rewrite(studio, started=LONG_AGO, **fields)


def half_uploaded(studio: Studio) -> None:
    """Leave what an upload leaves whose client is gone."""
    folder = studio.root / "releases" / f".incoming-{STRAY}"
    folder.mkdir()
    (folder / ".config.yaml.0123456789abcdef.tmp").write_text("model_list: [")


def a_shadow(studio: Studio) -> None:
    """Leave a shadow that runs, with the lock of a client that was killed."""
    studio.config("second", "coder", "fast")
    killed_at(studio, "switch", "deploy", "second", "--allow", "removal")
    assert len(proxies(studio.root)) == 2


def a_nameless_shadow(studio: Studio) -> None:
    """Leave a shadow whose record was lost."""
    a_shadow(studio)
    (studio.root / "run" / "shadow.json").unlink()


def a_stale_lock(studio: Studio) -> None:
    """Leave the lock of a client that is gone."""
    (studio.root / "lock").mkdir()
    owner = {"id": "1", "who": "bob", "from_where": "laptop", "since": "2026-01-31T12:00:00Z", "doing": "deploy x"}
    (studio.root / "lock" / "owner.json").write_text(json.dumps(owner | {"manual": False, "heartbeat": 1}))


def a_switch_without_a_record(studio: Studio) -> None:
    """Leave a new release that serves, and that nobody has verified there."""
    release = studio.deployed("coder", "fast", config="second").release
    manifest = studio.root / "releases" / str(release) / "release.json"
    manifest.write_text(json.dumps(studio.manifest() | {"state": "staged", "state_at": None}))
    record = json.loads((studio.root / "run" / "serving.json").read_text())
    del record["command"]  # the script that starts a proxy does not know it yet
    (studio.root / "run" / "serving.json").write_text(json.dumps(record) + "\n")
    history = studio.root / "history.jsonl"
    history.write_text("".join(history.read_text().splitlines(keepends=True)[:-1]))


def no_record(studio: Studio) -> None:
    """Remove the record of what serves."""
    (studio.root / "run" / "serving.json").unlink()


def half_a_record(studio: Studio) -> None:
    """Leave what a full disk, or a power failure, makes of the record."""
    path = studio.root / "run" / "serving.json"
    path.write_text(path.read_text()[:40])


def an_empty_record(studio: Studio) -> None:
    """Leave the empty file that a file system makes of a rename that a power failure came after."""
    (studio.root / "run" / "serving.json").write_text("")


def started_by_hand(studio: Studio) -> None:
    """Let somebody restart the proxy in a shell."""
    studio.kill()
    studio.by_hand_from(str(studio.root / "config.yaml"))


def rebooted(studio: Studio) -> None:
    """Restart the host."""
    reboot(studio)


def rebooted_into_another(studio: Studio) -> None:
    """Restart the host, on which another process has the pid of the proxy by now: this very one."""
    reboot(studio, pid=os.getpid())


def killed(studio: Studio) -> None:
    """End the proxy, as a host without memory does."""
    studio.kill()


SERVES_NOT = "nothing serves since the host was restarted at 20"
# What was left, what `status` says of it, where (drift ends with 8), and which command it names.
STATES = [
    (half_uploaded, f"the upload of release {STRAY} was cut off", "notes", "deploy"),
    (a_shadow, "runs on port {spare}: an attempt was cut off", "notes", "deploy"),
    (a_nameless_shadow, "a shadow that no record names (pid ", "notes", "deploy"),
    (a_stale_lock, "by bob from laptop since 2026-01-31T12:00:00Z (deploy x)", "lock", None),
    (a_switch_without_a_record, "was never verified: an attempt was cut off", "drift", "rollback"),
    (no_record, "is not the proxy that was recorded (run/serving.json is not there)", "drift", "restart"),
    (half_a_record, "is not the proxy that was recorded (run/serving.json cannot be read)", "drift", "restart"),
    (an_empty_record, "is not the proxy that was recorded (run/serving.json cannot be read)", "drift", "restart"),
    (started_by_hand, "is not the proxy that was recorded (run/serving.json names pid ", "drift", "restart"),
    (rebooted, SERVES_NOT, "drift", "restart"),
    (rebooted_into_another, SERVES_NOT, "drift", "restart"),
    (killed, "runs no longer", "drift", "restart"),
]
ALL = pytest.mark.parametrize(("leave", "says", "where", "command"), STATES, ids=[one[0].__name__ for one in STATES])
Leave = Callable[[Studio], None]


@ALL
def test_status_names_it_and_a_deploy_puts_it_right(
    studio: Studio, leave: Leave, says: str, where: str, command: str | None
) -> None:
    """Nobody has to know what happened in order to go on: the same command as ever does."""
    studio.deployed("coder")
    leave(studio)
    before = studio.checksum()
    seen = app.status(studio.project, None)
    app.doctor(studio.project, None)
    assert studio.checksum() == before
    told = getattr(seen, where)
    (line,) = [one for one in ([told] if isinstance(told, str) else told) if says.format(spare=studio.spare) in one]
    assert command is None or f"`ccdeploy {command} --host studio`" in line
    assert seen.exit_code == (8 if where == "drift" else 0)
    with studio.watched() as promises:
        studio.deploy("first", allow=("removal",))
    serves = where == "drift" and not says.startswith(SERVES_NOT) and leave is not killed
    promises.kept(served={"coder"}, gap_allowed=serves or where == "drift", most_gaps=1)
    assert_nothing_is_left(studio)


def assert_nothing_is_left(studio: Studio) -> None:
    """Assert that status has nothing to say any more but that it is under nohup."""
    seen = app.status(studio.project, None)
    assert (seen.state, seen.drift, seen.lock, seen.exit_code) == ("serving", (), None, 0)
    assert [note for note in seen.notes if "cut off" in note] == []
    assert list((studio.root / "releases").glob(".incoming-*")) == []


@ALL
def test_doctor_names_it_with_a_remedy(
    studio: Studio, leave: Leave, says: str, where: str, command: str | None
) -> None:
    """It is asked by who does not know what happened."""
    studio.deployed("coder")
    leave(studio)
    found = [one for one in app.doctor(studio.project, None).findings if says.format(spare=studio.spare) in one.message]
    assert len(found) == 1
    assert found[0].code in ("cut-off", "stopped", "lock")
    assert command is None or found[0].hint == f"ccdeploy {command} --host studio"


@ALL
def test_a_rehearsal_tells_what_would_be_put_right(
    studio: Studio, leave: Leave, says: str, where: str, command: str | None
) -> None:
    """A dry run that knows nothing of it would promise what does not come to pass."""
    studio.deployed("coder")
    leave(studio)
    before = studio.checksum()
    studio.events.clear()
    attempt = studio.deploy("first", dry_run=True, allow=("removal",))
    told = [*attempt.planned, *attempt.notes, *(e.text for e in studio.events if isinstance(e, Warned))]
    assert any(says.format(spare=studio.spare) in text for text in told)
    assert studio.checksum() == before


@pytest.mark.parametrize("leave", [one[0] for one in STATES])
@pytest.mark.parametrize("verb", ["restart", "rollback"])
def test_restart_and_rollback_put_it_right_too(studio: Studio, leave: Leave, verb: str) -> None:
    """Who comes to a host in trouble may type either first."""
    studio.deployed("coder")
    studio.deployed("coder", "slow", config="other")
    leave(studio)
    with studio.watched() as promises:
        attempt = getattr(app, verb)(studio.project, None)
    is_unverified = leave is a_switch_without_a_record
    restarted = {"coder", "fast"} if is_unverified else {"coder", "slow"}
    went_back = {"coder", "slow"} if is_unverified else {"coder"}
    served = restarted if verb == "restart" else went_back
    promises.kept(served=served, gap_allowed=True, release=attempt.release)
    assert_nothing_is_left(studio)


def test_what_a_running_attempt_has_made_is_not_left_behind(studio: Studio) -> None:
    """Who looks in the middle of a deploy is told that it is under way, and no more."""
    studio.deployed("coder")
    said: list[tuple[str, ...]] = []

    def look() -> None:
        half_uploaded(studio)
        said.append(app.status(studio.project, None).notes)
        shutil.rmtree(studio.root / "releases" / f".incoming-{STRAY}")

    studio.when("stage", look)
    studio.deploy(studio.config("second", "coder", "fast"))
    assert [note for note in said[0] if "cut off" in note] == []


def test_what_is_verified_just_now_is_no_attempt_that_was_cut_off(studio: Studio) -> None:
    """Who looks at that moment must not be told to roll back from what a colleague deploys."""
    studio.deployed("coder")
    seen: list[Status] = []
    studio.when("verify", lambda: seen.append(app.status(studio.project, None)))
    studio.deploy(studio.config("second", "coder", "fast"))
    assert not [word for word in seen[0].drift if "cut off" in word or "rollback" in word], seen[0].drift
    assert any("an attempt is under way" in note for note in seen[0].notes)


def test_a_deploy_with_nothing_to_do_cleans_up_all_the_same(studio: Studio) -> None:
    """`status` says that the next deploy removes it: also the one of what serves already."""
    studio.deployed("coder")
    pid = studio.pid()
    half_uploaded(studio)
    a_stale_lock(studio)
    with studio.watched() as promises:
        attempt = studio.deploy("first")
    promises.kept(served={"coder"})
    assert (attempt.outcome, studio.pid()) == ("nothing-to-do", pid)
    assert "leftovers" in [event.step for event in studio.events if isinstance(event, StepStarted)]
    assert_nothing_is_left(studio)


def test_after_a_reboot_in_the_middle_of_a_switch_the_last_good_release_is_named(studio: Studio) -> None:
    """`current` leads to one that nobody has verified: `restart` would start that one."""
    first = studio.deployed("coder").release
    a_switch_without_a_record(studio)
    unverified = studio.current
    reboot(studio)
    drift = app.status(studio.project, None).drift
    assert drift[0].endswith(f"`ccdeploy rollback --host studio` brings release {first} back")
    assert f"`current` points to release {unverified}, which was never verified" in drift[1]
    with studio.watched() as promises:
        app.rollback(studio.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=first)


def test_the_process_that_has_the_pid_by_now_is_not_ended(studio: Studio) -> None:
    """After a reboot a pid is anybody's: here that of this very test, which would not tell."""
    studio.deployed("coder")
    rebooted_into_another(studio)
    for verb in (app.restart, app.stop):
        verb(studio.project, None)
    assert is_alive(os.getpid())


def test_what_scripts_that_were_cut_off_left_is_swept_away(studio: Studio) -> None:
    """Half a file may hold what the whole one would: secrets too."""
    studio.deployed("coder")
    for name in ("run/at-boot.sh.new.4242", "run/serving.json.new.17"):
        (studio.root / name).write_text("half")
    (studio.root / ".link.4242").mkdir()
    studio.deployed("coder", "fast", config="second")
    left = [*Path(studio.root / "run").glob("*.new.*"), *studio.root.glob(".link.*")]
    assert left == []
