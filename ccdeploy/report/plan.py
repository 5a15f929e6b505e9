"""A plan as a report: each phase with its models, what becomes of them, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from ccdeploy.report.budget_bar import bar_lines, scale_bytes
from ccdeploy.report.look import Look
from ccdeploy.report.text import safe, table
from ccdeploy.report.timeline import timeline_lines
from ccdeploy.results import PhasePlan, Plan, PlannedModel, Replays
from ccdeploy.units import counted, human_bytes, human_seconds

_MARKS = {"stable": "ok", "order-dependent": "warning", "thrash": "error", "unknown": "known"}
_HEADER = ("model", "context", "keep_alive", "weights", "KV", "buffers", "total", "for")


def plan_lines(plan: Plan, look: Look) -> list[str]:
    """Return what there is, the phases with their pictures, who else calls models, and findings with remedies."""
    lines = [look.paint(safe(f"{plan.config} in {_memory(plan)}, as Ollama {plan.ollama_version} decides"), "bold")]
    whole_bytes = scale_bytes(plan)
    for phase in plan.phases:
        lines += ["", *_phase_lines(phase, plan, look)]
        for picture in (bar_lines(phase, plan.memory_bytes, whole_bytes, look), timeline_lines(phase, look)):
            lines += ["", *picture] if picture else []
    for caller in plan.callers:
        loads = "not known" if caller.loads_per_hour is None else counted(round(caller.loads_per_hour), "load")
        every = human_seconds(caller.every_s)
        lines += ["", safe(f"{caller.caller}, every {every}: {loads} an hour, with nobody else at work")]
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


def _memory(plan: Plan) -> str:
    if plan.memory_bytes is None:
        return "a memory that is not known"
    return f"{human_bytes(plan.memory_bytes)} of memory (by {plan.memory_from})"


def _phase_lines(phase: PhasePlan, plan: Plan, look: Look) -> Iterator[str]:
    name = "all aliases" if phase.phase is None else f"phase {phase.phase}"
    yield f"{look.mark(_MARKS[phase.verdict])} {look.paint(f'{name}: {phase.verdict}', 'bold')}"
    yield from (f"  {line}" for line in table(_HEADER, [_row(model) for model in phase.models], _width(look)))
    total = "not known" if phase.total_bytes is None else human_bytes(phase.total_bytes)
    budget = "" if plan.memory_bytes is None else f" of {human_bytes(plan.memory_bytes)}"
    yield f"  together {total}{budget}; {_least(phase)}"
    if phase.loads_per_hour is not None:
        lost = f", {human_seconds(phase.lost_s_per_hour)} of it lost" if phase.lost_s_per_hour else ""
        every = human_seconds(plan.every_s)
        yield f"  with one request for each every {every}: {counted(round(phase.loads_per_hour), 'load')} an hour{lost}"
    for one in phase.evictions:
        yield safe(f"  {one.loads} evicts {one.evicts} ({one.rule}: {one.because})")
    yield from (safe(f"  preload: {line}") for line in phase.preload)
    yield from (safe(f"  missing: {what}") for what in phase.missing)


def _row(model: PlannedModel) -> tuple[str, ...]:
    context = "?" if model.num_ctx_tokens is None else str(model.num_ctx_tokens)
    return (
        model.model,
        context,
        _keep_alive(model.keep_alive_s),
        _size(model.weights_bytes),
        _size(model.kv_bytes),
        _size(model.compute_bytes),
        _size(model.total_bytes),
        ", ".join(model.aliases),
    )


def _keep_alive(seconds: float | None) -> str:
    if seconds is None:
        return "default"
    return "for ever" if seconds < 0 else human_seconds(seconds)


def _least(phase: PhasePlan) -> str:
    if phase.minimum_bytes is None:
        return "no memory makes it stable" if phase.verdict == "thrash" else "the least memory is not known"
    return f"stable from {human_bytes(phase.minimum_bytes)} on"


def _size(size_bytes: int | None) -> str:
    return "?" if size_bytes is None else human_bytes(size_bytes)


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
