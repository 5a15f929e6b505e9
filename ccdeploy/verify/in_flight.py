"""How many requests a proxy has in flight, by its own count; the count reaches no model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import ForwardingForbidden
from ccdeploy.litellm import answers
from ccdeploy.litellm.endpoints import BACKLOG
from ccdeploy.secret import Secret
from ccdeploy.verify.proxy import authorization

if TYPE_CHECKING:
    import httpx

_PATIENCE_S = 2.0  # a proxy that is too busy to answer is asked again soon


def counted(client: httpx.Client, key: Secret | None) -> int | None:
    """Return how many requests are in flight beside our own; None when it does not tell.

    LiteLLM counts in each worker by itself: of a proxy with several, the answer is that of one of them.
    """
    import httpx

    try:
        # A connection that stays open would be taken for a request by whoever counts connections next.
        headers = {**authorization(key), "Connection": "close"}
        answer = client.get(BACKLOG, headers=headers, timeout=_PATIENCE_S)
        count = answers.in_flight(answer.status_code, answer.content)
    except (httpx.HTTPError, ForwardingForbidden, ValueError):
        return None
    return count - 1  # it counts the request that asks
