"""Which file Traefik goes by, by an answer through it: only ours gives the headers that tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccdeploy.litellm.answers import is_alive
from ccdeploy.litellm.endpoints import LIVELINESS
from ccdeploy.traefik.dynamic import SLOT_HEADER, SWITCH_HEADER

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Told:
    """What an answer through Traefik tells: the port that the file leads to and the file's number, by its headers.

    Both are None where no header tells it. `is_proxy` says that it is the proxy's answer: then it came by another way.
    """

    port: int | None = None
    number: int | None = None
    is_proxy: bool = False


def told(client: httpx.Client) -> Told:
    """Ask through Traefik, and return what the answer tells of its file. Reaches no model."""
    import httpx

    try:
        answer = client.get(LIVELINESS)
    except httpx.HTTPError:
        return Told()
    words = answer.headers.get(SLOT_HEADER, ""), answer.headers.get(SWITCH_HEADER, "")
    port, number = (int(word) if word.isascii() and word.isdigit() else None for word in words)
    return Told(port, number, is_alive(answer.status_code, answer.content))
