"""What an attempt left behind when it was cut off: put right before the next one begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.operations import at_boot, drain, point, remains, verify
from ccdeploy.operations.drain import Old
from ccdeploy.operations.point import Pointing
from ccdeploy.operations.standing import serving_process
from ccdeploy.operations.unconfirmed import settle
from ccdeploy.operations.undisturbed import undisturbed
from ccdeploy.remote import process
from ccdeploy.remote.facts import gather
from ccdeploy.shell import releases as lines
from ccdeploy.shell.process import Stop

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.release.manifest import Manifest
    from ccdeploy.release.process import Process, RunState
    from ccdeploy.remote.facts import Facts
    from ccdeploy.remote.lock import HeldLock


def are_left(facts: Facts) -> bool:
    """Whether an attempt that was cut off left anything that is to be put right."""
    is_left = bool(facts.stray_uploads or facts.deadmen or _unbooted(facts)) and not remains.is_under_way(facts)
    if facts.left_behind or facts.lock.is_stale or is_left:  # whoever takes a stale lock over gives it back
        return True
    found, serving = facts.dynamic, facts.running
    if found is None or found.written is None or serving is None:
        return False
    return serving is not facts.serving or not Pointing(serving.port).is_of(found)


def end_leftovers(work: Work, facts: Facts, lock: HeldLock) -> Facts:
    """Lead Traefik to what serves alone, then end every other proxy of ours; return the facts as they are then.

    First the host goes back from what nobody confirmed, if a client is gone. Uploads that were cut off are
    removed. Traefik may have led to one of the proxies: so each ends its requests first.
    """
    facts = settle(work, facts, lock)
    facts = _recorded(work, facts, lock)
    serving = serving_process(work, facts)
    if serving is not None:
        facts = replace(facts, dynamic=point.lead_to(work, lock, facts.dynamic, serving.port, "leftovers"))
    for left in facts.left_behind:
        _end(work, facts, lock, left)
    if facts.stray_uploads:
        with work.steps.step("leftovers", "remove an upload that was cut off") as told:
            lock.run(lines.record(lock.hold, [lines.forget(())], unlock=False))
            told.detail = ", ".join(name.removeprefix(".incoming-") for name in facts.stray_uploads)
        facts = replace(facts, stray_uploads=())
    return _booted(work, facts, lock)


def _unbooted(facts: Facts) -> Manifest | None:
    """Return the release that serves, verified, if a boot would start another: a run was cut off in the midst."""
    release = facts.current_release
    if release is None or not release.is_good or facts.boots in (None, release.release):
        return None
    return release if facts.running is not None and facts.running.release == release.release else None


def _booted(work: Work, facts: Facts, lock: HeldLock) -> Facts:
    release, running = _unbooted(facts), facts.running
    if release is None or running is None:
        return facts
    with work.steps.step("leftovers", "let a boot start what serves") as told:
        parts = [at_boot.lines_for(work.host, facts, release, running.port)]
        lock.run(lines.record(lock.hold, parts, unlock=False))
        told.detail = f"release {release.release}"
    return replace(facts, boots=release.release)


def _recorded(work: Work, facts: Facts, lock: HeldLock) -> Facts:
    """Record as serving what serves: a new slot whose attempt was cut off before it could do so.

    Its release is current then, and not a verified one: what is the way back follows from that.
    """
    running = facts.running
    if running is None or running is facts.serving:
        return facts
    release = facts.release(running.release)
    parts = [lines.activate(release.release)] if release else []
    parts += [lines.write_run_state("serving", running.to_json()), "rm -f run/shadow.json\n"]
    lock.run(lines.record(lock.hold, parts, unlock=False))
    return gather(work.transport, work.host)


def _end(work: Work, facts: Facts, lock: HeldLock, left: RunState | Process) -> None:
    draining, shadow = facts.running_draining, facts.running_shadow
    is_old = draining is not None and draining.pid == left.pid
    known = draining if is_old else shadow
    port = known.port if known and known.pid == left.pid else facts.slots.idle
    what = "an old proxy" if is_old else "a shadow"
    with work.steps.step("leftovers", f"end {what} that an earlier attempt left behind") as told:
        # One that boots yet cannot tell what it has in flight: it has nothing. An old one that was told to end has
        # closed its listener, and may have streams.
        patience_s = work.host.drain_timeout_s if is_old or facts.listeners.get(port) else 0.0
        stop = Stop(left.pid, left.started, port, patience_s)
        try:
            note = drain.end(work, facts, lock, Old(stop, verify.serving(facts).key), told)
        except KeyboardInterrupt:
            undisturbed(lambda: process.tell_to_end(lock, stop))
            raise
        if note and stop.patience_s:
            work.warn(note)
        lock.run(lines.record(lock.hold, [f"rm -f run/{'draining' if is_old else 'shadow'}.json\n"], unlock=False))
