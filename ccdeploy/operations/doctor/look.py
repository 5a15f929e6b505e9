"""What `doctor` asks: the host in three round trips, what can be reached on it over HTTP, and the users' way to it.

Nothing here writes, and nothing that is asked loads a model.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ccdeploy.findings import errors_in
from ccdeploy.litellm.endpoints import LIVELINESS
from ccdeploy.ollama import answers as ollama_answers
from ccdeploy.ollama.endpoints import VERSION as OLLAMA_VERSION
from ccdeploy.operations import verify
from ccdeploy.operations.doctor.seen import OllamaSeen, Seen, TraefikSeen
from ccdeploy.operations.preflight import may_be_stopped
from ccdeploy.operations.public import judge_route
from ccdeploy.remote.ollama import last_start_on
from ccdeploy.remote.surroundings import Surroundings, look_around
from ccdeploy.traefik import services
from ccdeploy.verify import ask, ollama
from ccdeploy.verify.ask import Door
from ccdeploy.verify.ollama import Before
from ccdeploy.yamltext import load

if TYPE_CHECKING:
    from ccdeploy.operations.candidate import Candidate
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts
    from ccdeploy.transport.seam import HttpClient


def look(work: Work, facts: Facts) -> Seen:
    """Ask everything that the judges want to know, beyond the facts."""
    around = look_around(work.transport, work.host, work.clock)
    now = verify.serving(facts)
    traefik = work.host.traefik
    doors = {address: _door(work, address, path) for address, path in _asked(work, facts, now)}
    bases = [base for base in _bases(work, now) if doors.get(_place(base) or "") != "forbidden"]
    can_compare = facts.root_exists and len(bases) == len(_bases(work, now))
    way = judge_route(work, facts)
    can_ask = not errors_in(way)
    return Seen(
        host=work.host,
        at=work.clock.now(),
        facts=facts,
        around=around,
        now=now,
        before=verify.baseline(work, facts, now, with_route=can_ask) if can_compare else Before(),
        doors=doors,
        ollamas=tuple(_ollamas(work, bases, doors)),
        traefik=_traefik(work, around) if traefik else None,
        reach=work.transport.reach(traefik.url, ca_file=traefik.ca_file) if traefik and can_ask else None,
        ollama_log=last_start_on(work.transport, work.host),
        way=tuple(way),
    )


def _asked(work: Work, facts: Facts, now: Candidate) -> Iterable[tuple[str, str]]:
    """Yield each address that verbs reach through the SSH connection, with a path that calls no model."""
    address = verify.loopback(work.host.listen.address)
    for port in work.host.listen.ports:
        who = facts.listeners[port]
        if not who or may_be_stopped(facts, work.host, who):  # a stranger is not spoken to
            yield f"{address}:{port}", LIVELINESS
    for base in _bases(work, now):
        if place := _place(base):
            yield place, OLLAMA_VERSION
    if work.host.traefik and (api := work.host.traefik.api) and (place := _place(api)):
        yield place, f"{urlsplit(api).path.rstrip('/')}{services.VERSION}"


def _door(work: Work, address: str, path: str) -> Door:
    with _client(work, address) as client:
        return ask.door(client, path)


def _bases(work: Work, now: Candidate) -> list[str]:
    """Return the addresses of every Ollama: those of the config that serves, and that of the settings."""
    wanted = list(ollama.wanted(now.config, now.env)) if now.config else []
    stated = [work.host.ollama.url.rstrip("/")] if work.host.ollama else []
    return list(dict.fromkeys([*wanted, *stated]))


def _ollamas(work: Work, bases: Iterable[str], doors: Mapping[str, Door]) -> Iterable[OllamaSeen]:
    for base in bases:
        if (place := _place(base)) is None:
            if not base.startswith("https://"):
                yield OllamaSeen(base, None, is_address=False)
            continue
        # One that did not answer is not waited for again.
        body = _get(work, place, OLLAMA_VERSION) if doors[place] == "open" else None
        try:
            yield OllamaSeen(base, ollama_answers.version(body) if body is not None else None)
        except ValueError:
            yield OllamaSeen(base, None)


def _traefik(work: Work, around: Surroundings) -> TraefikSeen:
    """Return what Traefik's API shows, else what its dynamic file says."""
    settings = work.host.traefik
    assert settings is not None  # noqa: S101  # only asked for with one
    if settings.api is not None:
        return _by_api(work, settings.api)
    if settings.dynamic_file is not None:
        return _by_file(settings.dynamic_file, around.dynamic)
    return TraefikSeen(fault="the settings name no `traefik.api`, so what Traefik does cannot be seen")


def _by_file(path: str, data: bytes | None) -> TraefikSeen:
    if data is None:
        return TraefikSeen(
            source=path, fault=f"traefik.dynamic_file {path} is not there, is empty, or is not ours to read"
        )
    document = _document(data)
    if not isinstance(document, dict):
        return TraefikSeen(
            source=path, fault=f"traefik.dynamic_file {path} is neither YAML nor TOML as it stands there"
        )
    return TraefikSeen(None, services.of_file(document), path)


def _by_api(work: Work, api: str) -> TraefikSeen:
    place, folder = _place(api), urlsplit(api).path.rstrip("/")
    if place is None:
        return TraefikSeen(source=api, fault=f"{api} is no http address that the host could be asked for")
    bodies = [_get(work, place, f"{folder}{path}") for path in (services.VERSION, services.SERVICES, services.ROUTERS)]
    version, found, routers = bodies
    if version is None or found is None or routers is None:
        return TraefikSeen(source=api, fault=f"Traefik's API at {api} does not answer")
    try:
        return TraefikSeen(services.version(version), services.of_api(found, routers), api)
    except ValueError as exc:
        return TraefikSeen(source=api, fault=f"{api}: {exc}")


def _document(data: bytes) -> object:
    """Return what a dynamic file says, in YAML or TOML; None for what is neither."""
    text = data.decode("utf-8", "replace")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return load(text, "dynamic file").value


def _get(work: Work, address: str, path: str) -> bytes | None:
    with _client(work, address) as client:
        return ask.body(client, path)


def _client(work: Work, address: str) -> HttpClient:
    host, _, port = address.rpartition(":")
    return work.transport.http(int(port), host)


def _place(url: str) -> str | None:
    """Return `address:port` of an http address, as the host is asked for it; None for what cannot be asked so."""
    found = verify.place(url)
    return f"{found[0]}:{found[1]}" if found else None
