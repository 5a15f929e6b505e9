"""Somebody changes listen.ports in the settings: what serves is where it was recorded, and so is the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ccdeploy import app
from ccdeploy.errors import CommandFailed, DeployFailed
from ccdeploy.operations import point
from ccdeploy.remote.dynamic import Dynamic
from tests.support.gateway import is_open
from tests.support.reserved_ports import reserved_ports
from tests.support.studio import Studio


@pytest.fixture
def moved(studio: Studio) -> Iterator[tuple[int, int]]:
    """Two other ports, which the test puts into the settings with `move`."""
    with reserved_ports() as ports:
        yield ports[0], ports[1]


def move(studio: Studio, ports: tuple[int, int]) -> None:
    """Change the settings."""
    studio.entry["listen"] = {"ports": list(ports)}
    studio.settle()


def test_a_file_that_cannot_be_led_back_takes_nothing_out_of_service(
    green: Studio, moved: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release that came back serves, verified, on the port that it had: where Traefik leads can be told, and is."""
    first, file = green.deployed("coder").release, str(green.site.dynamic_file)
    old = green.port
    green.entry["strategy"] = "restart"
    move(green, moved)
    genuine, written = point.write, list[int]()

    def write(*asked: Any) -> Dynamic:
        written.append(asked[3].to)
        if len(written) > 1:
            raise CommandFailed(f"studio: {file} cannot be written", status=1)
        green.kill(int(green.site.serving()["pid"]))  # of the new one: so that it is gone back from
        return genuine(*asked)

    monkeypatch.setattr(point, "write", write)
    with pytest.raises(DeployFailed, match=f"release {first} serves on port {old}") as caught:
        green.deploy(green.config("second", "coder", "fast"))
    assert written == [moved[0], old]
    assert any(f"leads elsewhere than to port {old}" in note for note in (caught.value.result or {})["notes"])


def test_a_deploy_moves_the_service_to_the_new_port(studio: Studio, moved: tuple[int, int]) -> None:
    """That is what the settings ask for; nothing is left on the old port."""
    studio.deployed("coder")
    old = studio.port
    move(studio, moved)
    attempt = studio.deploy(studio.config("second", "coder", "fast"))
    assert attempt.outcome == "deployed"
    assert studio.site.serving()["port"] == moved[0]
    assert not is_open(old)
    assert app.status(studio.project, None).drift == ()


def test_a_shadow_that_fails_leaves_what_serves_on_the_recorded_port(studio: Studio, moved: tuple[int, int]) -> None:
    """It was never touched: to call the host stranded would send a person there for nothing."""
    first = studio.deployed("coder").release
    with studio.watched() as promises:
        move(studio, moved)
        studio.misbehave({"only_port": studio.spare, "exit_while_booting": 3})
        with pytest.raises(DeployFailed, match=f"release {first} serves on port {promises.site.serving_port}"):
            studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first)
    assert studio.history[-1]["outcome"] == "failed"
    assert not is_open(studio.spare)


def test_a_switch_that_fails_goes_back_to_the_recorded_port(studio: Studio, moved: tuple[int, int]) -> None:
    """The way of the users leads there, and not to where the settings point by now."""
    first = studio.deployed("coder").release
    with studio.watched() as promises:
        move(studio, moved)
        studio.misbehave({"only_port": studio.port, "exit_while_booting": 3})
        with pytest.raises(DeployFailed, match=f"release {first} serves on port {promises.site.serving_port}"):
            studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, gap_allowed=True, release=first)
    assert studio.history[-1]["outcome"] == "failed"
    assert not is_open(studio.port)
    assert "another command line" in " ".join(app.status(studio.project, None).drift)
    studio.misbehave()
    assert studio.deploy("first").outcome == "deployed"
