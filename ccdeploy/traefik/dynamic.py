"""The dynamic file that ccdeploy alone writes: which slot Traefik leads to, as text and back.

What is on the host, and whether Traefik took it, others know.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SLOT_HEADER = "X-Ccdeploy-Slot"
# Which file it is: two that lead to one place are told apart, before a switch that was taken back and after it.
SWITCH_HEADER = "X-Ccdeploy-Switch"
# Never /health: that one calls every model.
HEALTH_PATH = "/health/readiness"
HEALTH_TIMEOUT = "5s"
SWITCH_INTERVAL_S = 0.25  # while two slots serve: how soon a new proxy that dies is passed over
# 2 s and more of trying again, several times what a health check takes to see that a proxy died.
RETRY = {"attempts": 20, "initialInterval": "100ms"}
# Once more, for a proxy that ended with a request that it had not begun to answer: Traefik answers 502 then.
# Not oftener, since LiteLLM may say 502 too.
RESEND = {"attempts": 2, "initialInterval": "100ms", "status": ["502"], "retryNonIdempotentMethod": True}
RESENDS_FROM = (3, 7)  # an older Traefik knows no `status` there, and takes nothing of a file that has it

MARKER = "# Written by ccdeploy; it alone writes this file. What stands here is set in hosts.yaml: change it there."
_SLOTS = re.compile(r"# ccdeploy-slots: to=(\d{1,5}) fallback=(\d{1,5}|none) switch=(\d{1,9})")
_DIGEST = re.compile(r"# ccdeploy-sha256: ([0-9a-f]{64})")
# What JSON leaves as it is and YAML does not take, and the first of two braces: Traefik runs a file as a Go template.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]|\\{(?=\\{)")
# Traefik's own words; every other key is a name from the settings, and quoted.
_WORDS = """
http routers rule entryPoints tls certResolver middlewares service headers customResponseHeaders retry attempts
initialInterval services loadBalancer servers healthCheck path interval timeout failover fallback
status retryNonIdempotentMethod
"""
_PLAIN = frozenset(_WORDS.split())


@dataclass(frozen=True)
class Slot:
    """One of the two ports, and its address as Traefik reaches it."""

    port: int
    url: str


@dataclass(frozen=True)
class Wiring:
    """What the file says besides the slots. A middleware of another provider is `name@provider`."""

    router: str
    service: str
    rule: str
    entry_points: tuple[str, ...] = ()  # none: Traefik's default ones
    middlewares: tuple[str, ...] = ()
    is_tls: bool = False
    cert_resolver: str | None = None  # without TLS it has no meaning, and is left out
    health_interval_s: float = 5.0
    resends: bool = False  # while two slots serve; see RESENDS_FROM


@dataclass(frozen=True)
class Written:
    """What a file of ours says of itself; `is_whole` says that no other hand has changed it.

    `number` counts the files: each that is written has one more than the one before it.
    """

    to: int
    fallback: int | None
    is_whole: bool
    number: int = 1


def child(service: str, port: int) -> str:
    """Return the name that a slot's own service has beside `service`."""
    return f"{service}-{port}"


def teller(service: str) -> str:
    """Return the name of the middleware that tells by its headers which file Traefik goes by."""
    return f"{service}-slot"


def text(wiring: Wiring, to: Slot, fallback: Slot | None = None, number: int = 1) -> str:
    """Return the file that leads to a slot; with a fallback, the one that a switch passes through.

    Then what the new proxy does not take, by health check or by a refused connection, goes to the old one.
    """
    slots = f"# ccdeploy-slots: to={to.port} fallback={fallback.port if fallback else 'none'} switch={number}"
    body = [slots, *_yaml({"http": _http(wiring, to, fallback, number)})]
    return "".join(f"{line}\n" for line in (MARKER, f"# ccdeploy-sha256: {_digest(body)}", *body))


def read(text: str) -> Written | None:
    """Return what a file says of itself; None for one of another hand."""
    marker, digest, slots, *rest = [*text.split("\n"), "", ""]
    said = _SLOTS.fullmatch(slots)
    if marker != MARKER or not said:
        return None
    whole = _DIGEST.fullmatch(digest)
    # The last line ends too: hence the two that were added, and the empty one after the last newline.
    is_whole = whole is not None and rest[-3:] == ["", "", ""] and whole[1] == _digest([slots, *rest[:-3]])
    return Written(int(said[1]), None if said[2] == "none" else int(said[2]), is_whole, int(said[3]))


def _digest(body: list[str]) -> str:
    return hashlib.sha256("\n".join([MARKER, *body]).encode("utf-8", "surrogatepass")).hexdigest()


def _http(wiring: Wiring, to: Slot, fallback: Slot | None, number: int) -> dict[str, Any]:
    slot, retry = teller(wiring.service), f"{wiring.service}-retry"
    told = {SLOT_HEADER: str(to.port), SWITCH_HEADER: str(number)}
    ours: dict[str, Any] = {slot: {"headers": {"customResponseHeaders": told}}}
    if fallback and wiring.resends:
        ours[f"{wiring.service}-resend"] = {"retry": RESEND}
    if fallback:
        ours[retry] = {"retry": RETRY}
    return {
        "routers": {wiring.router: _router(wiring, [*wiring.middlewares, *ours])},
        "middlewares": ours,
        "services": _services(wiring, to, fallback),
    }


def _router(wiring: Wiring, middlewares: list[str]) -> dict[str, Any]:
    router: dict[str, Any] = {"rule": wiring.rule}
    if wiring.entry_points:
        router["entryPoints"] = list(wiring.entry_points)
    if wiring.is_tls:
        router["tls"] = {"certResolver": wiring.cert_resolver} if wiring.cert_resolver else {}
    return {**router, "middlewares": middlewares, "service": wiring.service}


def _services(wiring: Wiring, to: Slot, fallback: Slot | None) -> dict[str, Any]:
    if fallback is None:
        return {wiring.service: _balancer(to, wiring.health_interval_s)}
    interval_s = min(wiring.health_interval_s, SWITCH_INTERVAL_S)
    new, old = child(wiring.service, to.port), child(wiring.service, fallback.port)
    return {
        wiring.service: {"failover": {"service": new, "fallback": old, "healthCheck": {}}},
        new: _balancer(to, interval_s),
        old: _balancer(fallback, interval_s),
    }


def _balancer(slot: Slot, interval_s: float) -> dict[str, Any]:
    check = {"path": HEALTH_PATH, "interval": _duration(interval_s), "timeout": HEALTH_TIMEOUT}
    return {"loadBalancer": {"servers": [{"url": slot.url}], "healthCheck": check}}


def _duration(seconds: float) -> str:
    return f"{seconds:.0f}s" if seconds == round(seconds) else f"{round(seconds * 1000)}ms"


def _yaml(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Yield the lines of mappings in block style, so that a person can read them and a diff is small."""
    for key, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield f"{indent}{_key(key)}:"
            yield from _yaml(inner, indent + "  ")
        else:
            yield f"{indent}{_key(key)}: {_scalar(inner)}"


def _key(key: str) -> str:
    return key if key in _PLAIN else _scalar(key)


def _scalar(value: Any) -> str:
    """Return a value as JSON, which is YAML too: nothing of the settings can break out of its quotes."""
    json_text = json.dumps(value, ensure_ascii=False)  # as ASCII, an emoji would be two halves to YAML
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", json_text)
