"""A plan as a report: each phase with its models, what becomes of them, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from ccdeploy.report import plan_words
from ccdeploy.report.budget_bar import bar_lines
from ccdeploy.report.look import Look
from ccdeploy.report.segments import scale_bytes
from ccdeploy.report.text import safe, table
from ccdeploy.report.timeline import timeline_lines
from ccdeploy.results import PhasePlan, Plan, Replays
from ccdeploy.units import counted

_MARKS = {"stable": "ok", "order-dependent": "warning", "thrash": "error", "unknown": "known"}


def plan_lines(plan: Plan, look: Look) -> list[str]:
    """Return what there is, the phases with their pictures, who else calls models, and findings with remedies."""
    lines = [look.paint(safe(plan_words.title(plan)), "bold")]
    whole_bytes = scale_bytes(plan)
    for phase in plan.phases:
        lines += ["", *_phase_lines(phase, plan, look)]
        for picture in (bar_lines(phase, plan.memory_bytes, whole_bytes, look), timeline_lines(phase, look)):
            lines += ["", *picture] if picture else []
    for caller in plan.callers:
        lines += ["", safe(plan_words.caller(caller))]
    if plan.findings:
        lines.append("")
    for finding in plan.findings:
        where = f"{finding.where}: " if finding.where else ""
        lines.append(f"{look.mark(finding.severity.value)} {safe(f'{where}{finding.message} [{finding.code}]')}")
        lines += [f"  {look.arrow} {safe(finding.hint)}"] if finding.hint else []
    return lines


def replay_lines(replays: Replays) -> list[str]:
    """Return the events of each replayed trace, and how its requests ended."""
    lines: list[str] = []
    for document in replays.documents:
        lines += ["", *_replayed(document)] if lines else _replayed(document)
    return lines


def _phase_lines(phase: PhasePlan, plan: Plan, look: Look) -> Iterator[str]:
    yield f"{look.mark(_MARKS[phase.verdict])} {look.paint(f'{plan_words.phase_name(phase)}: {phase.verdict}', 'bold')}"
    body = [plan_words.model_row(model) for model in phase.models]
    yield from (f"  {line}" for line in table(plan_words.MODEL_HEADER, body, _width(look)))
    yield f"  {plan_words.together(phase, plan)}"
    if told := plan_words.hourly(phase, plan):
        yield f"  {told}"
    yield from (safe(f"  {text}") for text in plan_words.evictions(phase))
    yield from (safe(f"  preload: {line}") for line in phase.preload)
    yield from (safe(f"  missing: {what}") for what in phase.missing)


def _width(look: Look) -> int | None:
    return None if look.width is None else max(look.width - 2, 20)


def _replayed(document: dict[str, object]) -> list[str]:
    events, requests = document["events"], document["requests"]
    if not isinstance(events, list) or not isinstance(requests, list):
        return []
    body = [(f"{e['at_s']:.3f}", e["event"], e["model"], e["why"]) for e in events]
    ends = {str(outcome): 0 for outcome in ("served", "gave_up", "rejected", "waiting")}
    for request in requests:
        ends[request["outcome"]] += 1
    loads = sum(event["event"] == "load" for event in events)
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in ends.items() if count) or "no requests"
    title = safe(f"{document['name'] or 'the trace'}: {counted(loads, 'load')}; {told}")
    return [title, *(f"  {line}" for line in table(("at (s)", "event", "model", "why"), body))]
