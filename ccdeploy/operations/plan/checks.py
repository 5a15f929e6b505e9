"""What health checks alone would load: with nobody else at work, by the hour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccdeploy.litellm.callers import Checks, background_checks, polled_checks
from ccdeploy.ollama.planning.traffic import Caller, outlook
from ccdeploy.operations.plan.phase import HOUR_S, Traffic
from ccdeploy.operations.plan.working_set import WorkingSet, working_set
from ccdeploy.results.plan import PlannedCaller

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.ollama.server import Server
    from ccdeploy.operations.plan.basis import Basis

CHECK_S = 1.0  # 16 tokens of an answer


def called_sets(config: Config, basis: Basis) -> Iterator[tuple[Checks, WorkingSet]]:
    """Yield each kind of health check that calls models, and which it calls."""
    polled = polled_checks(config, basis.poll_s) if basis.poll_s else None
    for checks in (background_checks(config), polled):
        if checks is not None:
            aliases = dict.fromkeys(deployment.alias for deployment in checks.deployments)
            yield checks, working_set(config, aliases, basis)


def planned_caller(checks: Checks, working: WorkingSet, server: Server, traffic: Traffic) -> PlannedCaller:
    """Return what the checks come to."""
    names = tuple(member.model.name for member in (*working.members, *working.unknown))
    loads = None
    if server.gpu_total_bytes is not None and not working.unknown and working.members:
        caller = Caller(working.members, checks.every_s, CHECK_S, checks.timeout_s)
        loads = outlook(caller, server, HOUR_S, traffic.load_bytes_per_s).loads_per_hour
    return PlannedCaller(checks.caller, checks.every_s, names, loads)
