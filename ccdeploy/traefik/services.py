"""Traefik's services as its API tells them, or as a dynamic file has them: where they lead, and how they are watched.

Shapes seen with Traefik 3.7: /api/http/services, /api/http/routers and /api/http/middlewares.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ccdeploy.traefik.dynamic import SWITCH_HEADER, Slot, child

VERSION = "/api/version"
SERVICES = "/api/http/services?per_page=1000"
ROUTERS = "/api/http/routers?per_page=1000"
MIDDLEWARES = "/api/http/middlewares?per_page=1000"

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104  # compared, not listened on


@dataclass(frozen=True)
class Service:
    """A service: its servers, the path of its health check, and the services that it is made of.

    `sends_key` says that the health check carries an Authorization. `mirrors` are those that get a
    copy of each request. `status` is what its health checks found: UP or DOWN for each server, nothing
    for a service that no router leads to.
    """

    name: str  # name@provider
    servers: tuple[str, ...] = ()
    health_path: str | None = None
    sends_key: bool = False
    parts: tuple[str, ...] = ()
    mirrors: tuple[str, ...] = ()
    health_interval: str | None = None  # as Traefik writes it, such as `30s`
    status: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Seen:
    """What Traefik is set up to do, as far as it could be seen. Routers are rules by the service they lead to."""

    services: tuple[Service, ...]
    routed: frozenset[str]  # names of services that a router names

    def leading_to(self, urls: Collection[str]) -> tuple[Service, ...]:
        """Return the services with a server at one of these addresses, then those that are made of them."""
        wanted = {_place(url) for url in urls}
        found = [one for one in self.services if any(_place(server) in wanted for server in one.servers)]
        names = {one.name for one in found}
        while above := [o for o in self.services if o.name not in names and names & {*o.parts, *o.mirrors}]:
            found += above
            names |= {one.name for one in above}
        return tuple(found)


def of_api(services: bytes, routers: bytes) -> Seen:
    """Return what the API answered. Raises ValueError when that is no list."""
    found = [row for row in _list(services) if isinstance(row, dict) and isinstance(row.get("name"), str)]
    routes = [row for row in _list(routers) if isinstance(row, dict)]
    routed = {_full(str(row["service"]), str(row.get("provider", ""))) for row in routes if "service" in row}
    return Seen(tuple(_service(row["name"], str(row.get("provider", "")), row) for row in found), frozenset(routed))


def of_file(document: Any) -> Seen:
    """Return what a dynamic file says; what is of another shape than Traefik reads is passed over."""
    http = _mapping(_mapping(document).get("http"))
    services = _mapping(http.get("services"))
    routers = _mapping(http.get("routers")).values()
    routed = {_full(str(router["service"]), "file") for router in routers if "service" in _mapping(router)}
    return Seen(
        tuple(_service(f"{name}@file", "file", _mapping(row)) for name, row in services.items()), frozenset(routed)
    )


def shows(seen: Seen, service: str, to: Slot, fallback: Slot | None) -> bool:
    """Whether Traefik has taken the file that leads to `to`: what its API shows is what traefik.dynamic writes."""
    named = {one.name: one for one in seen.services}

    def leads_to(name: str, slot: Slot) -> bool:
        found = named.get(f"{name}@file")
        return found is not None and not found.parts and [*map(_place, found.servers)] == [_place(slot.url)]

    if fallback is None:
        return leads_to(service, to)
    whole, parts = named.get(f"{service}@file"), {child(service, slot.port): slot for slot in (to, fallback)}
    is_failover = whole is not None and not whole.servers and whole.parts == tuple(f"{name}@file" for name in parts)
    return is_failover and all(leads_to(name, slot) for name, slot in parts.items())


def switch_number(middlewares: bytes, name: str) -> int | None:
    """Return the number of the dynamic file by the API's answer: the middleware `name` tells it in a header.

    None where it does not. Raises ValueError when the answer is no list.
    """
    for row in _list(middlewares):
        if isinstance(row, dict) and row.get("name") == name:
            told = _mapping(_mapping(row.get("headers")).get("customResponseHeaders")).get(SWITCH_HEADER)
            return int(told) if isinstance(told, str) and told.isdecimal() else None
    return None


def with_rule(routers: bytes, rule: str, but: str) -> tuple[str, ...]:
    """Return the routers of the API's answer with this very rule, but one. Raises ValueError when it is no list."""
    rows = [row for row in _list(routers) if isinstance(row, dict) and row.get("rule") == rule]
    names = sorted(str(row.get("name")) for row in rows if row.get("status", "enabled") == "enabled")
    return tuple(name for name in names if name != but)


def version(body: bytes) -> str:
    """Return the version of /api/version. Raises ValueError when there is none."""
    answer = _json(body)
    found = answer.get("Version") if isinstance(answer, dict) else None
    if not isinstance(found, str):
        raise ValueError("it answered without a version: is it Traefik's API that listens there?")
    return found


def _service(name: str, provider: str, row: Mapping[str, Any]) -> Service:
    balancer = _mapping(row.get("loadBalancer"))
    check = _mapping(balancer.get("healthCheck"))
    mirroring, failover = _mapping(row.get("mirroring")), _mapping(row.get("failover"))
    weighted = _mapping(row.get("weighted")).get("services")
    parts = [mirroring.get("service"), failover.get("service"), failover.get("fallback"), *_names(weighted)]
    headers = {str(header).lower() for header in _mapping(check.get("headers"))}
    return Service(
        name,
        tuple(str(server["url"]) for server in _rows(balancer.get("servers")) if "url" in server),
        str(check["path"]) if check.get("path") else None,
        "authorization" in headers,
        tuple(_full(part, provider) for part in parts if isinstance(part, str)),
        tuple(_full(part, provider) for part in _names(mirroring.get("mirrors"))),
        str(check["interval"]) if check.get("interval") else None,
        {str(server): str(found) for server, found in _mapping(row.get("serverStatus")).items()},
    )


def _full(name: str, provider: str) -> str:
    """Return the name with its provider: without one, a service of the same provider is meant."""
    return name if "@" in name or not provider else f"{name}@{provider}"


def _place(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:  # a port beyond 65535, an open bracket
        return (url, None)
    host = (parts.hostname or "").lower()
    return ("127.0.0.1" if host in _LOOPBACK else host, port)


def _names(rows: Any) -> list[str]:
    return [str(row["name"]) for row in _rows(rows) if "name" in row]


def _rows(value: Any) -> Iterable[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(body: bytes) -> list[Any]:
    answer = _json(body)
    if not isinstance(answer, list):
        raise ValueError("it answered without a list: is it Traefik's API that listens there?")
    return answer


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise ValueError("the answer is no JSON: is it Traefik's API that listens there?") from exc
