"""The whole plan of a config: each phase, who else calls its models, and what is to be said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, ordered
from ccdeploy.litellm.phases import phases
from ccdeploy.ollama.planning.coexistence import coexistence
from ccdeploy.operations.plan import judge, traps
from ccdeploy.operations.plan.checks import called_sets, planned_caller
from ccdeploy.operations.plan.phase import Traffic, planned_phase
from ccdeploy.operations.plan.working_set import working_set
from ccdeploy.results.plan import PhasePlan, Plan, PlannedCaller

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.operations.plan.basis import Basis


def plan(config: Config, name: str, basis: Basis) -> Plan:
    """Return what the config will do to the memory of the Ollama."""
    traffic = Traffic(basis.every_s, basis.load_bytes_per_s, basis.url)
    planned: list[PhasePlan] = []
    findings: list[Finding] = []
    for phase in phases(config):
        working = working_set(config, phase.aliases, basis)
        one = planned_phase(phase.number, working, basis.server, traffic)
        planned.append(one)
        findings += judge.judged_phase(config, phase, one, basis.host)
        findings += judge.judged_memory(config, one, basis.server.gpu_total_bytes)
        findings += traps.judged_timeouts(config, phase, working, basis)
        findings += traps.judged_fallbacks(config, phase, working, basis)
    callers, of_callers = _callers(config, basis, traffic)
    findings += [*of_callers, *judge.judged_agents(config)]
    return Plan(
        config=name,
        memory_bytes=basis.server.gpu_total_bytes,
        memory_from=basis.memory_from,
        ollama_version=basis.server.version,
        every_s=basis.every_s,
        load_bytes_per_s=basis.load_bytes_per_s,
        phases=tuple(planned),
        callers=callers,
        findings=tuple(ordered(findings)),
    )


def _callers(config: Config, basis: Basis, traffic: Traffic) -> tuple[tuple[PlannedCaller, ...], list[Finding]]:
    callers: list[PlannedCaller] = []
    findings: list[Finding] = []
    for checks, working in called_sets(config, basis):
        one = planned_caller(checks, working, basis.server, traffic)
        callers.append(one)
        findings += traps.judged_check_timeout(config, checks, working, basis)
        if basis.server.gpu_total_bytes is not None:
            findings += judge.judged_caller(config, one, coexistence(working.certain, basis.server).kind)
    return tuple(callers), findings
