"""One question to something on the host, whatever it is, and what became of it; nothing that is asked loads a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ccdeploy.errors import ForwardingForbidden

if TYPE_CHECKING:
    import httpx

Door = Literal["open", "closed", "forbidden"]


def door(client: httpx.Client, path: str) -> Door:
    """Return whether the way is open: somebody answers, nobody does, or the SSH server forbids to go there."""
    import httpx

    try:
        client.get(path)
    except ForwardingForbidden:
        return "forbidden"
    except httpx.HTTPError:
        return "closed"
    return "open"


def body(client: httpx.Client, path: str) -> bytes | None:
    """Return the body of an answer with 200; None for every other end."""
    import httpx

    try:
        answer = client.get(path)
    except (httpx.HTTPError, ForwardingForbidden):
        return None
    return answer.content if answer.status_code == 200 else None
