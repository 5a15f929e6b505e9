"""After a boot what served serves again, whatever was deployed since `setup --at-boot`, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy import app
from tests.support.boots import Boots, a_host_that_boots
from tests.support.neighbourhood import Neighbourhood
from tests.support.slots import switched_by_traefik


@pytest.fixture
def boots(tmp_path: Path, around: Neighbourhood) -> Iterator[Boots]:
    """A host that boots."""
    with a_host_that_boots(tmp_path, around) as made:
        yield made


def assert_it_is_known(boots: Boots, release: str | None) -> None:
    """Assert that what a boot has started is ccdeploy's own to every later command."""
    seen = app.status(boots.studio.project, None)
    assert (seen.state, seen.release, seen.drift, seen.exit_code) == ("serving", release, (), 0)
    assert not [note for note in seen.notes if "reboot" in note or "boot" in note]


def test_after_a_boot_what_served_serves_again_and_is_known(boots: Boots) -> None:
    """Nobody has to be awake: the next command finds the host as it was left."""
    release = boots.studio.deployed("coder").release
    boots.set_up()
    old = boots.studio.pid()
    with boots.studio.watched() as promises:
        assert boots.boot() == 0
    promises.kept(served={"coder"}, gap_allowed=True, release=release)
    assert boots.studio.pid() != old
    assert_it_is_known(boots, release)
    assert boots.studio.deploy("first").outcome == "nothing-to-do"


@pytest.mark.parametrize("verb", ["deploy", "rollback", "restart"])
def test_it_follows_whatever_comes_into_service(boots: Boots, verb: str) -> None:
    """A boot that brought back the release of last month would be a rollback that nobody asked for."""
    studio = boots.studio
    studio.deployed("coder")
    boots.set_up()
    release = studio.deployed("coder", "fast", config="second").release
    served = {"coder", "fast"}
    if verb == "rollback":
        release, served = app.rollback(studio.project, None).release, {"coder"}
    if verb == "restart":
        studio.env(ANOTHER="it's new")
        app.restart(studio.project, None)
        assert "ANOTHER='it'\"'\"'s new'" in boots.script.read_text()
    with studio.watched() as promises:
        boots.boot()
    promises.kept(served=served, gap_allowed=True, release=release)
    assert_it_is_known(boots, release)


def test_it_may_be_set_up_before_the_first_deploy(boots: Boots) -> None:
    """A host is made ready once; what serves comes later."""
    boots.set_up()
    assert boots.start() == 0
    assert not (boots.root / "run" / "serving.json").exists()
    release = boots.studio.deployed("coder").release
    boots.boot()
    assert_it_is_known(boots, release)


def test_what_was_stopped_stays_so(boots: Boots) -> None:
    """Whoever stops a proxy and moves the machine does not want it to serve from the other room."""
    boots.studio.deployed("coder")
    boots.set_up()
    app.stop(boots.studio.project, None)
    assert boots.start() == 0
    assert app.status(boots.studio.project, None).state == "stopped"
    boots.set_up()
    assert boots.start() == 0
    assert app.status(boots.studio.project, None).state == "stopped"
    app.restart(boots.studio.project, None)
    boots.boot()
    assert app.status(boots.studio.project, None).state == "serving"


def test_a_release_that_only_served_a_command_is_not_started(boots: Boots) -> None:
    """The host went down in the middle of a `run`: its command has ended with it."""
    studio = boots.studio
    first = studio.deployed("coder").release
    boots.set_up()
    before, during = boots.script.read_text(), boots.home / "during"
    studio.config("second", "coder", "fast")
    app.run(studio.project, None, "second", ["cp", str(boots.script), str(during)], allow=("removal",))
    assert studio.current == first
    assert during.read_text() == boots.script.read_text() == before


def test_a_boot_brings_back_what_was_verified_before_a_switch_that_it_cut_off(boots: Boots) -> None:
    """`current` leads to the new release already, which nobody has verified where users are."""
    studio = boots.studio
    first = studio.deployed("coder").release
    boots.set_up()
    second = studio.copy_of_release(None, "20991231-000000-abcd", "staged")
    (studio.root / "current").unlink()
    (studio.root / "current").symlink_to(f"releases/{second}")
    with studio.watched() as promises:
        boots.boot()
    promises.kept(served={"coder"}, gap_allowed=True, release=first)
    assert_it_is_known(boots, first)


def test_it_starts_on_the_port_that_traefik_leads_to(boots: Boots) -> None:
    """After a blue-green deploy the way of the users leads to the other port."""
    studio = boots.studio
    with switched_by_traefik(studio):
        studio.deployed("coder")
        boots.set_up()
        first = studio.port
        release = studio.deployed("coder", "fast", config="second").release
        assert studio.port != first
        studio.kill()
        with studio.watched() as promises:
            assert boots.start() == 0
        promises.kept(served={"coder", "fast"}, gap_allowed=True, release=release)
        assert_it_is_known(boots, release)


def test_a_deploy_of_what_a_run_left_lets_a_boot_start_it(boots: Boots) -> None:
    """A run that was killed left its own release serving: once somebody deploys that, a boot must not undo it."""
    studio = boots.studio
    studio.deployed("coder")
    boots.set_up()
    script = studio.root / "run" / "at-boot.sh"
    before = script.read_text()
    second = studio.deploy(studio.config("second", "coder", "fast")).release
    script.write_text(before)  # as a run leaves it
    attempt = studio.deploy("second")
    assert (attempt.outcome, attempt.release) == ("nothing-to-do", second)
    assert boots.boot() == 0
    assert_it_is_known(boots, second)
