"""The traps of a config that turn one request into several loads: time-outs, retries, fallbacks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, warning
from ccdeploy.litellm.fallbacks import EVERY, Fallback, fallbacks
from ccdeploy.litellm.patience import Patience, patience, retries
from ccdeploy.litellm.routing import routed
from ccdeploy.ollama.answers import normalised
from ccdeploy.ollama.planning.coexistence import coexistence
from ccdeploy.operations.plan.working_set import WorkingSet, working_set
from ccdeploy.units import human_seconds

if TYPE_CHECKING:
    from ccdeploy.litellm.callers import Checks
    from ccdeploy.litellm.config import Config
    from ccdeploy.litellm.deployment import Deployment
    from ccdeploy.litellm.phases import Phase
    from ccdeploy.ollama.planning.member import Member
    from ccdeploy.operations.plan.basis import Basis
    from ccdeploy.yamltext import Path

_SHORTEST_S = 60  # of what is recommended
_MOST_MODELS = 8  # in a phase: beyond, who would have to go for a fallback is not worked out


def judged_timeouts(config: Config, phase: Phase, working: WorkingSet, basis: Basis) -> Iterator[Finding]:
    """Yield the time-outs that end before a model is loaded, when one other of the phase is loaded first."""
    loads = {member.model.name: (member.model.file_bytes or 0) / basis.load_bytes_per_s for member in working.members}
    worst: dict[Path, tuple[float, Finding]] = {}  # a setting for all aliases is told once
    for deployment in _deployments(config, phase.aliases):
        name = normalised(deployment.bare_model)
        if name not in loads:
            continue
        others = [seconds for other, seconds in loads.items() if other != name]
        needed_s = loads[name] + max(others, default=0.0)
        for each in patience(config, deployment):
            if each.seconds < needed_s and needed_s > worst.get(each.path, (0.0,))[0]:
                worst[each.path] = (needed_s, _too_short(config, deployment, each, (loads[name], needed_s)))
    yield from (finding for _, finding in worst.values())


def judged_check_timeout(config: Config, checks: Checks, working: WorkingSet, basis: Basis) -> Iterator[Finding]:
    """Yield a warning when health checks leave before their models, one loaded after the other, are there."""
    needed_s = sum(member.model.file_bytes or 0 for member in working.members) / basis.load_bytes_per_s
    if checks.timeout_s >= needed_s:
        return
    message = (
        f"{checks.caller} give up after {checks.timeout_s:g} s, and loading what they call takes "
        f"{human_seconds(needed_s)}: a load that nobody waits for is ended, and begins again with the next check"
    )
    hint = f"write health_check_timeout: {_roomy(needed_s)} in each model_info, or let the checks call no model"
    yield warning("timeout-short", config.where(("general_settings",)), message, hint)


def judged_fallbacks(config: Config, phase: Phase, working: WorkingSet, basis: Basis) -> Iterator[Finding]:
    """Yield the fallbacks that make a failed request the load of a model that the phase does not have."""
    if phase.number is None:
        return
    for fallback in fallbacks(config):
        if fallback.source != EVERY and fallback.source not in phase.aliases:
            continue
        for target in fallback.targets:
            asked = working_set(config, (target,), basis)
            new = [one for one in (*asked.members, *asked.unknown) if not _is_there(one, working)]
            if target not in phase.aliases and new:
                victims = ", ".join(_victims(working, asked, basis))
                loads = ", ".join(member.model.name for member in new) + (
                    f", which evicts {victims}" if victims else ""
                )
                yield _leads_out(config, phase, fallback, target, loads)


def _too_short(config: Config, deployment: Deployment, each: Patience, load: tuple[float, float]) -> Finding:
    own_s, needed_s = load
    behind = f", and {human_seconds(needed_s)} behind another load" if needed_s > own_s else ""
    again = retries(config, deployment)
    then = f"; LiteLLM then asks again, {again + 1} loads for one request" if again else ""
    message = (
        f"alias '{deployment.alias}': {each.key} is {each.seconds:g} s, and loading {deployment.bare_model} takes "
        f"{human_seconds(own_s)}{behind}: a load that nobody waits for is ended{then}"
    )
    also = ", and litellm_settings.num_retries: 0" if again else ""
    return warning("timeout-short", config.where(each.path), message, f"write {each.key}: {_roomy(needed_s)}{also}")


def _leads_out(config: Config, phase: Phase, fallback: Fallback, target: str, loads: str) -> Finding:
    source = "any alias" if fallback.source == EVERY else f"'{fallback.source}'"
    message = (
        f"phase {phase.number}: a request for {source} that fails goes to '{target}', which is not of this phase: it "
        f"loads {loads}"
    )
    hint = "fall back to an alias of the phase, or to none"
    return warning("fallback-loads", config.where(fallback.path), message, hint)


def _victims(working: WorkingSet, asked: WorkingSet, basis: Basis) -> list[str]:
    """Return who of the phase may have to go for what is asked for."""
    if basis.server.gpu_total_bytes is None or len(working.members) > _MOST_MODELS:
        return []
    found = coexistence((*working.members, *asked.members), basis.server)
    new = {member.model.blob for member in asked.members}
    return list(
        dict.fromkeys(
            one.victim.model.name
            for one in found.evictions
            if one.loader.model.blob in new and one.victim.model.blob not in new
        )
    )


def _is_there(member: Member, working: WorkingSet) -> bool:
    return any(
        member.model.blob == other.model.blob and member.num_ctx_tokens == other.num_ctx_tokens
        for other in (*working.members, *working.unknown)
    )


def _deployments(config: Config, aliases: Iterable[str]) -> Iterator[Deployment]:
    for alias in aliases:
        yield from routed(config, alias)


def _roomy(seconds: float) -> int:
    """Return twice as long, in whole minutes: a disk that is busy is slower."""
    return max(math.ceil(2 * seconds / 60) * 60, _SHORTEST_S)
