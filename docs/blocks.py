"""What the generated parts of docs/ say: settings, verbs, exit codes, lint rules, JSON and the import table.

Each is read off the code that does the work, so that a page cannot say otherwise.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence

from ccdeploy import errors
from ccdeploy.cli.fab import fab_example
from ccdeploy.cli.registry import GROUPS, verbs_of
from ccdeploy.cli.verb import Kind, Option, Verb
from ccdeploy.litellm.lint_rules import ALLOWABLE, RULES
from ccdeploy.operations.codes import CODES
from ccdeploy.project.occasion import Occasion, variable
from ccdeploy.settings import reference
from docs import incident, memory
from docs.environment import environment
from docs.floors import import_table, room_table
from docs.markdown import table
from docs.shapes import json_shapes

_ARGUMENT = {"none": "", "one": " [CONFIG]", "many": " [CONFIG...]"}
_FAB_ARGUMENT = {"none": "", "one": " [--config NAME]", "many": " [--config NAME ...]"}


def settings() -> str:
    """Return a table for each mapping of hosts.yaml."""
    return _keys(reference.rows())


def models() -> str:
    """Return a table of the keys of models.yaml."""
    return _keys(reference.model_rows())


def _keys(rows_of_file: list[reference.Row]) -> str:
    groups: dict[str, list[Sequence[str]]] = {}
    for key, kind, default, meaning in rows_of_file:
        group, _, name = key.rpartition(".")
        groups.setdefault(group, []).append((f"`{name}`", kind, _default(default), meaning))
    header = ("key", "type", "default", "meaning")
    return "\n\n".join(f"### {group}\n\n{table(header, rows)}" for group, rows in groups.items())


def verbs() -> str:
    """Return a list of all verbs, then each with its options and examples, in the order of the help."""
    grouped = [(title, verb) for title, words in GROUPS.items() for word in words for verb in verbs_of(word)]
    listed = table(
        ("", "verb", "what it does"),
        [(title, f"[{verb.name}](#{verb.name.replace(' ', '-')})", verb.summary) for title, verb in grouped],
    )
    return "\n\n".join([listed, *(_verb(verb) for _, verb in grouped)])


def exit_codes() -> str:
    """Return the table of exit codes, then which error type carries which."""
    codes = table(("code", "meaning"), [(f"`{code}`", meaning) for code, meaning in errors.EXIT_CODES.items()])
    types = table(("type", "code", "meaning"), _error_rows(errors.CcdeployError, 0))
    return f"{codes}\n\n## Which error ends with which code\n\n{types}"


def lint_rules() -> str:
    """Return the table of lint rules, with those of which `--allow` takes leave."""
    return table(
        ("code", "severity", "what it means", "`--allow`"),
        [
            (f"`{code}`", severity.value, why, "yes" if code in ALLOWABLE else "")
            for code, (severity, why) in RULES.items()
        ],
    )


def host_findings() -> str:
    """Return the table of what is found on a host, around it, and in a project."""
    return table(
        ("code", "severity", "found by", "what it means", "what to do", "`--allow`"),
        [
            (
                f"`{code}`",
                ", ".join(severity.value for severity in one.severities),
                ", ".join(f"`{verb}`" for verb in one.found_by),
                one.meaning,
                one.remedy,
                "yes" if code in ALLOWABLE else "",
            )
            for code, one in CODES.items()
        ],
    )


def hook_keys() -> str:
    """Return a table of what a hook is told."""
    rows = [("`schema_version`", "", "grows when a key changes its meaning or goes away, not when one is added")]
    for key in dataclasses.fields(Occasion):
        is_plain = "tuple" not in str(key.type)
        rows.append((f"`{key.name}`", f"`{variable(key.name)}`" if is_plain else "", key.metadata["meaning"]))
    return table(("key", "variable", "meaning"), rows)


def _default(text: str) -> str:
    return text if text in ("", "required") else f"`{text}`"


def _verb(verb: Verb) -> str:
    task = verb.name.replace(" ", ".")
    given, fab_given = _ARGUMENT[verb.configs], _FAB_ARGUMENT[verb.configs]
    if verb.word:
        shown = verb.word.name.upper()
        word, fab_word = f" [{shown}]", f" [--{verb.word.name} {shown}]"
        if verb.word.needed:
            word = fab_word = f" {shown}"
        given, fab_given = word + given, fab_word + fab_given
    end = fab_end = ""
    if verb.command:
        shown = verb.command.name.upper()
        given, fab_given = " CONFIG", " --config NAME"
        end, fab_end = f" -- {shown}...", f" --{verb.command.name} '{shown}...'"
    usage = "\n".join(
        f"{face}{' [OPTIONS]' if verb.options else ''}{command}"
        for face, command in ((f"ccdeploy {verb.name}{given}", end), (f"fab {task}{fab_given}", fab_end))
    )
    examples = "\n".join([*verb.examples, *(fab_example(verb, line) for line in verb.examples)])
    parts = [
        f"## {verb.name}",
        f"{verb.summary} {verb.details}".strip(),
        f"```text\n{usage}\n```",
        table(("option", "meaning"), [(_option(option), option.help) for option in verb.options]),
        f"```sh\n{examples}\n```",
    ]
    return "\n\n".join(parts)


def _option(option: Option) -> str:
    names = [f"-{option.short}"] if option.short else []
    value = {Kind.FLAG: "", Kind.OPTIONAL: f" [{option.metavar}]"}.get(option.kind, f" {option.metavar}")
    return ", ".join(f"`{name}{value}`" for name in [*names, f"--{option.name}"])


def _error_rows(kind: type[errors.CcdeployError], depth: int) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for child in kind.__subclasses__():
        if child.__module__ != errors.__name__:
            continue  # a test's own
        meaning = (inspect.getdoc(child) or "").partition("\n")[0]
        rows.append((f"{'&emsp;' * depth}`{child.__name__}`", f"`{child.exit_code}`", meaning))
        rows += _error_rows(child, depth + 1)
    return rows


BLOCKS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "models": models,
    "verbs": verbs,
    "exit-codes": exit_codes,
    "environment": environment,
    "lint-rules": lint_rules,
    "host-findings": host_findings,
    "hook-keys": hook_keys,
    "json-shapes": json_shapes,
    "import-table": import_table,
    "rooms": room_table,
    "incident-loads": incident.loads,
    "memory-kv": memory.kv_cache,
    "memory-eras": memory.eras,
    "memory-estimates": memory.estimates,
    "memory-shapes": memory.shapes,
}
