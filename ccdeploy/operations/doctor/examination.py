"""The examination: ask everything once, let each judge speak, and say which promises the host can keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, ordered
from ccdeploy.operations.doctor import (
    boot,
    clock,
    forwarding,
    host,
    log,
    ollama,
    path,
    power,
    promises,
    proxy,
    route,
    session,
    supervisor,
    traefik,
)
from ccdeploy.operations.doctor.look import look
from ccdeploy.operations.preflight import judge_host
from ccdeploy.remote.facts import gather
from ccdeploy.results import Doctor

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work

# In the order in which a person would look; findings are ordered by how bad they are.
_JUDGES = (host, proxy, supervisor, boot, forwarding, ollama, traefik, route, session, power, path, clock, log)


def doctor(work: Work) -> Doctor:
    """Judge the host without touching it."""
    with work.steps.step("facts", "ask the host") as told:
        facts = gather(work.transport, work.host)
        told.detail = f"release {facts.current}" if facts.current else "no release yet"
    with work.steps.step("look", "look at what stands around the proxy"):
        seen = look(work, facts)
    said = [*judge_host(facts, work.host), *(word for judge in _JUDGES for word in judge.judge(seen))]
    found = ordered(word for word in said if isinstance(word, Finding))
    in_order = tuple(word for word in said if isinstance(word, str))
    return Doctor(work.host.name, tuple(found), in_order, promises.judge(seen, found))
