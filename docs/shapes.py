"""The shape of `--json` for each verb, read off the result types and off what each use case returns."""

from __future__ import annotations

import builtins
import dataclasses
import inspect
import re
import types
import typing
from typing import Any

from ccdeploy import app, findings, results
from ccdeploy.cli.registry import all_verbs
from ccdeploy.cli.verb import Verb
from ccdeploy.sandbox import status
from docs.markdown import table

_WORDS: dict[Any, str] = {str: "string", int: "number", float: "number", bool: "true or false", Any: "any"}
_VALUES = (("None", "null"), ("True", "true"), ("False", "false"))
# Outermost first, and what they are made of after them.
_TYPES: tuple[type, ...] = (
    results.Attempt,
    results.HookRun,
    results.Run,
    results.CommandRun,
    results.Verification,
    results.Check,
    results.Deep,
    results.AskedName,
    results.CheckReport,
    results.ConfigReport,
    results.FileReport,
    findings.Finding,
    results.Status,
    results.History,
    results.HistoryEntry,
    results.ReleaseEntry,
    results.Diff,
    results.ConfigChange,
    results.Log,
    results.LogLine,
    results.Plan,
    results.PhasePlan,
    results.PlannedModel,
    results.PlannedEviction,
    results.Stay,
    results.PlannedCaller,
    results.Watch,
    results.WatchAlarm,
    results.WatchEvent,
    results.Residents,
    results.ResidentModel,
    results.Doctor,
    results.HostPromise,
    results.Inventory,
    results.InventoryModel,
    results.Figure,
    results.AbsentModel,
    results.Setup,
    results.LockState,
    results.Init,
    results.NextStep,
    results.MadeTrace,
    results.Completion,
    status.Status,
    status.PartStatus,
)


def json_shapes() -> str:
    """Return which verb prints which type, then the keys of each type."""
    verbs = table(("verb", "type"), [(f"`{verb.name}`", _result_of(verb)) for verb in all_verbs()])
    return "\n\n".join([verbs, *(_shape(kind) for kind in _TYPES)])


def _result_of(verb: Verb) -> str:
    if verb.name == "sandbox down":
        return "`is_up`: false, `ended`: list of string"
    if verb.name.startswith("completion"):
        return _link(results.Completion)
    if verb.name.startswith("sandbox"):
        return _link(status.Status)
    # The annotation is text: `Attempt`, or `tuple[str, Verification]` where the host comes first.
    returned = str(inspect.signature(getattr(app, verb.told.replace(" ", "_"))).return_annotation)
    return _link(getattr(results, re.findall(r"\w+", returned)[-1]))


def _shape(kind: type) -> str:
    assert dataclasses.is_dataclass(kind)  # noqa: S101  # the table above holds nothing else
    hints = typing.get_type_hints(kind)
    rows = [(f"`{field.name}`", _word(hints[field.name])) for field in dataclasses.fields(kind)]
    said = inspect.getdoc(kind) or ""
    for python, json in _VALUES:
        said = re.sub(rf"\b{python}\b", json, said)
    return f"### {_name(kind)}\n\n{said}\n\n{table(('key', 'type'), rows)}"


def _word(hint: Any) -> str:
    """Return a type in the words of JSON."""
    inner = typing.get_args(hint)
    match typing.get_origin(hint):
        case typing.Union | types.UnionType:
            word = " or ".join("null" if option is types.NoneType else _word(option) for option in inner)
        case typing.Literal:
            word = ", ".join(f"`{value}`" for value in inner)
        case builtins.tuple:
            word = f"list of {_word(inner[0])}"
        case builtins.dict:
            word = "object" if inner[1] is Any else f"object, each value a {_word(inner[1])}"
        case _:
            word = _plain(hint)
    return word


def _plain(hint: Any) -> str:
    if dataclasses.is_dataclass(hint):
        return _link(typing.cast("type", hint))
    if hint is findings.Severity:
        return ", ".join(f"`{value}`" for value in findings.Severity)
    return _WORDS[hint]


def _name(kind: type) -> str:
    of = "Sandbox " if kind.__module__ == status.__name__ else ""
    return f"{of}{kind.__name__}"


def _link(kind: type) -> str:
    return f"[{_name(kind)}](#{_name(kind).lower().replace(' ', '-')})"
