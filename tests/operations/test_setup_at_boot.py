"""`setup --at-boot`: what it writes, where, for whose eyes, and what it leaves alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.shell import unit
from tests.support.boots import Boots, a_host_that_boots
from tests.support.neighbourhood import Neighbourhood
from tests.support.studio import KEY


@pytest.fixture
def boots(tmp_path: Path, around: Neighbourhood) -> Iterator[Boots]:
    """A host that boots."""
    with a_host_that_boots(tmp_path, around) as made:
        yield made


def test_the_environment_is_in_no_file_that_others_read(boots: Boots) -> None:
    """The script holds the master key, the unit does not."""
    boots.studio.deployed("coder")
    boots.set_up()
    boots.studio.deployed("coder", "fast", config="second")
    assert KEY in boots.script.read_text()
    assert boots.script.stat().st_mode & 0o777 == 0o600
    assert KEY not in boots.unit.read_text()
    boots.boot()
    assert KEY not in (boots.root / "logs" / "at-boot.log").read_text()
    assert KEY not in str(boots.studio.events)


def test_a_second_time_has_nothing_to_do_and_says_so(boots: Boots) -> None:
    """Safe to repeat: neither file is touched."""
    boots.studio.deployed("coder")
    made = app.setup(boots.studio.project, None, at_boot=True).made
    assert [text for text in made if str(boots.unit) in text and "which starts release" in text]
    before = boots.studio.checksum(), boots.unit.stat().st_mtime_ns, boots.script.stat().st_mtime_ns
    seen = app.setup(boots.studio.project, None, at_boot=True)
    assert (seen.made, seen.findings) == ((), ())
    assert "a start after a boot" in seen.present
    assert before == (boots.studio.checksum(), boots.unit.stat().st_mtime_ns, boots.script.stat().st_mtime_ns)


def test_one_that_was_switched_off_by_hand_is_switched_on_again(boots: Boots) -> None:
    """`systemctl --user disable` removes the link; until the next setup that is what the person wanted."""
    boots.studio.deployed("coder")
    boots.set_up()
    link = boots.unit.parent / "default.target.wants" / boots.unit.name
    link.unlink()
    assert any("does not survive a reboot" in note for note in app.status(boots.studio.project, None).notes)
    boots.set_up()
    assert link.readlink() == boots.unit


def test_a_rehearsal_shows_the_unit_and_writes_nothing(boots: Boots) -> None:
    """Who looks after the host wants to read it first; the script holds secrets and is not shown."""
    boots.studio.deployed("coder")
    before = boots.studio.checksum()
    seen = app.setup(boots.studio.project, None, at_boot=True, dry_run=True)
    assert seen.unit == unit.systemd(str(boots.root))
    assert seen.planned[-1].startswith(f"write {boots.unit}, which starts release ")
    shown = boots.studio.run("ccdeploy setup --at-boot --dry-run")
    assert f'ExecStart=/bin/sh "{boots.script}"' in shown.stdout, shown.stderr
    assert KEY not in shown.stdout
    assert not boots.unit.exists()
    assert boots.studio.checksum() == before


@pytest.mark.parametrize("text", ["[Service]\nExecStart=/bin/true\n", "edited"])
def test_a_unit_of_another_hand_is_never_written_over(boots: Boots, text: str) -> None:
    """It may be somebody's work, under a name that looks like ours."""
    boots.studio.deployed("coder")
    if text == "edited":
        boots.set_up()
        text = boots.unit.read_text().replace("[Install]", "Nice=5\n\n[Install]")
    boots.unit.parent.mkdir(parents=True, exist_ok=True)
    boots.unit.write_text(text)
    with pytest.raises(Refused) as caught:
        boots.set_up()
    assert str(boots.unit) in caught.value.message
    assert f"mv {boots.unit} {boots.unit}.old" in str(caught.value.hint)
    assert boots.unit.read_text() == text


@pytest.mark.parametrize("state", ["offline", "''"])
def test_a_host_without_systemd_and_launchd_is_refused(boots: Boots, state: str) -> None:
    """A container, or another init: what would be written there nobody would ever run."""
    boots.systemd(state)
    before = boots.studio.checksum()
    with pytest.raises(Refused, match="neither systemd nor launchd") as caught:
        boots.set_up()
    assert "ccdeploy restart --host studio" in str(caught.value.hint)
    assert boots.studio.checksum() == before


def test_lingering_that_is_not_allowed_is_told_with_the_command(boots: Boots) -> None:
    """Without it systemd starts a user's units at that user's login: an administrator has to say so once."""
    boots.systemd(lingers=False)
    boots.studio.deployed("coder")
    seen = app.setup(boots.studio.project, None, at_boot=True)
    (found,) = [one for one in seen.findings if one.code == "at-boot"]
    assert "sudo loginctl enable-linger" in str(found.hint)
    assert any("at the next login" in note for note in app.status(boots.studio.project, None).notes)
    assert "at-boot" in [one.code for one in app.doctor(boots.studio.project, None).findings]


def test_doctor_knows_its_own_unit_for_no_second_supervisor(boots: Boots) -> None:
    """A warning of what ccdeploy itself wrote would be switched off by whoever follows it."""
    boots.studio.deployed("coder")
    boots.set_up()
    seen = app.doctor(boots.studio.project, None)
    assert "supervisor" not in [one.code for one in seen.findings]
    assert "at boot: what serves is started again" in seen.in_order
    assert not any("after a reboot" in text for promise in seen.promises for text in promise.missing)


def test_a_start_that_failed_is_told(boots: Boots) -> None:
    """The person who relied on it has to hear where it says why."""
    boots.studio.deployed("coder")
    boots.set_up()
    boots.studio.misbehave({"exit_while_booting": 3})
    assert boots.boot() == 1
    (drift,) = app.status(boots.studio.project, None).drift
    assert "logs/at-boot.log there says more" in drift
    assert "ccdeploy restart --host studio" in drift


def test_on_a_mac_it_is_an_agent_of_launchd(boots: Boots) -> None:
    """There is no Mac here: what is written, and what is told, is all that can be shown."""
    for name, line in (("uname", "echo Darwin"), ("launchctl", ":")):
        path = boots.home / "bin" / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
    boots.studio.deployed("coder")
    seen = app.setup(boots.studio.project, None, at_boot=True)
    path = Path(unit.launchd_path(str(boots.home), str(boots.root)))
    assert path.read_text() == unit.launchd(str(boots.root))
    assert [one.code for one in seen.findings if one.code == "at-boot"] == ["at-boot"]
    assert not boots.unit.exists()
    assert os.access(boots.script, os.R_OK)
    assert app.setup(boots.studio.project, None, at_boot=True).made == ()
