"""The check of the way that users take, through Traefik; its faults are the route's, not the host's."""

from __future__ import annotations

import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.litellm import answers
from ccdeploy.litellm.answers import Auth
from ccdeploy.litellm.endpoints import MODELS
from ccdeploy.results import Check
from ccdeploy.secret import Secret, mask
from ccdeploy.traefik.answers import Source, answer_of
from ccdeploy.verify.proxy import authorization, compared, timed

if TYPE_CHECKING:
    import httpx

    from ccdeploy.litellm.promise import Promise


# Traefik's own words for a server that does not answer, or not yet again: 502, 503 and 504 of its own.
_PASSING = frozenset({502, 503, 504})


# What httpx adds by itself: everything else among a client's headers is of the settings, and may be a secret.
_ITS_OWN = frozenset({"accept", "accept-encoding", "connection", "user-agent"})


def look(client: httpx.Client, key: Secret | None, promise: Promise) -> tuple[Check, bool]:
    """Check that the same list comes through Traefik; return also whether what is wrong may pass by itself."""
    may_pass = False

    def ask() -> tuple[bool, str]:
        nonlocal may_pass
        answer = _asked(client, key)
        auth = answers.auth_of(answer.status_code, answer.content, key_was_sent=key is not None)
        who = answer_of(answer.status_code, dict(answer.headers), answer.content)
        if auth is not Auth.ACCEPTED or not who.is_proxy:
            may_pass = who.source is Source.TRAEFIK and answer.status_code in _PASSING
            told = who.sentence or f"the proxy answers {answer.status_code} there"
            return False, f"{client.base_url}: {told}" + (f"; {who.remedy}" if who.remedy else "")
        is_same, detail = compared(promise, answers.model_names(answer.content))
        return is_same, detail if is_same else f"{client.base_url} serves another list: {detail}"

    check = timed("route", "route", ask)
    return replace(check, detail=mask(check.detail, _secrets_of(client))), may_pass


def _asked(client: httpx.Client, key: Secret | None) -> httpx.Response:
    """Ask for the list. Raises ValueError with the remedy for a certificate that is not trusted."""
    import httpx

    try:
        return client.get(MODELS, headers=authorization(key))
    except httpx.ConnectError as exc:
        fault = _of_certificate(exc)
        if fault is None:
            raise
        said = fault.verify_message.lower().rstrip(".")
        raise ValueError(f"{client.base_url}: its certificate is not trusted: {said}; {_remedy(said)}") from exc


def _of_certificate(exc: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while exc is not None and not isinstance(exc, ssl.SSLCertVerificationError):
        exc = exc.__cause__ or exc.__context__
    return exc


def _remedy(said: str) -> str:
    if "expired" in said:
        return "renew it"
    if "mismatch" in said:
        return "write a name that it has in traefik.url"
    if said.startswith("self-signed certificate") and "chain" not in said:
        return "Traefik shows one like this where it has none for the name in traefik.url"
    return "put the certificate of its CA into traefik.ca_file"


def _secrets_of(client: httpx.Client) -> list[Secret]:
    return [Secret(value) for name, value in client.headers.items() if name.lower() not in _ITS_OWN]
