"""Status: what serves, since when, by whom, and what is not as it was left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccdeploy.clock import iso
from ccdeploy.errors import Refused
from ccdeploy.litellm.version import is_same
from ccdeploy.operations import remains, verify
from ccdeploy.operations.standing import left_by_run, serving_process
from ccdeploy.operations.unconfirmed import by_the_host
from ccdeploy.remote import process
from ccdeploy.remote.facts import gather
from ccdeploy.results import Status
from ccdeploy.units import human_seconds
from ccdeploy.verify import proxy
from ccdeploy.verify.ladder import NO_ROUTE

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts


def status(work: Work) -> Status:
    """Look at the host and say what serves; asks the proxy for its models, and calls none."""
    facts = gather(work.transport, work.host)
    if not facts.root_exists:
        raise Refused(
            f"{work.host.name}: {facts.root} does not exist", hint=f"`ccdeploy setup --host {work.host.name}` makes it"
        )
    port = verify.port_of(work, facts)
    state, names = _state(work, facts, port)
    running = facts.running
    release = facts.release(running.release if running else facts.current)
    listening = facts.listeners.get(port)
    leader = listening.leader if listening else None
    return Status(
        host=work.host.name,
        state=state,
        port=port,
        pids=tuple(p.pid for p in listening.processes) if listening else (),
        release=release.release if release else None,
        config=release.config if release else None,
        since=iso(running.started) if running else iso(leader.started) if leader else None,
        deployed_by=f"{release.who} from {release.from_where}" if release else None,
        deployed_at=release.created_at if release else None,
        commit=release.commit if release else None,
        litellm_version=facts.litellms.of(release).version,
        models=names,
        lock=_lock(facts),
        drift=tuple(_drift(work, facts)),
        notes=tuple(_notes(work, facts)),
        phase=release.phase if release else None,
    )


def _state(work: Work, facts: Facts, port: int) -> tuple[str, tuple[str, ...]]:
    serving = serving_process(work, facts)
    if serving is None:
        return ("stranger" if facts.listeners[facts.slots.active] else "stopped"), ()
    candidate = verify.serving(facts)
    with work.transport.http(port, verify.loopback(work.host.listen.address)) as client:
        names = proxy.served_if_any(client, candidate.key)
    if names is None:
        return "silent", ()
    is_adopted = facts.running is None or facts.running.digests is None
    return ("adopted" if is_adopted else "serving"), names


def _drift(work: Work, facts: Facts) -> Iterator[str]:
    """Yield what is not as the last attempt left it; a deploy puts each of these right."""
    if facts.drifted_files:
        yield f"edited on the host: {', '.join(facts.drifted_files)} of release {facts.current}"
    if facts.current is not None and facts.config_kind != "link":
        yield "config.yaml is no longer the link to the current release"
    if facts.current is not None and facts.current_release is None:
        yield f"`current` points to {facts.current}, which has no readable release.json"
    if left := left_by_run(work, facts):
        yield left
    yield from _unconfirmed(facts)
    yield from _switch_cut_off(facts)
    yield from map(str, remains.of_service(work.host, facts))
    running = facts.running
    served = facts.release(running.release) if running else None
    pinned, version = work.host.litellm_version, facts.litellms.of(served).version
    if running is not None and pinned is not None and not is_same(version, pinned):
        remedy = f"ccdeploy upgrade --host {work.host.name}"
        yield f"litellm {version or 'of an unknown version'} serves, and litellm_version pins {pinned}: {remedy}"
    if running is None or running.digests is None:
        return
    if running.release != facts.current:
        yield f"release {running.release} runs, and `current` points to {facts.current}"
    now = process.digests(work.host, facts, running.digests.bundle, facts.litellms.of(served))
    if now.env_file != running.digests.env_file:
        yield f"{work.host.env_file} was changed since the proxy was started"
    if now.litellm != running.digests.litellm:
        yield f"litellm is {version or 'of an unknown version'} now, and was another when it was started"
    if now.command != running.digests.command:
        yield "the settings give another command line than the proxy was started with"


def _unconfirmed(facts: Facts) -> Iterator[str]:
    """Yield what tells of an attempt whose client is gone and that nobody has confirmed."""
    for one in facts.deadmen:
        if one.is_alive and one.state == "fired":
            yield "an attempt was not confirmed: the host is going back by itself just now"
        elif one.is_alive and one.state == "armed" and not remains.is_under_way(facts):
            yield "an attempt was cut off before it was confirmed: the host goes back by itself"
        elif not one.is_alive and one.state != "idle" and not remains.is_under_way(facts):
            yield "an attempt was cut off, and the watcher that was to go back from it runs no longer: deploy anew"


def _switch_cut_off(facts: Facts) -> Iterator[str]:
    """Yield what a blue-green attempt that was cut off has left; nothing while one is under way."""
    if remains.is_under_way(facts):
        return
    serving, written = facts.running, facts.dynamic.written if facts.dynamic else None
    if serving is not None and written is not None and (written.to, written.fallback) != (serving.port, None):
        to = f"port {written.to}" + (f", else to port {written.fallback}" if written.fallback else "")
        yield f"Traefik's file leads to {to}, and port {serving.port} is recorded: a deploy leads it to what serves"
    if (old := facts.running_draining) is not None:
        yield f"an old proxy (pid {old.pid}) on port {old.port} has not ended yet: the next deploy ends it"


def _notes(work: Work, facts: Facts) -> Iterator[str]:
    yield from _after_a_boot(facts)
    if work.host.traefik is None:
        yield NO_ROUTE
    if facts.running is not None and facts.running.digests is None:
        yield "it was started by hand: what it was started with is not known"
    if told := by_the_host(facts):
        yield told
    if remains.is_watched(facts):
        yield "an attempt is under way: unless it is confirmed, the host goes back by itself"
    yield from map(str, remains.beside(work.host, facts))
    if remains.is_under_way(facts) and (shadow := facts.running_shadow) is not None:
        yield f"a shadow runs on port {shadow.port}: an attempt is under way"


def _after_a_boot(facts: Facts) -> Iterator[str]:
    if not facts.at_boot:
        yield "under nohup the proxy does not survive a reboot; `setup --at-boot` starts it again after one"
    elif facts.at_boot == "login":
        yield "after a boot the proxy starts at the next login of its user, not before: `ccdeploy doctor` says more"


def _lock(facts: Facts) -> str | None:
    if not facts.lock.is_held:
        return None
    age = "" if facts.lock.age_s is None else f", last heartbeat {human_seconds(facts.lock.age_s)} ago"
    stale = "; it is stale, the next deploy takes it over" if facts.lock.is_stale else ""
    return f"locked {facts.lock.owner or 'by an owner that wrote no name'}{age}{stale}"
