"""What is a list by nature (history, check, diff, logs), as lines for a person."""

from __future__ import annotations

from ccdeploy.findings import Finding, errors_in, ordered
from ccdeploy.report.look import Look
from ccdeploy.report.meaning import meaning_lines
from ccdeploy.report.text import finding_line, safe, table
from ccdeploy.results import CheckReport, ConfigReport, Diff, History, HistoryEntry, Log, LogLine
from ccdeploy.results.narrowed import config_called
from ccdeploy.units import counted, human_seconds

_ATTEMPTS = ("WHEN", "VERB", "OUTCOME", "RELEASE", "CONFIG", "TOOK", "DOWNTIME", "WHO")
_RELEASES = ("", "RELEASE", "STATE", "CONFIG", "CREATED", "WHO")


def history_lines(history: History, look: Look) -> list[str]:
    """Return a table of the attempts, newest first, and one of the releases that are kept."""
    attempts = _with_details(table(_ATTEMPTS, [_attempt_row(e) for e in history.entries], look.width), history)
    releases = table(
        _RELEASES,
        [
            (
                "*" if kept.is_current else "",
                kept.release,
                kept.state,
                config_called(kept.config, kept.phase),
                kept.created_at,
                kept.who,
            )
            for kept in history.releases
        ],
        look.width,
    )
    blocks = [_headed(block, look) for block in (attempts, releases) if len(block) > 1]
    return [line for number, block in enumerate(blocks) for line in (["", *block] if number else block)]


def check_report_lines(report: CheckReport, look: Look) -> list[str]:
    """Return a line a file, with what was found in it underneath."""
    files = [(report.settings, report.findings), *((file.path, file.findings) for file in report.files)]
    lines = [line for path, findings in files for line in _file_lines(path, findings, look)]
    return [*lines, *(line for config in report.configs for line in _config_lines(config, look))]


def diff_lines(diff: Diff, look: Look) -> list[str]:
    """Return what differs in meaning; or the unified diff, coloured as people know it, where that was asked for."""
    if not diff.is_text:
        return meaning_lines(diff.changes, look)
    return [_diff_line(safe(line), look) for line in diff.lines]


def log_lines(log: Log) -> list[str]:
    """Return the lines of a log, harmless to a terminal."""
    return [safe(line) for line in log.lines]


def log_line(line: LogLine) -> str:
    """Return a line of a log that is followed, harmless to a terminal."""
    return safe(line.text)


def _with_details(lines: list[str], history: History) -> list[str]:
    """Return the table with what was told of an attempt below its line, where it has the whole width."""
    told = [[f"  {safe(entry.detail)}"] if entry.detail else [] for entry in history.entries]
    return [*lines[:1], *(line for row, detail in zip(lines[1:], told, strict=True) for line in (row, *detail))]


def _attempt_row(entry: HistoryEntry) -> tuple[str, ...]:
    return (
        entry.at,
        entry.verb,
        entry.outcome,
        entry.release or "-",
        config_called(entry.config, entry.phase) if entry.config else "-",
        human_seconds(entry.seconds),
        "-" if entry.downtime_ms is None else f"{entry.downtime_ms} ms",
        entry.who,
    )


def _headed(lines: list[str], look: Look) -> list[str]:
    return [look.paint(lines[0], "bold"), *lines[1:]]


def _config_lines(config: ConfigReport, look: Look) -> list[str]:
    models = f"  {counted(len(config.models), 'model')}: {safe(', '.join(config.models))}" if config.models else ""
    return _file_lines(config.path, config.findings, look, look.paint(models, "dim") if models else "")


def _file_lines(path: str, findings: tuple[Finding, ...], look: Look, remark: str = "") -> list[str]:
    return [
        f"{_mark(findings, look)} {safe(path)}{remark}",
        *(f"  {look.mark(f.severity.value)} {finding_line(f)}" for f in ordered(findings)),
    ]


def _mark(findings: tuple[Finding, ...], look: Look) -> str:
    return look.mark("failed" if errors_in(findings) else "ok")


def _diff_line(line: str, look: Look) -> str:
    for start, colour in (("+++", "bold"), ("---", "bold"), ("@@", "cyan"), ("+", "green"), ("-", "red")):
        if line.startswith(start):
            return look.paint(line, colour)
    return line
