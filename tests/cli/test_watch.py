"""`watch`: its options, its lines, and an end that is no failure; on a terminal a view that stays readable."""

from __future__ import annotations

import json
import subprocess

from tests.cli.faces import Project
from tests.support.at_terminal import at_terminal


def test_the_options_arrive(project: Project, face: str) -> None:
    """What the two faces ask for is the same, and what is left out is decided in one place."""
    line = "ccdeploy watch --for 10m --every 2s --within 1m --reappearances 2 --changes 5 --host studio"
    assert project.run(line, face).returncode == 0
    assert project.run("ccdeploy watch", face).returncode == 0
    names = ("host", "for_s", "every_s", "within_s", "reappearances", "changes")
    first, second = ([asked[name] for name in names] for asked in project.asked)
    assert first == ["studio", 600.0, 2.0, 60.0, 2, 5]
    assert second == [None] * 6


def test_json_is_one_event_a_line_and_the_end_is_the_last(project: Project, face: str) -> None:
    """A program reads `event` and nothing else to know what a line is."""
    done = project.run("ccdeploy watch --json", face, ends="thrash")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(line)[:2] for line in lines] == [["schema_version", "event"]] * 4
    assert [line["event"] for line in lines] == ["resident", "loaded", "alarm", "ended"]
    assert (done.returncode, lines[-1]["exit_code"], lines[2]["text"]) == (8, 8, "thrash: ***")
    assert lines[0]["models"][0]["size_vram_bytes"] == 1000


def test_lines_are_harmless_and_the_end_says_what_was_seen(project: Project, face: str) -> None:
    """A model's name comes from a registry, and may hold what takes over a terminal."""
    done = project.run("ccdeploy watch", face, ends="thrash")
    shown = done.stdout.splitlines()
    assert shown[0] == "2026-01-31T12:00:00Z  · in memory: tiny:latest (2.0 KB, context 4096, 1.0 KB on the CPU)"
    assert r"x\x9b2J" in shown[1]
    assert shown[2:] == [
        "2026-01-31T12:00:00Z  ✗ thrash: ***",
        "                      → stop it",
        "✗ studio: watched for 10 min: 1 load, 0 of them again; 0 evictions; 1 alarm",
    ]
    assert (done.returncode, done.stderr) == (8, "ccdeploy: studio: 1 alarm, the last: thrash: ***\n")


def test_an_error_is_a_line_too(project: Project, face: str) -> None:
    """The reader reads lines to the last."""
    done = project.run("ccdeploy watch --json", face, ends="ConnectionLost")
    last = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, last["exit_code"], last["error"]["type"]) == (4, 4, "ConnectionLost")
    assert len(done.stdout.splitlines()) == 4


def test_a_reader_that_went_away_ends_it_quietly(project: Project) -> None:
    """`ccdeploy watch | head -1` is no failure, and does not go on for nobody."""
    script = '"$@" | { read -r line; echo "$line"; }; '
    words = ["/bin/sh", "-c", script, "sh", *project.command("ccdeploy watch")]
    done = subprocess.run(
        words, cwd=project.folder, env=project.environment(), capture_output=True, text=True, timeout=180, check=False
    )
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


def test_on_a_terminal_the_view_stays(project: Project) -> None:
    """Who is in memory is to be read after the end too."""
    with at_terminal(project.command("ccdeploy watch"), project.environment(TERM="xterm"), project.folder) as seat:
        seat.see("watched for 10 min")
        assert seat.end() == 0
    assert "tiny:latest" in seat.screen
    assert "\x9b" not in seat.screen


def test_wrong_values_are_usage_errors(project: Project, face: str) -> None:
    """With what would be right."""
    for options, says in (
        ("--for soon", "--for: 'soon' is no duration; write 10s, 5m or 1h"),
        ("--changes 0", "--changes: '0' is no count; write 1 or more"),
    ):
        done = project.run(f"ccdeploy watch {options}", face)
        assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"ccdeploy: {says}")
