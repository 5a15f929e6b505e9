"""The Fabric tasks as a user finds them in the project's folder."""

from __future__ import annotations

import ast
from pathlib import Path

from ccdeploy.cli.registry import all_verbs

ROOT = Path(__file__).resolve().parents[1]


def test_the_fabfile_only_passes_the_tasks_on() -> None:
    """`fab` looks for no other name; whoever wants to read or add tasks opens tasks.py."""
    docstring, statement = ast.parse((ROOT / "fabfile.py").read_text()).body
    assert isinstance(docstring, ast.Expr)
    assert isinstance(statement, ast.ImportFrom)
    assert statement.module == "tasks"


def test_the_tasks_are_the_verbs() -> None:
    """A verb without a task would exist for one face only."""
    import tasks

    assert set(tasks.namespace.task_names) == {verb.name.replace(" ", ".") for verb in all_verbs()}


def test_reading_the_tasks_twice_changes_nothing_more() -> None:
    """Fabric's parsing is wrapped once, however often the tasks are made."""
    from fabric.main import program

    from ccdeploy.cli.fab import verb_tasks

    verb_tasks()
    once = program.parse_tasks
    verb_tasks()
    assert program.parse_tasks is once
