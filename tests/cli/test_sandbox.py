"""The sandbox's verbs, and how a verb brings it up by itself."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_mock import MockerFixture

from ccdeploy import events
from ccdeploy.app import Project
from ccdeploy.cli.sandbox import embedded, run_down, run_status
from ccdeploy.cli.verb import Asked
from ccdeploy.report.jsonout import answered
from ccdeploy.sandbox.lifecycle import PartStatus, Status
from tests.cli.faces import Project as Faced


class Told:
    """An observer that keeps what it was told."""

    def __init__(self) -> None:
        self.events: list[events.Event] = []

    def __call__(self, event: events.Event) -> None:
        """Keep an event."""
        self.events.append(event)


def up_that_says(*words: str) -> Any:
    """Return an `up` that says these words and answers with a host."""

    def up(folder: Path, *, say: Any, fresh: bool = False) -> Any:
        for word in words:
            say(word)
        return SimpleNamespace(host={"root": str(folder)})

    return up


def test_bringing_it_up_is_a_step_that_is_shown(tmp_path: Path, mocker: MockerFixture) -> None:
    """It takes ten seconds; a person must see why."""
    mocker.patch("ccdeploy.sandbox.lifecycle.up", up_that_says("starting ssh"))
    told = Told()
    assert embedded(tmp_path, told)() == {"root": str(tmp_path)}
    kinds = [type(event).__name__ for event in told.events]
    assert kinds == ["StepStarted", "Noted", "StepDone"]


def test_a_sandbox_that_is_up_is_not_worth_a_word(tmp_path: Path, mocker: MockerFixture) -> None:
    """Every verb asks for it; a line each time would hide the lines that matter."""
    mocker.patch("ccdeploy.sandbox.lifecycle.up", up_that_says())
    told = Told()
    embedded(tmp_path, told)()
    assert told.events == []


@pytest.mark.parametrize(("is_alive", "code"), [(True, 0), (False, 8)])
def test_a_part_that_died_is_named(tmp_path: Path, mocker: MockerFixture, is_alive: bool, code: int) -> None:
    """Without its SSH server the sandbox is not what `up` left."""
    part = PartStatus("ssh", 4711, 2222, is_alive, "ssh.out")
    seen = Status(str(tmp_path), is_alive, str(tmp_path), {"ssh": 2222}, (part,))
    mocker.patch("ccdeploy.sandbox.lifecycle.status", return_value=seen)
    answer = run_status(Project(tmp_path, Told(), dict), Asked())
    document = json.loads(answered("sandbox status", None, answer.result))
    assert document["exit_code"] == code
    assert document["ports"] == {"ssh": 2222}
    assert ("ssh died" in document.get("error", {}).get("message", "")) == (not is_alive)


def test_down_tells_what_was_ended(tmp_path: Path, mocker: MockerFixture) -> None:
    """A person wants to know that nothing is left."""
    mocker.patch("ccdeploy.sandbox.lifecycle.down", return_value=["ssh, pid 1", "ollama, pid 2"])
    answer = run_down(Project(tmp_path, Told(), dict), Asked())
    document = json.loads(answered("sandbox down", None, answer.result))
    assert document["ended"] == ["ssh, pid 1", "ollama, pid 2"]


def test_status_and_down_of_no_sandbox_are_no_errors(project: Faced, face: str) -> None:
    """Both are asked before anything was started; neither may start anything."""
    for line in ("ccdeploy sandbox status", "ccdeploy sandbox down"):
        done = project.run(line, face)
        assert done.returncode == 0
    assert "no sandbox was up" in done.stdout
