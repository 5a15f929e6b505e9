"""Every exit code of the contract, reached for real through both faces."""

from __future__ import annotations

from tests.faces.ending import assert_ends
from tests.support.free_port import free_port
from tests.support.studio import Studio


def test_0_a_deploy_that_serves_and_one_with_nothing_to_do(studio: Studio, face: str) -> None:
    """The code that scripts go on with."""
    studio.by_hand("coder")
    studio.config("second", "coder", "fast")
    with studio.watched() as promises:
        done = studio.run("ccdeploy deploy second", face)
    promises.kept(served={"coder", "fast"}, gap_allowed=True)
    assert_ends(done, 0)
    again = studio.run("ccdeploy deploy second", face)
    assert_ends(again, 0)
    assert "nothing to do" in again.stdout.lower()


def test_2_an_option_that_does_not_exist(studio: Studio, face: str) -> None:
    """A typo must not deploy something else."""
    assert_ends(studio.run("ccdeploy deploy --hots studio", face), 2)


def test_3_a_config_that_would_not_do(studio: Studio, face: str) -> None:
    """Refused before anything was touched."""
    studio.deployed("coder")
    path = studio.folder / "configs" / "litellm" / "second.yaml"
    path.write_text((path.parent / "first.yaml").read_text().replace("ollama_chat/", "olama_chat/"))
    before = studio.checksum()
    with studio.watched() as promises:
        done = studio.run("ccdeploy deploy second", face)
    promises.kept(served={"coder"})
    assert_ends(done, 3, "refused, nothing was touched")
    assert studio.checksum() == before


def test_4_a_host_that_does_not_answer(studio: Studio, face: str) -> None:
    """The network, not the config."""
    studio.entry["ssh"]["port"] = free_port()
    studio.settle()
    studio.config("second", "coder")
    assert_ends(studio.run("ccdeploy deploy second", face), 4)


def test_5_a_host_that_someone_else_holds(studio: Studio, face: str) -> None:
    """Come again; nothing is broken."""
    studio.deployed("coder")
    assert_ends(studio.run("ccdeploy lock acquire --message repairing", face), 0)
    studio.config("second", "coder", "fast")
    assert_ends(studio.run("ccdeploy deploy second", face), 5, "repairing")
    assert_ends(studio.run("ccdeploy lock release", face), 0)


def test_6_a_config_that_dies_while_it_boots(studio: Studio, face: str) -> None:
    """The previous release serves, and nobody noticed."""
    first = studio.deployed("coder").release
    studio.misbehave({"exit_while_booting": 3})
    studio.config("second", "coder", "fast")
    with studio.watched() as promises:
        done = studio.run("ccdeploy deploy second", face)
    promises.kept(served={"coder"}, release=first)
    assert_ends(done, 6, f"release {first} serves", "Application startup failed")


def test_7_nothing_verified_serves(studio: Studio, face: str) -> None:
    """The code that wakes somebody up."""
    studio.misbehave({"exit_while_booting": 3})
    studio.config("second", "coder")
    assert_ends(studio.run("ccdeploy deploy second", face), 7, "nothing verified serves")


def test_8_drift_a_dead_proxy_and_a_host_in_trouble(studio: Studio, face: str) -> None:
    """What looks at a host ends with what it saw."""
    studio.deployed("coder")
    studio.env(ANOTHER="value")
    assert_ends(studio.run("ccdeploy status", face), 8, ".env was changed", remedy=False)
    studio.kill()
    assert_ends(studio.run("ccdeploy verify", face), 8, "nothing listens", remedy=False)
    assert_ends(studio.run("ccdeploy doctor", face), 8, "ccdeploy restart", remedy=False)


def test_9_a_way_that_leads_nowhere(studio: Studio, face: str) -> None:
    """The host is well, its users are not."""
    studio.deployed("coder")
    studio.entry["traefik"] = {"url": f"http://127.0.0.1:{free_port()}"}
    studio.settle()
    assert_ends(studio.run("ccdeploy verify", face), 9, remedy=False)


def test_10_nothing_to_go_back_to(studio: Studio, face: str) -> None:
    """There is only one release."""
    studio.deployed("coder")
    with studio.watched() as promises:
        done = studio.run("ccdeploy rollback", face)
    promises.kept(served={"coder"})
    assert_ends(done, 10, "history")
