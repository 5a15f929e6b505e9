"""Completion, in the shells that people have: hosts and configs by name, quickly, and silent when it cannot."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from ccdeploy.cli.completing import config_names, host_names
from tests.cli.faces import Project
from tests.cli.test_start_up import SLOW
from tests.support.typist import Typist

HOSTS = "hosts:\n  sandbox: embedded\n  studio:\n    ssh: {address: studio.example.com}\n  den: {}\n"
ASK = """
import json, sys
from ccdeploy.cli.main import run
try:
    run([])
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.fixture
def named(project: Project) -> Project:
    """A project with three hosts and two configs."""
    (project.folder / "configs" / "hosts.yaml").write_text(HOSTS)
    (project.folder / "configs" / "litellm").mkdir()
    for name in ("two-model", "tdd-pipeline"):
        (project.folder / "configs" / "litellm" / f"{name}.yaml").write_text("model_list: []\n")
    return project


def offered(project: Project, line: str) -> list[str]:
    """Return what is offered for the last word of a command line, as bash is told."""
    words = line.split(" ")
    environ = {"_CCDEPLOY_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = project.run_words([sys.executable, "-m", "ccdeploy"], env=environ)
    assert (done.returncode, done.stderr) == (0, "")
    return [item.partition(",")[2] for item in done.stdout.splitlines() if item]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("ccdeploy status --host ", ["sandbox", "studio", "den"]),
        ("ccdeploy status --host s", ["sandbox", "studio"]),
        ("ccdeploy lock status --host d", ["den"]),
        ("ccdeploy deploy t", ["tdd-pipeline", "two-model"]),
        ("ccdeploy diff tw", ["two-model"]),
        ("ccdeploy check two-model t", ["tdd-pipeline"]),
        ("ccdeploy deploy --strategy ", ["restart", "blue-green"]),
        ("ccdeploy rollback --to ", []),
        ("ccdeploy logs --release ", []),
        ("ccdeploy ro", ["rollback"]),
        ("ccdeploy deploy --dry", ["--dry-run"]),
        ("ccdeploy completion ", ["bash", "fish", "zsh"]),
    ],
)
def test_each_kind_of_word_is_completed(named: Project, line: str, names: list[str]) -> None:
    """What would need a network, or a host, is not offered: Tab must not wait."""
    assert offered(named, line) == names


@pytest.mark.parametrize(
    "text", ["", "[]", "hosts: [a]", "hosts: {a: [\n", "hosts: null", "\x00", 'hosts: {"\\e": 1, 2: 3}']
)
def test_broken_settings_complete_to_nothing(named: Project, text: str) -> None:
    """A traceback in the middle of a command line helps nobody; `check` says what is wrong."""
    (named.folder / "configs" / "hosts.yaml").write_text(text)
    assert offered(named, "ccdeploy status --host ") == []


def test_outside_a_project_nothing_is_offered(tmp_path: Path) -> None:
    """There is no host to name."""
    assert (host_names(tmp_path), config_names(tmp_path)) == ({}, [])


def test_a_host_is_shown_with_its_address(named: Project) -> None:
    """zsh and fish show it beside the name: which of them was the one in the studio?"""
    assert host_names(named.folder) == {"sandbox": "embedded", "studio": "studio.example.com", "den": ""}


def test_names_are_read_in_the_project_that_one_stands_in(named: Project) -> None:
    """From any folder inside it, as every verb does."""
    inner = named.folder / "configs" / "litellm"
    assert offered(Project(inner), "ccdeploy status --host st") == ["studio"]


def test_completing_imports_nothing_slow(named: Project) -> None:
    """It runs at each press of Tab."""
    environ = {"_CCDEPLOY_COMPLETE": "bash_complete", "COMP_WORDS": "ccdeploy status --host ", "COMP_CWORD": "3"}
    done = named.run_words([sys.executable, "-c", ASK], env=environ)
    assert done.stdout.split() == ["plain,sandbox", "plain,studio", "plain,den"]
    assert not [name for name in (*SLOW, "pydantic") if f'"{name}"' in done.stderr.splitlines()[-1]]


def shell(name: str) -> str:
    """Return a shell's path; where it is not installed, skip, but not in CI, which installs it."""
    path = shutil.which(name)
    if path is None and not os.environ.get("CI"):
        pytest.skip(f"{name} is not installed")
    assert path is not None, f"{name} is not installed, and .ci/run should have seen to it"
    return path


def environment(project: Project) -> dict[str, str]:
    """Return an environment in which a shell finds our command, and nothing of the person who runs the tests."""
    found = project.environment(TERM="dumb", HOME=str(project.folder), PS1="$ ")
    path = os.pathsep.join([str(Path(sys.executable).parent), found["PATH"]])
    return {**found, "PATH": path, "XDG_CONFIG_HOME": str(project.folder), "XDG_DATA_HOME": str(project.folder)}


@pytest.mark.parametrize(
    ("name", "start", "prepare"),
    [
        ("bash", ("--norc", "--noprofile", "-i"), ""),
        ("zsh", ("-f", "-i"), "autoload -Uz compinit && compinit -u -D; "),
    ],
)
def test_a_shell_completes_a_host_and_a_config(named: Project, name: str, start: tuple[str, ...], prepare: str) -> None:
    """The whole way: the script that we print, in the shell that it is for, at the press of Tab."""
    with Typist([shell(name), *start], named.folder, environment(named)) as typist:
        typist.type(f'{prepare}eval "$(ccdeploy completion {name})"; echo is-"ready"\n')
        typist.wait_for("is-ready")
        typist.type("ccdeploy deploy tdd\t")
        typist.wait_for("tdd-pipeline ")
        typist.type("--host st\t")
        typist.wait_for("--host studio ")


def test_fish_completes_a_host_and_a_config(named: Project) -> None:
    """Its script is a file that fish loads by itself."""
    fish = shell("fish")
    folder = named.folder / "fish" / "completions"
    folder.mkdir(parents=True)
    (folder / "ccdeploy.fish").write_text(named.run("ccdeploy completion fish").stdout)
    ask = "complete -C 'ccdeploy deploy tdd'; complete -C 'ccdeploy deploy --host st'"
    done = named.run_words([fish, "-c", ask], env=environment(named))
    assert done.stdout.splitlines() == ["tdd-pipeline", "studio\tstudio.example.com"]


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_is_all_that_is_printed(project: Project, name: str) -> None:
    """It is evaluated as it stands."""
    done = project.run(f"ccdeploy completion {name}")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{name}_complete" in done.stdout
