"""Traefik in front of the proxy: what its health check asks for, and whether it sends requests twice."""

from __future__ import annotations

from collections.abc import Sequence

from ccdeploy.findings import Finding, error, note, warning
from ccdeploy.litellm.endpoints import READINESS, may_call_model
from ccdeploy.operations import lookout
from ccdeploy.operations.doctor.seen import Judged, Seen, TraefikSeen
from ccdeploy.operations.wiring import slot
from ccdeploy.traefik.services import Seen as Services
from ccdeploy.traefik.services import Service, shows


def judge(seen: Seen) -> Judged:
    """Say what Traefik does to the proxy that it should not."""
    if seen.host.traefik is None:
        yield "traefik: none in the settings; the way of the users is not looked at"
        return
    traefik = seen.traefik
    if traefik is None or traefik.services is None:
        yield _unseen(seen, traefik)
        return
    if traefik.version:
        yield f"traefik: {traefik.version}, seen at {traefik.source}"
    ours = traefik.services.leading_to(upstreams(seen))
    yield from _way(seen, traefik, ours)
    yield from _switch(seen, traefik.services)
    found = [*_health(seen, ours), *_mirrors(seen, ours)]
    yield from found
    if ours and not found:
        paths = sorted({one.health_path for one in ours if one.health_path})
        yield f"health check: {', '.join(paths)}, which calls no model" if paths else "health check: Traefik makes none"
        yield "mirroring: none"


def upstreams(seen: Seen) -> list[str]:
    """Return the addresses by which Traefik may reach the proxy."""
    return lookout.upstreams(seen.host)


def _unseen(seen: Seen, traefik: TraefikSeen | None) -> Finding:
    fault = traefik.fault if traefik and traefik.fault else "what Traefik does cannot be seen"
    api = seen.host.traefik.api if seen.host.traefik else None
    message = f"{fault}; its health check may call models, and it may send requests twice"
    if api is not None:
        remedy = "in Traefik's own configuration, `api: {insecure: true}`, and its entry point on a loopback address"
        return warning("traefik-unseen", seen.name, message, remedy)
    remedy = f'in configs/hosts.yaml, hosts.{seen.name}.traefik: `api: "http://127.0.0.1:8080"`'
    return note("traefik-unseen", seen.name, message, remedy)


def _way(seen: Seen, traefik: TraefikSeen, ours: Sequence[Service]) -> Judged:
    """Say when no router leads to the port that serves."""
    assert traefik.services is not None  # noqa: S101  # looked at just before
    wanted = slot(seen.host, seen.facts.slots.active).url
    names = {one.name for one in traefik.services.leading_to([wanted])}
    if not names:
        others = f"; it leads to {', '.join(s for one in ours for s in one.servers)}" if ours else ""
        message = f"no service of Traefik leads to {wanted} ({traefik.source}){others}"
        is_ours = seen.facts.dynamic is not None and seen.facts.dynamic.written is not None
        by_hand = f'in Traefik\'s service: `servers: [{{url: "{wanted}"}}]`'
        remedy = f"ccdeploy restart --host {seen.name}" if is_ours else by_hand
        yield warning("traefik-upstream", seen.name, message, remedy)
    elif traefik.version and not names & traefik.services.routed:  # one file need not hold the router too
        message = f"no router of Traefik leads to {', '.join(sorted(names))} ({traefik.source})"
        name = sorted(names)[0].partition("@")[0]
        yield warning("traefik-upstream", seen.name, message, f"give a router of Traefik `service: {name}`")


def _switch(seen: Seen, services: Services) -> Judged:
    """Say when Traefik does not go by the file that blue-green switches by."""
    found, settings = seen.facts.dynamic, seen.host.traefik
    if seen.host.strategy != "blue-green" or settings is None or found is None or found.written is None:
        return
    fallback = slot(seen.host, found.written.fallback) if found.written.fallback is not None else None
    if not shows(services, settings.service, slot(seen.host, found.written.to), fallback):
        message = f"Traefik does not go by {found.path}, by which blue-green switches"
        hint = "let its file provider watch that folder, and no other router take the same requests"
        yield error("traefik-not-shown", seen.name, message, hint)


def _health(seen: Seen, ours: Sequence[Service]) -> Judged:
    for one in ours:
        # Whatever the config of today lets /health do: Traefik goes on asking when the next one serves.
        if one.health_path is None or not may_call_model("GET", one.health_path):
            continue
        message = f"the health check of Traefik's {one.name} asks for {one.health_path}: {_cost(seen, one)}"
        remedy = f"in Traefik's {one.name.partition('@')[0]}: `healthCheck: {{path: {READINESS}}}`"
        yield error("traefik-health", seen.name, message, remedy)


def _cost(seen: Seen, service: Service) -> str:
    """Return what such a look costs."""
    if not service.sends_key:
        return (
            "without a key LiteLLM refuses it, so Traefik takes the proxy for down; with one, each look would call "
            "every model at once"
        )
    if may_call_model("GET", service.health_path or "/", seen.now.config):
        return "with the key that it sends, each look calls every model at once"
    return "this config lets it call none; the next one may let each look call every model at once"


def _mirrors(seen: Seen, ours: Sequence[Service]) -> Judged:
    for one in ours:
        if not one.mirrors:
            continue
        message = (
            f"Traefik's {one.name} mirrors: it sends a copy of each request to {', '.join(one.mirrors)}, and a copy of "
            "a completion is a second run of the model, or the load of another"
        )
        part = one.parts[0].partition("@")[0] if one.parts else "the service itself"
        yield error("traefik-mirroring", seen.name, message, f"let Traefik's router lead past it: `service: {part}`")
