"""What `doctor` found, as a report: what is wrong first, then the promises, then what is in order."""

from __future__ import annotations

from collections.abc import Iterator

from ccdeploy.findings import Finding, Severity, ordered
from ccdeploy.report.look import Look
from ccdeploy.report.text import counted, safe
from ccdeploy.results import Doctor, HostPromise

_MARKS = {"yes": "ok", "partly": "warning", "no": "error"}


def doctor_lines(doctor: Doctor, look: Look) -> list[str]:
    """Return the verdict, each finding with its remedy on a line that can be pasted, and the rest."""
    found = ordered(doctor.findings)
    lines = [_verdict(doctor, found, look)]
    for finding in found:
        lines += _finding(finding, doctor.host, look)
    if doctor.promises:
        lines += ["", look.paint("As it is set up", "bold")]
        lines += [line for promise in doctor.promises for line in _promise(promise, look)]
    if doctor.in_order:
        lines += ["", look.paint("In order", "bold")]
        lines += [f"{look.mark('ok')} {safe(text)}" for text in doctor.in_order]
    return lines


def _verdict(doctor: Doctor, found: list[Finding], look: Look) -> str:
    counts = {severity: sum(f.severity is severity for f in found) for severity in Severity}
    told = ", ".join(counted(count, severity.value) for severity, count in counts.items() if count)
    if counts[Severity.ERROR]:
        mark, sentence = "error", f"{doctor.host} is not fit: {told}"
    else:
        mark, sentence = "ok", f"{doctor.host} is fit" + (f": {told}" if told else "")
    return f"{look.mark(mark)} {look.paint(safe(sentence), 'bold')}"


def _finding(finding: Finding, host: str, look: Look) -> Iterator[str]:
    place = f"{finding.where}: " if finding.where and finding.where != host else ""
    yield f"{look.mark(finding.severity.value)} {safe(f'{place}{finding.message} [{finding.code}]')}"
    if finding.hint:
        yield f"  {look.arrow} {safe(finding.hint)}"


def _promise(promise: HostPromise, look: Look) -> Iterator[str]:
    name = look.paint(safe(f"{promise.promise}: {promise.holds}"), "bold")
    yield f"{look.mark(_MARKS[promise.holds])} {name}, {safe(promise.because)}"
    for text in promise.missing:
        yield f"  missing: {safe(text)}"
