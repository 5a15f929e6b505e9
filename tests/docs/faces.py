"""Parses a command line with the real command line of each face, and does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fabric.main import program
from invoke.exceptions import ParseError
from invoke.parser import Parser
from invoke.parser.context import ParserContext

from ccdeploy.cli import main, session
from ccdeploy.cli.fab import verb_tasks
from ccdeploy.cli.registry import all_verbs
from ccdeploy.cli.verb import Verb
from ccdeploy.errors import CcdeployError
from tests.docs.reading import CommandLine


def fault_of(line: CommandLine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str | None:
    """Return what the command line of its face has against it, or None."""
    if line.face == "fab":
        return _fault_of_fab(line.words)
    said: list[str] = []

    def perform(verb: Verb, values: Mapping[str, Any]) -> int:
        said.extend(_fault_of_values(verb, values))
        return 0

    monkeypatch.setattr(session, "perform", perform)
    code = main.run(line.words)
    told = capsys.readouterr().err.strip()
    return "; ".join(said) or (f"ends with {code}: {told}" if code else None)


def _fault_of_fab(words: tuple[str, ...]) -> str | None:
    tasks = {verb.name.replace(" ", "."): verb for verb in all_verbs()}
    parser = Parser(initial=ParserContext(args=program.core_args()), contexts=verb_tasks().to_contexts())
    try:
        contexts = parser.parse_argv(list(words))
    except ParseError as exc:
        return str(exc)
    faults = []
    for context in contexts[1:]:
        values = {name.replace("-", "_"): argument.value for name, argument in context.args.items()}
        faults += _fault_of_values(tasks[str(context.name)], values)
    return "; ".join(faults) or None


def _fault_of_values(verb: Verb, values: Mapping[str, Any]) -> list[str]:
    try:
        verb.asked(values)
    except CcdeployError as exc:
        return [exc.message]
    return []
