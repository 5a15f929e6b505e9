"""The findings of a plan: what is refused, and what is good to know beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, error, note, warning
from ccdeploy.litellm.phases import Phase, uncovered_agents
from ccdeploy.units import human_bytes

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.results.plan import PhasePlan, PlannedCaller, PlannedEviction, PlannedModel

THRASH = "thrash"  # the code that `deploy --allow` takes
_RULES = {
    "room": "{loads} does not fit beside {evicts} ({because})",
    "cap": "{loads} would be one too many ({because}), so {evicts} has to go",
    "options": "{loads} and {evicts} are one file and ask for different contexts ({because}; ollama#10948)",
}


def judged_phase(config: Config, phase: Phase, planned: PhasePlan, host: str) -> Iterator[Finding]:
    """Yield what is wrong with a phase, and what is not known of it; `host` as it stands in a remedy."""
    where, named = _where(config, planned), _named(planned)
    if not phase.aliases:
        yield warning("empty-phase", where, f"{named} has no alias", "give an alias that phase, or leave it out")
    if planned.verdict == "thrash":
        yield error(THRASH, where, f"{named}: {_thrash_sentence(planned)}", _thrash_remedy(planned))
    elif planned.verdict == "order-dependent":
        order = ", then ".join(planned.order)
        why = _rule_sentence(planned.evictions[0])
        hint = f"load {order}, as the lines under `preload` of `plan` do on the host{_more_memory(planned)}"
        yield warning("order-dependent", where, f"{named}: it matters who is asked first: {why}", hint)
    elif planned.verdict == "unknown":
        message = f"{named}: whether its models fit is not known: {'; '.join(planned.missing)}"
        yield warning("plan-unknown", where, message, _remedy(planned, host))
    for model in planned.models:
        yield from _judged_model(config, model)


def judged_caller(config: Config, caller: PlannedCaller, verdict: str) -> Iterator[Finding]:
    """Yield what health checks do that nobody wants of them."""
    if verdict != THRASH:
        return
    loads = "" if caller.loads_per_hour is None else f", {caller.loads_per_hour:.0f} loads an hour"
    message = f"{caller.caller} every {caller.every_s:g} s call {_listed(caller.models)}, which thrash{loads}"
    hint = (
        "write background_health_checks: false and health_check_skip_disabled_background_models: true, and in each "
        "model_info disable_background_health_check: true"
    )
    yield error(THRASH, config.where(("general_settings",)), message, hint)


def judged_memory(config: Config, planned: PhasePlan, memory_bytes: int | None) -> Iterator[Finding]:
    """Yield which models are larger than all of the memory: a part of them runs on the CPU."""
    for model in planned.models:
        total = model.total_bytes
        if memory_bytes is not None and total is not None and total > memory_bytes:
            message = (
                f"{model.model} takes {human_bytes(total)} with {model.num_ctx_tokens} tokens of context, more than "
                f"the {human_bytes(memory_bytes)} that there are: a part of it will run on the CPU, slowly"
            )
            yield warning("partial-offload", _where_alias(config, model), message, "ask for less context")


def judged_agents(config: Config) -> Iterator[Finding]:
    """Yield the agents that no alias names."""
    if missing := uncovered_agents(config):
        shown = ", ".join(map(str, missing))
        yield note("agents-uncovered", config.where(), f"no alias names agent {shown}", "name it in `agents`")


def _judged_model(config: Config, model: PlannedModel) -> Iterator[Finding]:
    given, wanted = model.num_ctx_tokens, model.wanted_num_ctx_tokens
    if given is not None and wanted is not None and given < wanted:
        message = (
            f"{_listed(model.aliases)}: {model.model} was trained for {given} tokens, so {wanted} are silently {given}"
        )
        hint = f"write num_ctx: {given}, or take a model that was trained for more"
        yield warning("context-clamped", _where_alias(config, model), message, hint)


def _thrash_sentence(planned: PhasePlan) -> str:
    pair = _worst(planned)
    loads = f"{planned.loads_per_hour:.0f} loads an hour" if planned.loads_per_hour else "loads without end"
    if pair.loads == pair.evicts:
        names = " and ".join(alias for model in planned.models if model.model == pair.loads for alias in model.aliases)
        return f"{names} ask for {pair.loads} with different contexts, {loads} ({pair.because}; ollama#10948)"
    return f"{pair.loads} and {pair.evicts} evict each other, {loads}: {_rule_sentence(pair)}"


def _worst(planned: PhasePlan) -> PlannedEviction:
    """Return the pair that needs the most memory: no other change helps while it stays."""
    sizes = {model.model: model.predicted_bytes or model.weights_bytes or 0 for model in planned.models}
    return max(planned.evictions, key=lambda e: sizes.get(e.loads, 0) + sizes.get(e.evicts, 0))


def _rule_sentence(eviction: PlannedEviction) -> str:
    said = _RULES[eviction.rule]
    return said.format(loads=eviction.loads, evicts=eviction.evicts, because=eviction.because)


def _thrash_remedy(planned: PhasePlan) -> str:
    rules = {eviction.rule for eviction in planned.evictions}
    if rules == {"options"}:
        return "give all names of one file the same num_ctx"
    if rules == {"cap"}:
        return "put the aliases into phases, or raise OLLAMA_MAX_LOADED_MODELS and say so in ollama.max_loaded_models"
    return f"put the aliases into phases, ask for less context{_more_memory(planned)}, or --allow {THRASH}"


def _more_memory(planned: PhasePlan) -> str:
    return f", or give them {human_bytes(planned.minimum_bytes)} of memory" if planned.minimum_bytes else ""


def _remedy(planned: PhasePlan, host: str) -> str:
    if any("memory" in what for what in planned.missing):
        return f"set hosts.{host}.ollama.memory in configs/hosts.yaml"
    return asking(host)


def asking(host: str) -> str:
    """Return how to find out what models.yaml does not say."""
    return f"`ccdeploy models --host {host} --save` asks the host, and loads nothing"


def _named(planned: PhasePlan) -> str:
    return "the config" if planned.phase is None else f"phase {planned.phase}"


def _where(config: Config, planned: PhasePlan) -> str:
    return _where_alias(config, planned.models[0]) if planned.models else config.where()


def _where_alias(config: Config, model: PlannedModel) -> str:
    return next((d.where for d in config.deployments if d.alias in model.aliases), config.where())


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
