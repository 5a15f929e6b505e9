"""The end of a verb as Markdown, for the page of a run of GitHub Actions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ccdeploy.errors import CcdeployError
from ccdeploy.findings import Finding, ordered
from ccdeploy.report.attempt import headline
from ccdeploy.report.run import ended, what_serves
from ccdeploy.report.text import safe
from ccdeploy.report.verdict import verdict
from ccdeploy.results import Attempt, Check, CheckReport, Doctor, Run, Verification
from ccdeploy.results.narrowed import config_called
from ccdeploy.units import counted, human_seconds

_MARKUP = re.compile(r"[\\`*_{}\[\]<>|&~#!@$]")
_MOST_EVIDENCE = 50  # lines: the log has all of them
_SIGNS = {"error": "❌", "warning": "⚠️", "note": "·"}


def result_summary(verb: str, result: Any) -> str | None:
    """Return the summary of a result; None for a verb that only looks."""
    match result:
        case Attempt():
            head = headline(result)
            body = [*_facts(_attempt_facts(result)), *_checks(result.verification), *_plan(result)]
            findings, notes = result.findings, result.notes
        case Run():
            head = verdict(result) if result.exit_code else what_serves(result)
            body = [*_facts(_run_facts(result)), *_checks(result.deploy.verification), *_plan(result.deploy)]
            findings, notes = result.deploy.findings, result.notes
        case Verification():
            head = verdict(result) if result.exit_code else "it serves as it should"
            body, findings, notes = _checks(result), (), ()
        case CheckReport():
            head = verdict(result) if result.exit_code else "nothing is wrong that a deploy would refuse"
            body, findings, notes = [], result.everything, ()
        case Doctor():
            head = verdict(result) if result.exit_code else "the host is fit"
            body, findings, notes = [], result.findings, ()
        case _:
            return None
    sign = "❌" if result.exit_code else "✅"
    return _page([_title(sign, verb, head), *body, *_findings(findings), *_list(notes)])


def error_summary(verb: str, error: CcdeployError) -> str:
    """Return the summary of an error: the sentence, what to do, why, and the evidence."""
    known = error.result or {}
    facts = [(key, known.get(key)) for key in ("host", "outcome", "release", "previous")]
    facts.append(("downtime", None if known.get("downtime_ms") is None else f"{known['downtime_ms']} ms"))
    findings: Sequence[Finding] = getattr(error, "findings", ())
    return _page(
        [
            _title("❌", verb, error.message),
            *([f"→ {_plain(error.hint)}", ""] if error.hint else []),
            *_facts([*facts, ("exit code", error.exit_code)]),
            *_findings(findings),
            *_evidence(error.evidence),
        ]
    )


def _title(sign: str, verb: str, sentence: str) -> str:
    return f"### {sign} ccdeploy {_plain(verb)}: {_plain(sentence)}\n"


def _attempt_facts(attempt: Attempt) -> list[tuple[str, Any]]:
    seen = attempt.verification
    return [
        ("host", attempt.host),
        ("outcome", attempt.outcome),
        ("config", attempt.config and config_called(attempt.config, attempt.phase)),
        ("release", attempt.release),
        ("before", attempt.previous if attempt.previous != attempt.release else None),
        ("models", ", ".join(seen.models) if seen else None),
        ("downtime", None if attempt.downtime_ms is None else f"{attempt.downtime_ms} ms"),
        ("took", human_seconds(attempt.seconds)),
        ("hooks", ", ".join(f"{run.name} {run.status}" for run in attempt.hooks)),
    ]


def _run_facts(run: Run) -> list[tuple[str, Any]]:
    return [("host", run.host), ("config", run.config), ("release", run.deploy.release), ("command", ended(run))]


def _facts(pairs: Iterable[tuple[str, Any]]) -> list[str]:
    rows = [f"| {name} | {_plain(str(value))} |" for name, value in pairs if value not in (None, "")]
    return ["| | |", "| --- | --- |", *rows, ""] if rows else []


def _checks(seen: Verification | None) -> list[str]:
    if seen is None or not seen.checks:
        return []
    failed = [check for check in seen.checks if check.status == "failed"]
    head = f"{counted(len(seen.checks), 'check')}, {len(failed)} failed; model loads {seen.model_loads}"
    rows = [_check(check) for check in seen.checks]
    table = ["| check | status | |", "| --- | --- | --- |", *rows]
    return [f"<details{' open' if failed else ''}><summary>{head}</summary>", "", *table, "", "</details>", ""]


def _check(check: Check) -> str:
    return f"| {_plain(check.name)} | {_plain(check.status)} | {_plain(check.detail)} |"


def _plan(attempt: Attempt) -> list[str]:
    steps = [f"{number}. {_plain(step)}" for number, step in enumerate(attempt.planned, 1)]
    return [*steps, ""] if steps else []


def _findings(findings: Iterable[Finding]) -> list[str]:
    lines = [f"- {_SIGNS[f.severity]} {_plain(str(f))} ({_plain(f.code)})" for f in ordered(findings)]
    return [*lines, ""] if lines else []


def _list(texts: Iterable[str]) -> list[str]:
    lines = [f"- {_plain(text)}" for text in texts]
    return [*lines, ""] if lines else []


def _evidence(lines: Sequence[str]) -> list[str]:
    shown = [safe(line) for text in lines for line in text.splitlines()][-_MOST_EVIDENCE:]
    # A fence longer than every run of backticks within it: what a log says cannot end it.
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *shown, fence, ""] if shown else []


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is: what a host says draws no table and opens no link."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", safe(text))


def _page(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n\n"
