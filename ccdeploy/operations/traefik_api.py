"""Traefik's API, as the host reaches it: what Traefik does with requests now. It is asked, never told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from ccdeploy.operations import verify
from ccdeploy.traefik import dynamic, services
from ccdeploy.verify import ask

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.traefik.services import Seen
    from ccdeploy.transport.seam import HttpClient


T = TypeVar("T")


def seen(work: Work) -> Seen | None:
    """Return the services that it shows; None where the settings name no API, or it does not answer."""
    return _parsed(work, services.SERVICES, lambda found: services.of_api(found, b"[]"))


def switch_number(work: Work, service: str) -> int | None:
    """Return the number of the dynamic file that it goes by; None where it does not tell."""
    name = f"{dynamic.teller(service)}@file"
    return _parsed(work, services.MIDDLEWARES, lambda found: services.switch_number(found, name))


def can_resend(work: Work) -> bool:
    """Whether this Traefik can send a request once more that a proxy ended with; False where it tells no version."""
    told = _parsed(work, services.VERSION, services.version) or ""
    words = told.removeprefix("v").split(".")[:2]
    return all(word.isdecimal() for word in words) and tuple(int(word) for word in words) >= dynamic.RESENDS_FROM


def rivals(work: Work, rule: str, router: str) -> tuple[str, ...]:
    """Return the other routers with this very rule; none where the API does not answer."""
    but = f"{router}@file"
    return _parsed(work, services.ROUTERS, lambda found: services.with_rule(found, rule, but=but)) or ()


def _parsed(work: Work, path: str, parse: Callable[[bytes], T]) -> T | None:
    """Return an answer of the API, parsed; None where it does not answer so."""
    with _asked(work) as asked:
        if asked is None:
            return None
        client, folder = asked
        found = ask.body(client, folder + path)
    try:
        return parse(found) if found is not None else None
    except ValueError:
        return None


@contextmanager
def _asked(work: Work) -> Iterator[tuple[HttpClient, str] | None]:
    """Yield a client and the folder that the API's paths begin with; None where it cannot be asked."""
    api = work.host.traefik.api if work.host.traefik else None
    place = verify.place(api) if api else None
    if api is None or place is None:
        yield None
        return
    address, port = place
    with work.transport.http(port, address) as client:
        yield client, urlsplit(api).path.rstrip("/")
