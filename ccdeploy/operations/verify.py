"""Verifying what serves: the same checks for a shadow, after a switch, after going back, and by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ccdeploy.errors import Refused
from ccdeploy.events import Checked
from ccdeploy.findings import error
from ccdeploy.litellm.includes import include_names, stray_names
from ccdeploy.operations import public
from ccdeploy.operations.candidate import Candidate, from_files
from ccdeploy.operations.preflight import judge_adoption, may_be_stopped
from ccdeploy.release.bundle import MAIN
from ccdeploy.release.process import Process
from ccdeploy.remote import releases
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.results import Check, Verification
from ccdeploy.units import counted
from ccdeploy.verify import ollama, process, proxy, route
from ccdeploy.verify.ladder import Subject, climb
from ccdeploy.verify.ollama import Before

if TYPE_CHECKING:
    from ccdeploy.findings import Finding
    from ccdeploy.operations.work import Work
    from ccdeploy.transport.seam import HttpClient


# The interval of Traefik's health check is 30 s unless it is set, and its look may take 5 s.
ROUTE_PATIENCE_S = 36.0


def verify(work: Work) -> Verification:
    """Verify what serves on the host now, and the way to it. Raises Refused when the host is not set up."""
    return verified(work, asked(work))


def asked(work: Work) -> Facts:
    """Return what the host says of itself. Raises Refused when it is not set up."""
    with work.steps.step("facts", "ask the host") as told:
        facts = gather(work.transport, work.host)
        told.detail = f"release {facts.current}" if facts.current else "no release yet"
    if not facts.root_exists:
        raise Refused(
            f"{work.host.name}: {facts.root} does not exist", hint=f"`ccdeploy setup --host {work.host.name}` makes it"
        )
    return facts


def verified(work: Work, facts: Facts) -> Verification:
    """Verify what serves by these facts."""
    with work.steps.step("verify", "verify") as told:
        found = checked(work, serving(facts), port_of(work, facts), listener_of(work, facts), Before())
        told.detail = summary(found)
    return found


def serving(facts: Facts) -> Candidate:
    """Return what should serve now: the current release, or the hand-made config.yaml where there is none."""
    if facts.current_files:
        now = from_files(facts.current_files, f"releases/{facts.current}/config.yaml", facts.env.values)
        digests = facts.running.digests if facts.running else None
        return replace(now, knows_env=digests is None or digests.env_file == facts.env.digest)
    if facts.config_text is not None:
        return from_files({"config.yaml": facts.config_text}, "config.yaml", facts.env.values)
    return from_files({}, "config.yaml", facts.env.values)


def serving_whole(work: Work, facts: Facts) -> Candidate:
    """Return the same, with what a hand-made config.yaml includes: those files are asked for only where they count."""
    if facts.current_files or facts.config_text is None or not (names := include_names(facts.config_text)):
        return serving(facts)
    files = {MAIN: facts.config_text} | releases.read(work.transport, facts.root, "", names)
    return from_files(files, MAIN, facts.env.values)


def port_of(work: Work, facts: Facts) -> int:
    """Return the port that serves: the recorded one, else that of the active slot."""
    return facts.running.port if facts.running else facts.slots.active


def listener_of(work: Work, facts: Facts) -> Check:
    """Check who listens by the facts: the recorded process, or a litellm that was started by hand."""
    port = port_of(work, facts)
    who = facts.listeners[port] if port in facts.listeners else facts.listeners[facts.slots.active]
    expected = facts.running.pid if facts.running else None
    if expected is None and who.leader and may_be_stopped(facts, work.host, who):
        expected = who.leader.pid
    return process.listener(expected, port, _pairs(who.processes), has_unseen=who.has_unseen)


def adoptable(work: Work, facts: Facts) -> list[Finding]:
    """Return what speaks against adopting a proxy that was started by hand: it does not serve what config.yaml says."""
    if stray := _stray_includes(work, facts):
        return stray
    who = facts.listeners[facts.slots.active]
    if facts.running is not None or not who or not may_be_stopped(facts, work.host, who):
        return []  # recorded, absent, or a stranger, of whom preflight tells
    now = serving_whole(work, facts)
    with work.transport.http(facts.slots.active, loopback(work.host.listen.address)) as client:
        return judge_adoption(facts, work.host, now.promise, proxy.served_if_any(client, now.key))


def _stray_includes(work: Work, facts: Facts) -> list[Finding]:
    """Return that a hand-made config.yaml includes what no release can hold: from a copy it would not start."""
    stray = stray_names(facts.config_text) if facts.current is None and facts.config_text is not None else []
    if not stray:
        return []
    message = f"{facts.root}/config.yaml includes {', '.join(map(repr, stray))}, which lies outside its folder"
    return [error("adopt", work.host.name, message, "move it into that folder, so that a release can hold it")]


def listener(pid: int | None, port: int, listening: Sequence[Process]) -> Check:
    """Check that a process that we started is the one that listens."""
    return process.listener(pid, port, _pairs(listening), has_unseen=False)


def checked(  # noqa: PLR0913  # what is verified, against what, and how it is told
    work: Work,
    candidate: Candidate,
    port: int,
    listener: Check,
    before: Before,
    *,
    with_route: bool = True,
    route_patience_s: float = 0.0,
    is_told: bool = True,
) -> Verification:
    """Make every check of a proxy, and tell each one unless it is only asked by the way."""

    def tell(check: Check) -> None:
        if is_told:
            work.emit(Checked(check.name, check.status, check.detail))

    with _subject(work, candidate, port, with_route=with_route) as subject:
        return climb(replace(subject, route_patience_s=route_patience_s), listener, before, tell)


def baseline(work: Work, facts: Facts, target: Candidate, *, with_route: bool = True) -> Before:
    """Return what is broken already, so that the change is not blamed for it."""
    now = serving(facts)
    silent: set[str] = set()
    stocks: dict[str, ollama.Stock] = {}
    for base, client in _ollama_clients(work, target).items():
        with client:
            stocks[base] = ollama.stock(client, base)
        if stocks[base].names is None:
            silent.add(base)
    missing = ollama.missing(stocks, ollama.wanted(now.config, now.env)) if now.config else frozenset()
    serves = bool(facts.listeners[facts.slots.active])
    # While nothing serves, a faulty route says nothing of the route: it is not to be excused by it afterwards.
    return Before(frozenset(silent), missing, _route_fault(work, now) if serves and with_route else None)


def summary(found: Verification) -> str:
    """Return a verification in a few words."""
    if found.failures:
        return "; ".join(f"{c.name}: {c.detail}" for c in found.failures)
    return f"{counted(len(found.models), 'model')}, {found.model_loads} model loads"


def _route_fault(work: Work, now: Candidate) -> str | None:
    client = public.client(work)
    if client is None:
        return None
    with client:
        check, _ = route.look(client, now.key, now.promise)
    return check.detail if check.status == "failed" else None


@contextmanager
def _subject(work: Work, candidate: Candidate, port: int, *, with_route: bool) -> Iterator[Subject]:
    users = public.client(work) if with_route else None
    local = work.transport.http(port, loopback(work.host.listen.address))
    ollamas = _ollama_clients(work, candidate)
    clients = [local, *ollamas.values(), *([users] if users else [])]
    try:
        config, promise = candidate.config, candidate.promise
        yield Subject(
            local,
            ollamas,
            users,
            config,
            candidate.key,
            candidate.env,
            promise,
            work.clock,
            with_route,
            candidate.knows_env,
        )
    finally:
        for client in clients:
            client.close()


def _ollama_clients(work: Work, candidate: Candidate) -> dict[str, HttpClient]:
    """Return a client for each Ollama that the config names and that can be reached in the clear from the host."""
    if candidate.config is None:
        return {}
    clients = {}
    for base in ollama.wanted(candidate.config, candidate.env):
        if found := place(base):
            address, port = found
            clients[base] = work.transport.http(port, address)
    return clients


def place(url: str) -> tuple[str, int] | None:
    """Return the address and the port that the host is asked for; None for what cannot be asked so, such as https."""
    try:
        parts = urlsplit(url)
        port = parts.port or 80
    except ValueError:  # a port beyond 65535, an open bracket
        return None
    return (loopback(parts.hostname), port) if parts.scheme == "http" and parts.hostname else None


def loopback(address: str) -> str:
    """Return the address to ask for a listener on `address`: a wildcard is not one to connect to."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "localhost": "127.0.0.1"}.get(address, address)  # noqa: S104


def _pairs(processes: Sequence[Process]) -> list[tuple[int, int]]:
    return [(p.pid, p.parent) for p in processes]
