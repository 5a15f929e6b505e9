"""What a plan says of its figures, in words: the same on a terminal and on a page."""

from __future__ import annotations

from collections.abc import Iterator

from ccdeploy.results import PhasePlan, Plan, PlannedCaller, PlannedModel
from ccdeploy.units import counted, human_bytes, human_seconds

MODEL_HEADER = ("model", "context", "keep_alive", "weights", "KV", "buffers", "total", "for")


def title(plan: Plan) -> str:
    """Return which config is planned, for how much memory, by whose rules."""
    if plan.memory_bytes is None:
        memory = "a memory that is not known"
    else:
        memory = f"{human_bytes(plan.memory_bytes)} of memory (by {plan.memory_from})"
    return f"{plan.config} in {memory}, as Ollama {plan.ollama_version} decides"


def phase_name(phase: PhasePlan) -> str:
    """Return what a phase is called."""
    return "all aliases" if phase.phase is None else f"phase {phase.phase}"


def model_row(model: PlannedModel) -> tuple[str, ...]:
    """Return the cells of a model, as MODEL_HEADER names them."""
    context = "?" if model.num_ctx_tokens is None else str(model.num_ctx_tokens)
    sizes = (model.weights_bytes, model.kv_bytes, model.compute_bytes, model.total_bytes)
    return (model.model, context, _keep_alive(model.keep_alive_s), *map(_size, sizes), ", ".join(model.aliases))


def together(phase: PhasePlan, plan: Plan) -> str:
    """Return what the models of a phase take, of how much, and from when on that is enough."""
    total = "not known" if phase.total_bytes is None else human_bytes(phase.total_bytes)
    budget = "" if plan.memory_bytes is None else f" of {human_bytes(plan.memory_bytes)}"
    return f"together {total}{budget}; {_least(phase, plan.memory_bytes)}"


def hourly(phase: PhasePlan, plan: Plan) -> str | None:
    """Return what an hour of traffic costs; None where nothing was simulated."""
    if phase.loads_per_hour is None:
        return None
    lost = f", {human_seconds(phase.lost_s_per_hour)} of it lost" if phase.lost_s_per_hour else ""
    loads = counted(round(phase.loads_per_hour), "load")
    return f"with one request for each every {human_seconds(plan.every_s)}: {loads} an hour{lost}"


def evictions(phase: PhasePlan) -> Iterator[str]:
    """Yield who has to go for whom, by which rule."""
    for one in phase.evictions:
        yield f"{one.loads} evicts {one.evicts} ({one.rule}: {one.because})"


def caller(called: PlannedCaller) -> str:
    """Return what somebody who calls models besides users costs."""
    loads = "not known" if called.loads_per_hour is None else counted(round(called.loads_per_hour), "load")
    return f"{called.caller}, every {human_seconds(called.every_s)}: {loads} an hour, with nobody else at work"


def _keep_alive(seconds: float | None) -> str:
    if seconds is None:
        return "default"
    return "for ever" if seconds < 0 else human_seconds(seconds)


def _size(size_bytes: int | None) -> str:
    return "?" if size_bytes is None else human_bytes(size_bytes)


def _least(phase: PhasePlan, memory_bytes: int | None) -> str:
    if phase.minimum_bytes is None:
        return "no memory makes it stable" if phase.verdict == "thrash" else "the least memory is not known"
    if phase.verdict == "stable" and memory_bytes is not None and phase.minimum_bytes > memory_bytes:
        return f"none goes for another, and all of it is on the GPU from {human_bytes(phase.minimum_bytes)} on"
    return f"stable from {human_bytes(phase.minimum_bytes)} on"
