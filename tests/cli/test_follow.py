"""`logs -f`: lines as they come, one JSON object each with `--json`, and an end that is no failure."""

from __future__ import annotations

import json
import subprocess

from tests.cli.faces import Project


def test_the_options_arrive(project: Project, face: str) -> None:
    """What the two faces ask for is the same."""
    done = project.run("ccdeploy logs -f -n 5 --since 10m --level warning --host studio", face)
    assert done.returncode == 0
    (asked,) = project.asked
    assert (asked["follows"], asked["lines"], asked["since"], asked["level"]) == (True, "5", "0:10:00", "warning")
    assert project.run("ccdeploy logs", face).returncode == 0
    assert [project.asked[-1][name] for name in ("follows", "lines", "since", "level")] == [False, *["None"] * 3]


def test_lines_are_harmless_and_are_all_of_stdout(project: Project, face: str) -> None:
    """A log may hold what takes over a terminal."""
    done = project.run("ccdeploy logs -f", face)
    assert done.stdout.splitlines() == ["red", r"x\x9b2J", "***"]
    assert done.stderr == ""


def test_json_is_one_object_a_line(project: Project, face: str) -> None:
    """A reader need not wait for an end that never comes."""
    lines = [json.loads(line) for line in project.run("ccdeploy logs -f --json", face).stdout.splitlines()]
    assert [list(line) for line in lines] == [["schema_version", "at", "level", "text"]] * 3
    assert lines[0] == {
        "schema_version": 1, "at": "2026-01-31T12:00:00Z", "level": "info", "text": "\x1b[31mred\x1b[0m",
    }  # fmt: skip
    assert lines[2]["text"] == "***"


def test_an_error_is_a_line_too(project: Project, face: str) -> None:
    """The reader reads lines to the last."""
    done = project.run("ccdeploy logs -f --json", face, ends="ConnectionLost")
    last = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, last["exit_code"], last["error"]["type"]) == (4, 4, "ConnectionLost")
    assert len(done.stdout.splitlines()) == 4


def test_a_reader_that_went_away_ends_it_quietly(project: Project) -> None:
    """`ccdeploy logs -f | head -1` is no failure, and does not go on for nobody."""
    script = '"$@" | { read -r line; echo "$line"; }; '
    words = ["/bin/sh", "-c", script, "sh", *project.command("ccdeploy logs -f")]
    done = subprocess.run(
        words, cwd=project.folder, env=project.environment(), capture_output=True, text=True, timeout=180, check=False
    )
    assert (done.stdout, done.stderr) == ("red\n", "")


def test_wrong_values_are_usage_errors(project: Project, face: str) -> None:
    """With what would be right."""
    for options, says in (
        ("--since yesterday", "--since: 'yesterday' is no time; write 10m or 2026-11-24T10:00"),
        ("--level loud", "--level knows no 'loud'; write debug or info or warning or error or critical"),
    ):
        done = project.run(f"ccdeploy logs {options}", face)
        assert done.returncode == 2
        assert says in done.stderr
