"""Whose answer a response through Traefik is: the proxy's, Traefik's own, or a login in front of it.

Traefik's own texts: Traefik 3, pkg/proxy/httputil (502, 504, 499), pkg/server/service/loadbalancer
("no available server"), and Go's http.NotFound ("404 page not found").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """Who answered."""

    PROXY = "proxy"  # what came is LiteLLM's, whatever its status
    TRAEFIK = "traefik"
    LOGIN = "login"  # a forward-auth or basic-auth in front of the proxy
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """Who answered, what that means, and what to do about it; both empty when it is the proxy."""

    source: Source
    sentence: str = ""
    remedy: str = ""

    @property
    def is_proxy(self) -> bool:
        """Whether the request reached the proxy."""
        return self.source is Source.PROXY


_OWN: dict[int, tuple[str, str]] = {
    404: ("Traefik has no route for this URL", "compare the router's rule with traefik.url"),
    499: ("Traefik saw the client leave before the proxy answered", "ask again"),
    502: ("Traefik cannot reach the proxy", "compare the service's URL with the port that serves"),
    503: (
        "Traefik takes every server of the service for down",
        "look at the service's health check: /health/readiness",
    ),
    504: ("Traefik waited too long for the proxy", "look at the proxy's log, and at Traefik's forwardingTimeouts"),
}
_REFUSALS = (401, 403, 407)
_PAST_A_LOGIN = "put the header that it wants into traefik.headers, or route this path past it"
_OWN_TEXTS: dict[int, tuple[bytes, ...]] = {
    404: (b"404 page not found",),
    499: (b"client closed request",),
    502: (b"bad gateway",),
    503: (b"no available server", b"service unavailable"),
    504: (b"gateway timeout",),
}


def answer_of(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Return who answered a request through Traefik; `headers` may have names in any case."""
    named = {name.lower(): value for name, value in headers.items()}
    if any(name.startswith("x-litellm-") for name in named):
        return Answer(Source.PROXY)
    kind = named.get("content-type", "").partition(";")[0].strip().lower()
    text = body[:200].strip().lower()
    if status in _OWN and kind in ("", "text/plain") and (not text or text in _OWN_TEXTS[status]):
        return Answer(Source.TRAEFIK, *_OWN[status])
    if (kind == "application/json" or kind.endswith("+json")) and (status not in _REFUSALS or _is_litellms(body)):
        return Answer(Source.PROXY)
    return _in_front(status, named, kind) or _other(status, kind, text)


def _is_litellms(body: bytes) -> bool:
    """Whether a refusal is in the form of LiteLLM or its framework: other logins answer in JSON too."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and (isinstance(said.get("error"), dict) or "detail" in said)


def _in_front(status: int, headers: Mapping[str, str], kind: str) -> Answer | None:
    if status in (301, 302, 303, 307, 308):
        target = headers.get("location", "")
        if _is_same_path_by_https(target):
            sentence = f"Traefik redirects to {_short(target)}"
            return Answer(Source.TRAEFIK, sentence, "write https:// in traefik.url")
        sentence = f"a login in front of the proxy redirects to {_short(target)}, and was not followed"
        return Answer(Source.LOGIN, sentence, _PAST_A_LOGIN)
    if status in _REFUSALS:
        scheme = headers.get("www-authenticate", "").partition(" ")[0]
        wants = f", and asks for {_short(scheme)}" if scheme else ""
        sentence = f"a login in front of the proxy answers {status} ({_short(kind or 'no content type')}){wants}"
        return Answer(Source.LOGIN, sentence, _PAST_A_LOGIN)
    return None


def _other(status: int, kind: str, text: bytes) -> Answer:
    if status == 200 and kind == "text/html":
        sentence = "a web page answers where the proxy should"
        remedy = f"compare traefik.url with the router's rule; if it is a login page, {_PAST_A_LOGIN}"
        return Answer(Source.UNKNOWN, sentence, remedy)
    if status == 500 and kind in ("", "text/plain") and text == b"internal server error":
        return Answer(Source.PROXY)  # LiteLLM without a database and without a key: see litellm.answers
    sentence = f"something that is neither the proxy nor Traefik answers {status} ({_short(kind or 'no content type')})"
    return Answer(Source.UNKNOWN, sentence, "ask who serves traefik.url")


def _is_same_path_by_https(target: str) -> bool:
    return target.startswith("https://") and not any(word in target.lower() for word in ("login", "auth", "sso", "?"))


def _short(text: str) -> str:
    # The query of a login redirect may hold a token, and so may its fragment.
    plain = "".join(c for c in text.partition("?")[0].partition("#")[0] if c.isprintable())
    return plain[:100] or "nowhere"
