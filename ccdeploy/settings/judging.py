"""Judges one file of settings: every fault as a finding with its line, whatever the file is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ccdeploy import yamltext
from ccdeploy.errors import Refused
from ccdeploy.findings import Finding, error, errors_in, ordered
from ccdeploy.settings.fields import keys_of, model_in
from ccdeploy.settings.hosts import closest
from ccdeploy.units import counted

FORMAT = 1  # of hosts.yaml and models.yaml; it grows when a file of the older kind would be read wrongly
VERSION = "schema_version"
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")
_SENTENCES = {
    "missing": "is missing",
    "string_type": "is no string; put it in quotes",
    "bool_type": "is neither true nor false; write one of them, or null",
    "string_too_short": "is empty; write a value, or null",
    "dict_type": "is no mapping; write keys and values under it",
    "model_type": "is no mapping; write keys and values under it",
    "greater_than": "is not above zero; write more than that",
    "less_than_equal": "is more than a day; write less",
}
_Model = TypeVar("_Model", bound=BaseModel)


class Judge:
    """Judges one document, and builds what can be built of it."""

    def __init__(self, document: yamltext.Document) -> None:
        self._document = document
        self.findings: list[Finding] = []

    def refusal(self) -> Refused:
        """Return the refusal of a file with faults: all of them, worst first."""
        findings = ordered([*self._document.findings, *self.findings])
        faults = len(errors_in(findings))
        said = f"{self._document.shown_as}: {counted(faults, 'fault')}, nothing was done"
        return Refused(said, findings=findings)

    @property
    def has_faults(self) -> bool:
        """Whether something was found that refuses the file."""
        return bool(errors_in([*self._document.findings, *self.findings]))

    def fault(self, code: str, path: yamltext.Path, message: str, hint: str | None = None) -> None:
        """Note what is wrong at `path`."""
        document = self._document
        where = document.where(path) if document.is_readable else document.shown_as
        self.findings.append(error(code, where, message, hint))

    def top(self, keys: Iterable[str], remedy: str) -> dict[Any, Any] | None:
        """Return the file's mapping; None with findings where it is none, or is of a format that we do not know."""
        value = self._document.value
        if not self._document.is_readable:
            return None
        if not isinstance(value, dict):
            self.fault("settings-shape", (), f"the file is no mapping; {remedy}")
            return None
        if not self._knows_format(value.get(VERSION, FORMAT)):
            return None  # what else the file says cannot be judged
        self.refuse_unknown(value, (VERSION, *keys), ())
        self._refuse_control_characters(value, ())
        return value

    def model(self, model: type[_Model], value: Any, path: yamltext.Path, **ours: str) -> _Model | None:
        """Return `value` as `model`; the faults become findings at their lines."""
        if not isinstance(value, dict):
            self.fault("settings-shape", path, f"{dotted(path)} {_SENTENCES['dict_type']}")
            return None
        self._refuse_unknown_in(model, value, path)
        try:
            return model.model_validate({**value, **ours})
        except ValidationError as exc:
            for found in exc.errors(include_url=False, include_input=False):
                self._translate(found, (*path, *found["loc"]))
        return None

    def refuse_unknown(self, value: dict[Any, Any], known: Iterable[str], path: yamltext.Path) -> None:
        """Note each key that is not known, with the closest one."""
        names = list(known)
        for key in value:
            if key not in names:
                message = f"{dotted((*path, str(key)))}: there is no such key{closest(str(key), names)}"
                self.fault("settings-unknown-key", (*path, str(key)), message)

    def _knows_format(self, version: Any) -> bool:
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            self.fault("settings-value", (VERSION,), f"{VERSION}: {version!r} is no version; write {FORMAT}")
        elif version > FORMAT:
            said = f"the file is of format {version}, and this ccdeploy reads formats up to {FORMAT}"
            self.fault("settings-newer", (VERSION,), said, "upgrade ccdeploy")
        else:
            return True
        return False

    def _translate(self, found: Any, path: yamltext.Path) -> None:
        if found["type"] == "extra_forbidden":
            return  # said by _refuse_unknown_in, with the closest match
        sentence = said_of(found, path)
        joint = "" if sentence.startswith(":") else " "
        code = "settings-missing" if found["type"] == "missing" else "settings-value"
        self.fault(code, path, f"{dotted(path)}{joint}{sentence}")

    def _refuse_unknown_in(self, model: type[BaseModel], value: dict[Any, Any], path: yamltext.Path) -> None:
        known = keys_of(model)
        self.refuse_unknown(value, known, path)
        for key, info in known.items():
            nested = model_in(info.annotation)
            if nested and isinstance(value.get(key), dict):
                self._refuse_unknown_in(nested, value[key], (*path, key))

    def _refuse_control_characters(self, value: Any, path: yamltext.Path) -> None:
        for where, text in _strings(value, path):
            if holds_control_character(text):
                self.fault(
                    "settings-control-character", where, f"{dotted(where)}: holds a control character; remove it"
                )


def holds_control_character(text: str) -> bool:
    """Whether a text holds what no terminal and no log should be given."""
    return bool(_CONTROL.search(text))


def said_of(found: Any, path: yamltext.Path = ("",)) -> str:
    """Return what pydantic found as a sentence of ours, for after the key."""
    if found["type"] != "literal_error":
        return _SENTENCES.get(found["type"]) or ": " + found["msg"].removeprefix("Value error, ")
    if path[-1] == "supervisor":
        return ": launchd and systemd are not yet supported; write nohup"
    return f": expected {found['ctx']['expected']}"


def dotted(path: yamltext.Path) -> str:
    """Return a path as people write it: `hosts.studio.ssh`."""
    return ".".join(map(str, path))


def _strings(value: Any, path: yamltext.Path) -> Iterator[tuple[yamltext.Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, str(key)), str(key)
            yield from _strings(inner, (*path, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*path, index))
