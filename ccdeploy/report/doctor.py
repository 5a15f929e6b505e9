"""What `doctor` found, as a report: what is wrong first, then the promises, then what is in order."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from ccdeploy.findings import Finding, Severity, ordered
from ccdeploy.report.look import Look
from ccdeploy.report.text import safe
from ccdeploy.results import Doctor, HostPromise
from ccdeploy.units import counted

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
        lines += [line for text in doctor.in_order for line in _marked("ok", text, look)]
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
    yield from _marked(finding.severity.value, f"{place}{finding.message} [{finding.code}]", look)
    if finding.hint:
        yield f"  {look.arrow} {safe(finding.hint)}"  # whole, so that it can be pasted


def _promise(promise: HostPromise, look: Look) -> Iterator[str]:
    yield from _marked(_MARKS[promise.holds], f"{promise.promise}: {promise.holds}; {promise.because}", look)
    for text in promise.missing:
        yield from _broken(f"  missing: {safe(text)}", look, "    ")


def _marked(status: str, text: str, look: Look) -> Iterator[str]:
    """Yield a sentence behind its mark, broken at the width of the terminal and indented below itself."""
    first, *rest = _broken(safe(text), look, "")
    yield f"{look.mark(status)} {first}"
    yield from (f"  {line}" for line in rest)


def _broken(text: str, look: Look, indent: str) -> list[str]:
    if look.width is None:
        return [text]
    width = max(look.width - 2, 20)
    return wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]
