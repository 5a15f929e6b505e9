"""The examples in the pages are of the form that the code writes and reads."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from ccdeploy import app
from ccdeploy.cli.init import QUESTIONS
from ccdeploy.operations.wiring import wiring
from ccdeploy.release import history, lock, manifest, process
from ccdeploy.report.jsonout import answered
from ccdeploy.report.look import Look
from ccdeploy.report.plan import plan_lines
from ccdeploy.results import HistoryEntry, Status
from ccdeploy.settings import Host, load_models, load_settings
from ccdeploy.settings.host import Traefik
from ccdeploy.traefik.dynamic import Slot, text
from docs.generate import ROOT
from tests.docs.reading import fences


def page(name: str) -> str:
    """Return the text of a page."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def example(name: str, key: str) -> str:
    """Return the one JSON example of a page that has this key at its top."""
    (found,) = [text for text in fences(page(name), "json") if key in json.loads(text)]
    return found


def keys_of(kind: Any) -> set[str]:
    """Return the names of a dataclass's fields."""
    return {field.name for field in fields(kind)}


def test_the_example_of_release_json_is_one() -> None:
    """Whoever mends a host by hand writes what they read there."""
    text = example("reference/host.md", "state_at")
    assert manifest.parse(text) is not None
    assert json.loads(text).keys() == keys_of(manifest.Manifest)


def test_the_page_names_every_state_of_a_release() -> None:
    """A state without a meaning is a riddle in `history`."""
    lines = page("reference/host.md").splitlines()
    states = {line.split("`")[1] for line in lines if line.endswith(("yes |", "`--to` |"))}
    assert states == set(get_args(manifest.State))


def test_the_example_of_the_run_state_is_one() -> None:
    """It is what tells our process from every other."""
    text = example("reference/host.md", "pid")
    state = process.parse_run_state(text)
    assert state is not None
    assert state.digests is not None
    assert json.loads(text).keys() == keys_of(process.RunState)


def test_the_example_of_the_owner_is_one() -> None:
    """Whoever finds a lock wants to know what its words mean."""
    text = example("reference/host.md", "heartbeat")
    assert lock.parse(text) is not None
    assert json.loads(text).keys() == keys_of(lock.Owner) | {"heartbeat"}


def test_the_example_of_history_is_one() -> None:
    """Scripts read this file."""
    text = example("reference/host.md", "outcome")
    assert len(history.parse(text)) == 1
    assert json.loads(text).keys() == keys_of(HistoryEntry)


def test_the_example_of_a_status_has_the_keys_of_one() -> None:
    """Scripts are written against the example, not against the tables."""
    shown = json.loads(example("reference/json.md", "litellm_version"))
    made = json.loads(answered("status", "sandbox", Status("sandbox", "serving", 8081)))
    assert shown.keys() == made.keys()


def test_the_smallest_settings_load() -> None:
    """It is the first thing that a reader copies."""
    hosts, models = fences(page("reference/settings.md"), "yaml")
    assert load_models(models, "docs/reference/settings.md").models
    host = load_settings(hosts, "docs/reference/settings.md").host("studio")
    assert isinstance(host, Host)
    assert host.traefik is not None


def test_the_questions_of_init_are_those_that_it_asks() -> None:
    """Whoever follows the page answers them with the page beside the terminal."""
    (shown,) = (text for text in fences(page("tutorial/first-hour.md"), "text") if "Address of" in text)
    asked = [line.partition(" [")[0].partition(" (")[0].partition(": ")[0].rstrip(":") for line in shown.splitlines()]
    assert asked == [question.text for question in QUESTIONS]
    assert all(f"({question.empty})" in shown for question in QUESTIONS if question.empty and question.key != "name")


def test_the_plan_that_is_shown_is_the_one_that_is_made(tmp_path: Path) -> None:
    """Whoever tries it sees those figures and those pictures."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    project = app.Project(tmp_path, lambda event: None, dict, lambda: "32GB")
    (shown,) = fences(page("how-to/plan.md"), "console")
    command, *lines, end = shown.splitlines()
    assert (command, end) == ("$ ccdeploy plan initial-thrashing", "…")
    made = plan_lines(app.plan(project, None, "initial-thrashing"), Look(has_unicode=True))
    assert lines == made[: len(lines)]


def test_the_dynamic_file_that_is_shown_is_the_one_that_is_written() -> None:
    """Whoever compares it with the one on a host finds no riddle."""
    (shown,) = fences(page("explanation/traefik.md"), "yaml")
    route = Traefik(url="https://coder.example.com", dynamic_file="ccproxy.yml")
    assert shown == text(wiring(route), Slot(8081, "http://127.0.0.1:8081"))
