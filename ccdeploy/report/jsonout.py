"""The one JSON document of `--json`: the same keys in the same order, whatever the verb."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from ccdeploy.errors import CcdeployError
from ccdeploy.findings import Finding
from ccdeploy.report.sheet import Sheet
from ccdeploy.report.verdict import error_type, verdict
from ccdeploy.secret import mask

SCHEMA_VERSION = 1  # it grows when a key changes its meaning or goes away, not when one is added


def answered(verb: str, host: str | None, result: Any) -> str:
    """Return the document of a result; one whose exit code is not 0 says why under `error`."""
    code = result.exit_code
    document = _head(verb, host, code)
    if code:
        document["error"] = {"type": error_type(result), "message": verdict(result), "hint": None, "evidence": []}
    for key, value in plain(result.data if isinstance(result, Sheet) else result).items():
        if document.get(key) is None:  # a host that was not named is known by its result
            document[key] = value
    return _dumped(document)


def json_line(value: Any) -> str:
    """Return one of many values of a verb that goes on, as a document on one line: `event` first, if it has one."""
    keys = plain(value)
    kind = {"event": keys["event"]} if "event" in keys else {}
    return _dumped({"schema_version": SCHEMA_VERSION} | kind | keys, on_a_line=True)


def failed(verb: str | None, host: str | None, error: CcdeployError, *, on_a_line: bool = False) -> str:
    """Return the document of an error."""
    findings: Sequence[Finding] = getattr(error, "findings", ())
    host = host or (error.result or {}).get("host")
    return _dumped(
        _head(verb, host, error.exit_code)
        | {
            "error": {
                "type": type(error).__name__,
                "message": error.message,
                "hint": error.hint,
                "evidence": list(error.evidence),
            },
            "findings": [plain(finding) for finding in findings],
            "result": error.result,
        },
        on_a_line=on_a_line,
    )


def plain(value: Any) -> Any:
    """Return a value as JSON has it: dataclasses as mappings, secrets masked."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else mask(str(value))


def _head(verb: str | None, host: str | None, code: int) -> dict[str, Any]:
    return {"schema_version": SCHEMA_VERSION, "ok": code == 0, "verb": verb, "host": host, "exit_code": code}


def _dumped(document: Mapping[str, Any], *, on_a_line: bool = False) -> str:
    # ASCII only: a control character or a character that the terminal lacks travels as an escape.
    text = json.dumps(plain(document), indent=None if on_a_line else 2, ensure_ascii=True)
    return text.replace("##[", "\\u0023#[")  # the same value, and no command to GitHub Actions
