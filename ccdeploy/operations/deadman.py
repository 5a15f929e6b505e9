"""The dead man's switch of a change: armed before the moment of risk; without a confirmation the host goes back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.clock import iso
from ccdeploy.errors import CcdeployError, ConnectFailed, ConnectionLost, DeployFailed, HostKeyChanged, Stranded
from ccdeploy.litellm.endpoints import READINESS
from ccdeploy.operations import point, restore, verify, wiring
from ccdeploy.operations.unconfirmed import what_serves
from ccdeploy.release.bundle import sha256
from ccdeploy.release.history import in_pieces
from ccdeploy.release.lock import BY_HOST, STALE_AFTER_S, Owner
from ccdeploy.remote import deadman as remote
from ccdeploy.remote import process
from ccdeploy.shell import back as lines
from ccdeploy.shell import deadman as script
from ccdeploy.shell.process import KILLED_WITHIN_S
from ccdeploy.traefik.dynamic import Written
from ccdeploy.units import human_seconds

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change, Previous
    from ccdeploy.remote.facts import Facts
    from ccdeploy.settings import Host

_BEYOND_S = 30.0  # beyond all waits that are still ahead


def arm(change: Change) -> str:
    """Put the watcher on the host; return the lines that start it, for the script that takes the risk to begin with."""
    change.watch = remote.put(change.lock, _watcher(change))
    return script.arm_lines(change.watch)


def hold_off(change: Change) -> None:
    """Let the host wait for as long as it takes to go back from here. Raises LockLost when it goes back already."""
    if change.watch:
        remote.extend(change.lock, change.watch, _waits_s(change, is_going_back=True))


def came_of_it(change: Change) -> CcdeployError | None:
    """Return the error that tells what the host did by itself, once it has; None when it was not the host that did."""
    if change.watch is None:
        return None
    work, which = change.work, change.watch.id
    try:
        with work.steps.step("deadman", "the host goes back by itself: wait for it"):
            while not remote.has_ended(work.transport, change.facts.root, which):
                pass
        facts = restore.facts_now(change)
    except ConnectFailed as exc:
        return out_of_reach(change, exc)
    entry = facts.last_attempt
    if entry is None or entry.ended_by is None or entry.release != change.release.release:
        return None
    change.downtime_ms, name = None, work.host.name
    message = f"{name}: {entry.detail}"
    if entry.outcome != "stranded":
        message = f"{message}; {what_serves(facts)}"
        try:
            is_well = _serves_well(change, facts)
        except ConnectFailed as exc:
            told = f"{exc.message}; {message}, and whether as it should could not be asked"
            return ConnectionLost(told, hint=exc.hint, result=change.as_result("failed"))
        if is_well:
            return DeployFailed(message, result=change.as_result("failed"))
        message = f"{message}, and does not serve as it should"
    by_hand = f"`ccdeploy rollback --host {name}` goes back by hand" if change.previous else "see why it failed"
    return Stranded(message, hint=f"its log on the host: {script.LOG}; {by_hand}", result=change.as_result("stranded"))


def out_of_reach(change: Change, cause: CcdeployError) -> ConnectionLost:
    """Return the error of a host that cannot be asked any more, and that will go back by itself."""
    name, previous = change.work.host.name, change.previous
    to = f"to release {previous.release.release} " if previous else ""
    told = f"`ccdeploy status --host {name}` tells what it did, once it can be reached"
    return ConnectionLost(
        f"{cause.message}; {name} goes back {to}by itself within {human_seconds(STALE_AFTER_S)}, "
        "unless the release was confirmed already",
        hint="; ".join([*([cause.hint] if isinstance(cause, HostKeyChanged) and cause.hint else []), told]),
        result=change.as_result("unconfirmed"),
    )


def _serves_well(change: Change, facts: Facts) -> bool:
    """Whether what the host went back to serves as it did: the host itself asks only whether it is ready."""
    if change.previous is None:
        return False
    with change.work.steps.step("verify-rollback", "verify what serves") as told:
        listener = verify.listener_of(change.work, facts)
        known = change.previous.candidate
        found = verify.checked(change.work, known, verify.port_of(change.work, facts), listener, change.before)
        told.detail = verify.summary(found)
    return found.proxy_is_well


def _watcher(change: Change) -> script.Watcher:
    work, by_itself = change.work, change.entry("failed")
    wait_s = _waits_s(change, is_going_back=False)
    doing = f"going back from release {change.release.release}"
    owner = Owner(
        f"{change.lock.hold.id}{BY_HOST}",
        "the host itself",
        work.host.name,
        iso(work.clock.now()),
        doing,
        manual=False,
    )
    return script.Watcher(
        wait_s=max(1, round(work.host.confirm_timeout_s or wait_s)),
        silent_s=STALE_AFTER_S,
        owner_id=owner.id,
        owner_json=owner.to_json(),
        back=_back(change),
        marks=change.mark(change.release, "bad", "it was not confirmed") if change.is_new else "",
        history=in_pieces(replace(by_itself, downtime_ms=None, ended_by="host")),
        seconds=round(by_itself.seconds),
    )


def _back(change: Change) -> str:
    before = _before(change, change.previous) if change.previous else None
    is_green = change.work.host.strategy == "blue-green"
    new = replace(change.shadow, patience_s=change.work.host.drain_timeout_s) if is_green and change.shadow else None
    return lines.lines(before, new, _way(change))


def _before(change: Change, previous: Previous) -> lines.Before:
    """Return what the host would start again: on the port and with the LiteLLM that it served with."""
    work, release = change.work, previous.release
    as_it_ran = restore.with_what_served(change, change.facts, release)
    start = process.start(work.host, as_it_ran, release, previous.stop.port if previous.stop else None)
    return lines.Before(
        release=release.release,
        files=release.files,
        manifest=release.to_json(),
        start=start,
        url=_url(work.host, start.port),
        python=f"{start.argv[0].rpartition('/')[0]}/python",
        old=previous.stop,
        state=change.facts.serving.to_json() if change.facts.serving and previous.stop else None,
        is_another=release.release != change.release.release,
    )


def _url(host: Host, port: int) -> str:
    address = verify.loopback(host.listen.address)
    return f"http://{f'[{address}]' if ':' in address else address}:{port}{READINESS}"


def _way(change: Change) -> lines.Way | None:
    """Return how Traefik's file is led back; None where nothing leads it elsewhere.

    Each text has a number of its own, and a client that goes forward, or back, uses up to three.
    """
    found, host = change.facts.dynamic, change.work.host
    old = change.previous.stop.port if change.previous and change.previous.stop else change.facts.slots.active
    if found is None or found.written is None or not found.is_ours or change.port == old:
        return None
    number = found.written.number
    ours = [
        *(wiring.text(host, Written(change.port, old, True, number + 1), resends=resends) for resends in (True, False)),
        *(wiring.text(host, Written(port, None, True, number + n)) for port in (change.port, old) for n in (1, 2, 3)),
    ]
    text = wiring.text(host, Written(old, None, True, number + 4))
    known = [sha256(one.encode()) for one in ours]
    known += [found.digest] if found.digest else []
    return lines.Way(found.path, text, sha256(text.encode()), known, point.BACK_WITHIN_S)


def _waits_s(change: Change, *, is_going_back: bool) -> float:
    """Return how long all that is still ahead may take, and a little more, in seconds."""
    host, stop = change.work.host, change.previous.stop if change.previous else None
    deaf_s = (stop.patience_s if stop else 0.0) + 2 * KILLED_WITHIN_S
    route_s = max(verify.ROUTE_PATIENCE_S, 2 * point.timeout_s(change.work))
    started_s = 0.0 if host.strategy == "blue-green" and not is_going_back else deaf_s + 2 * host.ready_timeout_s
    return started_s + route_s + _BEYOND_S
