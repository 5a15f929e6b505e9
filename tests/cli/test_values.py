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


@pytest.mark.parametrize(("words", "version"), [("", None), ("1.108.0 ", "1.108.0")])
def test_a_version_is_a_word_of_its_own(project: Project, face: str, words: str, version: str | None) -> None:
    """`ccdeploy upgrade 1.108.0`; Fabric takes no such words, so there it is `--version 1.108.0`."""
    assert asked(project, f"ccdeploy upgrade {words}--host studio", face)["version"] == version


@pytest.mark.parametrize("line", ["ccdeploy phase 2 tdd --host studio", "ccdeploy deploy tdd --phase 2 --host studio"])
def test_a_phase_is_a_deploy_of_it(project: Project, face: str, line: str) -> None:
    """`fab phase 2` too: a number that is needed is a word for both."""
    made = asked(project, f"{line} --dry-run --strategy restart --allow removal --force --wait 5 --no-hooks", face)
    assert (made["verb"], made["config"], made["phase"]) == ("deploy", "tdd", 2)
    assert (made["dry_run"], made["strategy"], made["allow"], made["force"]) == (True, "restart", ["removal"], True)
    assert (made["wait_s"], made["no_hooks"]) == (5, True)


def test_a_deploy_is_of_the_whole_config(project: Project, face: str) -> None:
    """Nobody who asks for no phase gets one."""
    assert asked(project, "ccdeploy deploy tdd", face)["phase"] is None
    assert asked(project, "ccdeploy diff tdd", face)["phase"] is None
    assert asked(project, "ccdeploy diff tdd --phase 2", face)["phase"] == 2
