"""The whole plan of a config: each phase, who else calls its models, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, ordered
from ccdeploy.litellm.phases import phases
from ccdeploy.ollama.planning.coexistence import coexistence
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.simulation import ASSUMED_BYTES_PER_S
from ccdeploy.operations.plan import judge
from ccdeploy.operations.plan.checks import called_sets, planned_caller
from ccdeploy.operations.plan.phase import Traffic, planned_phase
from ccdeploy.operations.plan.working_set import working_set
from ccdeploy.results.plan import PhasePlan, Plan, PlannedCaller

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.ollama.model import Model

EVERY_S = 30.0  # how often each alias is asked for, where nobody says: as in the incident
NEWEST = "0.33.0"  # the Ollama that is planned for, where nobody says which one there is


@dataclass(frozen=True)
class Basis:
    """What a plan is made for: one Ollama, its models, and the traffic. `poll_s`: somebody polls GET /health so often.

    `url` is the Ollama's: what a config sends to another one takes none of its memory.
    """

    models: Mapping[str, Model]
    server: Server = field(default_factory=lambda: Server(NEWEST, None))
    memory_from: str = "unknown"
    url: str | None = None
    every_s: float = EVERY_S
    load_bytes_per_s: float = ASSUMED_BYTES_PER_S
    poll_s: float | None = None


def plan(config: Config, name: str, basis: Basis) -> Plan:
    """Return what the config will do to the memory of the Ollama."""
    traffic = Traffic(basis.every_s, basis.load_bytes_per_s, basis.url)
    planned: list[PhasePlan] = []
    findings: list[Finding] = []
    for phase in phases(config):
        working = working_set(config, phase.aliases, basis.models, basis.server, basis.url)
        one = planned_phase(phase.number, working, basis.server, traffic)
        planned.append(one)
        findings += judge.judged_phase(config, phase, one)
        findings += judge.judged_memory(config, one, basis.server.gpu_total_bytes)
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
    for checks, working in called_sets(config, basis.models, basis.server, basis.url, basis.poll_s):
        one = planned_caller(checks, working, basis.server, traffic)
        callers.append(one)
        if basis.server.gpu_total_bytes is not None:
            findings += judge.judged_caller(config, one, coexistence(working.certain, basis.server).kind)
    return tuple(callers), findings
