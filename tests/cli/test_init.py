"""`init` at a terminal and away from one: whom it asks, what it asks again, and when it asks nothing."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.cli.faces import Project
from tests.support.typist import Typist

CCDEPLOY = [sys.executable, "-m", "ccdeploy"]
NOTHING = dict.fromkeys(("address", "name", "user", "root", "url", "ollama"))


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A folder with nothing in it."""
    return Project(tmp_path)


def said(project: Project) -> dict[str, str | None]:
    """The answers that the use case was given."""
    (asked,) = project.asked
    return {key: asked[key] for key in NOTHING}


def at_a_terminal(project: Project, *words: str, stdout: Path | None = None) -> Typist:
    """Start `init` where somebody can be asked."""
    environ = {**project.environment(), "TERM": "xterm", "NO_COLOR": "1"}
    return Typist([*CCDEPLOY, "init", *words], project.folder, environ, stdout)


def test_nobody_is_asked_where_nobody_is(empty: Project) -> None:
    """In a script, a question is a process that never ends."""
    assert empty.run("ccdeploy init --address studio.example.com").returncode == 0
    assert said(empty) == {**NOTHING, "address": "studio.example.com"}


def test_each_question_fills_its_answer_and_empty_takes_the_default(empty: Project) -> None:
    """Five questions, and most of them are answered by Enter."""
    with at_a_terminal(empty) as typist:
        for question, answer in (
            ("Address of the host", "studio.example.com"), ("What to call it [studio]", ""),
            ("User to log in as (empty", "ada"), ("Folder of the proxy", "/srv/gateway"), ("Public URL", ""),
        ):  # fmt: skip
            typist.wait_for(question)
            typist.type(f"{answer}\n")
        typist.wait_for("ccdeploy check")
        assert typist.end() == 0
    assert said(empty) == {
        "address": "studio.example.com", "name": "studio", "user": "ada", "root": "/srv/gateway", "url": "",
        "ollama": None,
    }  # fmt: skip


def test_a_wrong_answer_is_asked_for_again_with_what_is_wrong(empty: Project) -> None:
    """At once, and not after the fifth question."""
    with at_a_terminal(empty, "--name", "a", "--user", "b", "--root", "/c", "--url", "https://d") as typist:
        typist.wait_for("Address of the host")
        typist.type("wrong\n")
        typist.wait_for("'wrong' is no address")
        typist.wait_for("Address of the host")
        typist.type("right\n")
        assert typist.end() == 0
    assert said(empty)["address"] == "right"


def test_without_a_host_nothing_more_is_asked(empty: Project) -> None:
    """What is the user of no host?"""
    with at_a_terminal(empty) as typist:
        typist.wait_for("Address of the host")
        typist.type("\n")
        assert typist.end() == 0
    assert said(empty) == {**NOTHING, "address": ""}


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_whoever_breaks_off_a_question_gets_no_project(empty: Project, key: str) -> None:
    """Ctrl-C and Ctrl-D both mean: leave it."""
    with at_a_terminal(empty) as typist:
        typist.wait_for("Address of the host")
        typist.type(key)
        assert typist.end() == 130
    assert empty.asked == []


@pytest.mark.parametrize("words", [("--yes",), ("-y",), ("--json",)])
def test_a_person_can_forbid_the_questions(empty: Project, words: tuple[str, ...]) -> None:
    """Make and other tools hand their terminal on."""
    with at_a_terminal(empty, *words) as typist:
        assert typist.end() == 0
    assert said(empty) == NOTHING


def test_nothing_is_asked_where_a_project_is_already(empty: Project) -> None:
    """Its hosts.yaml has the answers, and stays as it is."""
    (empty.folder / "configs").mkdir()
    (empty.folder / "configs" / "hosts.yaml").write_text("hosts: {sandbox: embedded}\n")
    with at_a_terminal(empty) as typist:
        assert typist.end() == 0
    assert said(empty) == NOTHING


def test_the_questions_are_not_in_the_result(empty: Project, tmp_path: Path) -> None:
    """stdout is what a person keeps; the conversation is not."""
    kept = tmp_path / "kept"
    with at_a_terminal(empty, stdout=kept) as typist:
        typist.wait_for("Address of the host")
        typist.type("\n")
        assert typist.end() == 0
    assert "Address" not in kept.read_text()
    assert "ccdeploy check" in kept.read_text()


def test_a_project_begins_where_one_stands_and_not_in_a_folder_above(project: Project) -> None:
    """In a checkout of something else, an empty folder is an empty folder."""
    inner = Project(project.folder / "inner")
    inner.folder.mkdir()
    assert inner.run("ccdeploy init").returncode == 0
    assert inner.asked[0]["folder"] == str(inner.folder)


def test_the_document_says_what_became_of_each_file(empty: Project) -> None:
    """A script that begins projects reads it."""
    document = json.loads(empty.run("ccdeploy init --json").stdout)
    assert (document["host"], document["written"], document["kept"]) == ("studio", ["configs/hosts.yaml"], ["tasks.py"])
    assert document["next"] == [{"command": "ccdeploy check", "why": "judge every file, offline"}]


def test_fab_finds_the_tasks_of_a_new_project(tmp_path: Path) -> None:
    """The files that `init` writes, in a folder that has nothing else, with ccdeploy installed elsewhere."""
    project = Project(tmp_path)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    assert project.run_words([*CCDEPLOY, "init"], env={**environ, "PYTHONPATH": ""}).returncode == 0
    listed = project.run_words([sys.executable, "-m", "fabric", "check"], env={"PYTHONPATH": ""})
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "✓ configs/litellm/gateway.yaml  1 model: coder" in listed.stdout
