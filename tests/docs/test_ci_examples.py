"""The pipelines that the pages show: they are YAML, and every command in them is one that a face takes."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
import yaml

from docs.generate import ROOT
from tests.docs.faces import fault_of
from tests.docs.reading import CommandLine, fences

PAGE = "docs/how-to/ci.md"
GITHUB, GITLAB, PRE_COMMIT = (yaml.safe_load(text) for text in fences((ROOT / PAGE).read_text(), "yaml"))
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())


def uses() -> list[dict[str, Any]]:
    """Return the inputs of each use of our action."""
    steps = [step for job in GITHUB["jobs"].values() for step in job["steps"]]
    return [step.get("with", {}) for step in steps if "/ccdeploy@" in step.get("uses", "")]


def command_lines() -> list[CommandLine]:
    """Return every command line of the pipelines."""
    default = ACTION["inputs"]["command"]["default"]
    of_github = [f"ccdeploy {given.get('command', default)}" for given in uses()]
    of_gitlab = [line for job in GITLAB.values() for line in job.get("script", []) if line.startswith("ccdeploy ")]
    return [CommandLine(PAGE, "ccdeploy", tuple(shlex.split(line)[1:])) for line in (*of_github, *of_gitlab)]


@pytest.mark.parametrize("line", command_lines(), ids=str)
def test_a_command_of_a_pipeline_is_understood(
    line: CommandLine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is copied, pushed, and found wrong ten minutes later."""
    assert fault_of(line, monkeypatch, capsys) is None


def test_the_pipelines_have_commands() -> None:
    """A test of no line would hold whatever the page says."""
    assert [line.words[0] for line in command_lines()] == ["check", "deploy", "check", "deploy"]


def test_the_inputs_of_the_action_are_there_and_told() -> None:
    """GitHub only warns of an input that does not exist, and runs the default."""
    assert {name for given in uses() for name in given} <= set(ACTION["inputs"])
    text = (ROOT / PAGE).read_text()
    assert [name for name in ACTION["inputs"] if f"| `{name}` |" not in text] == []


def test_the_hook_of_the_page_is_the_one_that_there_is() -> None:
    """Its id is all that a user writes."""
    (offered,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert PRE_COMMIT["repos"][0]["hooks"] == [{"id": offered["id"]}]
