"""The check of the way that users take, through Traefik; its faults are the route's, not the host's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.litellm import answers
from ccdeploy.litellm.answers import Auth
from ccdeploy.litellm.endpoints import MODELS
from ccdeploy.results import Check
from ccdeploy.traefik.answers import Source, answer_of
from ccdeploy.verify.proxy import authorization, compared, timed

if TYPE_CHECKING:
    import httpx

    from ccdeploy.litellm.promise import Promise
    from ccdeploy.secret import Secret


# Traefik's own words for a server that does not answer, or not yet again: 502, 503 and 504 of its own.
_PASSING = frozenset({502, 503, 504})


def look(client: httpx.Client, key: Secret | None, promise: Promise) -> tuple[Check, bool]:
    """Check that the same list comes through Traefik; return also whether what is wrong may pass by itself."""
    may_pass = False

    def ask() -> tuple[bool, str]:
        nonlocal may_pass
        answer = client.get(MODELS, headers=authorization(key))
        auth = answers.auth_of(answer.status_code, answer.content, key_was_sent=key is not None)
        if auth is not Auth.ACCEPTED:
            who = answer_of(answer.status_code, dict(answer.headers), answer.content)
            may_pass = who.source is Source.TRAEFIK and answer.status_code in _PASSING
            told = who.sentence or f"the proxy answers {answer.status_code} there"
            return False, f"{client.base_url}: {told}" + (f"; {who.remedy}" if who.remedy else "")
        is_same, detail = compared(promise, answers.model_names(answer.content))
        return is_same, detail if is_same else f"{client.base_url} serves another list: {detail}"

    return timed("route", "route", ask), may_pass
