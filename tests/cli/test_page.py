"""`plan --html FILE`: the page goes to the file, the text to stdout, and where the page is to stderr."""

from __future__ import annotations

import json

from tests.cli.faces import Project


def test_the_page_is_written_beside_the_text(project: Project, face: str) -> None:
    """Whoever pipes the text gets it whole; a thrashing plan is the one that is shown around, and still ends with 3."""
    done = project.run("ccdeploy plan tdd --html a.html", face, ends="thrash")
    assert done.returncode == 3
    assert done.stdout == project.run("ccdeploy plan tdd", face, ends="thrash").stdout
    assert done.stderr.splitlines().count("the page was written to a.html") == 1
    page = (project.folder / "a.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "phase 1 thrashes" in page


def test_a_script_finds_where_the_page_is(project: Project) -> None:
    """Null where none was asked for."""
    assert json.loads(project.run("ccdeploy plan tdd --html a.html --json").stdout)["page"] == "a.html"
    assert json.loads(project.run("ccdeploy plan tdd --json").stdout)["page"] is None


def test_a_replay_has_no_page(project: Project) -> None:
    """Better said than left out in silence."""
    done = project.run("ccdeploy plan --trace a.jsonl --html a.html")
    assert (done.returncode, done.stdout) == (2, "")
    assert "leave out --trace" in done.stderr
    assert not (project.folder / "a.html").exists()
