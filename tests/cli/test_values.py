"""What a command line may leave out, or say without an option; both faces mean the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.faces import Project


def asked(project: Project, line: str, face: str) -> dict[str, Any]:
    """Return what the use case was asked for."""
    done = project.run(line, face)
    assert done.returncode == 0, done.stderr
    return project.asked[-1]


@pytest.mark.parametrize(
    ("line", "install"),
    [
        ("ccdeploy setup --host studio", None),
        ("ccdeploy setup --install --host studio", ""),
        ("ccdeploy setup --host studio --install", ""),
        ("ccdeploy setup --install 1.106.2 --host studio", "1.106.2"),
    ],
)
def test_a_value_may_be_left_out(project: Project, face: str, line: str, install: str | None) -> None:
    """`--install` alone means the newest; without it nothing is installed."""
    made = asked(project, line, face)
    assert (made["install"], made["host"]) == (install, "studio")


@pytest.mark.parametrize(("words", "version"), [("", None), ("1.107.0 ", "1.107.0")])
def test_a_version_is_a_word_of_its_own(project: Project, face: str, words: str, version: str | None) -> None:
    """`ccdeploy upgrade 1.107.0`; Fabric takes no such words, so there it is `--version 1.107.0`."""
    assert asked(project, f"ccdeploy upgrade {words}--host studio", face)["version"] == version
