"""How a host stands when a verb comes to it: what serves, what was left behind, and where the way back leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.operations import remains, verify
from ccdeploy.operations.candidate import Candidate, from_files
from ccdeploy.operations.change import Previous
from ccdeploy.operations.preflight import may_be_stopped
from ccdeploy.operations.unconfirmed import awaited, by_the_host, settle
from ccdeploy.release.bundle import Bundle
from ccdeploy.release.process import parse_run_state
from ccdeploy.release.retention import last_good
from ccdeploy.remote import releases
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.shell import releases as lines
from ccdeploy.shell.process import Stop
from ccdeploy.units import human_seconds

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.release.manifest import Manifest
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.settings import Host


def ask(work: Work) -> Facts:
    """Ask the host everything, as a step that is shown; while it goes back by itself, wait for it."""
    with work.steps.step("facts", "ask the host") as told:
        facts = gather(work.transport, work.host)
        told.detail = f"release {facts.current}" if facts.current else "no release yet"
    facts = awaited(work, facts)
    left = (left_by_run(work, facts), by_the_host(facts))
    for found in (*left, *remains.of_service(work.host, facts), *remains.beside(work.host, facts)):
        if found:
            work.warn(str(found))
    return facts


def left_by_run(work: Work, facts: Facts) -> str | None:
    """Return what tells of a run that was cut off before it went back; None while it is under way."""
    last = next((e for e in reversed(facts.history) if e.outcome in ("deployed", "rolled-back", "upgraded")), None)
    if last is None or (last.verb, last.outcome, last.release) != ("run", "deployed", facts.current):
        return None
    lock = facts.lock
    if lock.is_held and not lock.is_stale and lock.owner is not None and lock.owner.doing.startswith("run "):
        return None
    remedy = f"`ccdeploy rollback --host {work.host.name} --to {last.previous}` goes back"
    return f"release {last.release} was to serve {last.detail}, by {last.who}, and was not gone back from: {remedy}"


def refreshed(work: Work, facts: Facts, lock: HeldLock, *, are_old: bool = False) -> Facts:
    """Return the facts again if they are old, or if something changed before the lock was ours.

    What nobody confirmed meanwhile is gone back from first: nobody can judge a host that changes.
    """
    held_then = facts.lock.is_held and (facts.lock.owner is None or facts.lock.owner.id != lock.owner.id)
    if are_old or held_then or lock.was_anothers:
        return settle(work, gather(work.transport, work.host), lock)
    line, _, rest = lock.found.partition("\n")
    names, _, state = rest.partition("\n")
    current = line.removeprefix("current ").rsplit("/", 1)[-1] or None
    known = {*(r.release for r in facts.releases), *facts.nameless_releases}
    now = (current, set(names.removeprefix("releases ").split()), parse_run_state(state))
    is_as_seen = now == (facts.current, known, facts.serving) and not facts.deadmen
    return facts if is_as_seen else settle(work, gather(work.transport, work.host), lock)


def held_by(facts: Facts) -> tuple[str, ...]:
    """Return what a rehearsal says of a lock that is held: the verb itself would not get past it."""
    if not facts.lock.is_held or facts.lock.is_stale:
        return ()
    return (f"it would end with 5, or wait with --wait: locked {facts.lock.owner or 'by an owner without a name'}",)


def expected_gap(facts: Facts, host: Host) -> str | None:
    """Return how long there will be no service: one boot, as long as the last shadow of this host took.

    None where there will be no gap: nothing serves, or the strategy has none.
    """
    if host.strategy == "blue-green" or not facts.listeners[facts.slots.active]:
        return None
    boots = [entry.phases["shadow"] for entry in facts.history if entry.phases.get("shadow")]
    return f"about {human_seconds(boots[-1])}, one boot of LiteLLM" if boots else "one boot of LiteLLM"


def previous_of(work: Work, facts: Facts, lock: HeldLock) -> Previous | None:
    """Return the way back: the current release if it is good, else the last one that was."""
    stop = serving_process(work, facts)
    current = facts.current_release
    if current is not None and current.is_good:
        return Previous(current, verify.serving(facts), stop)
    good = last_good(facts.releases, facts.current)
    if good is not None:
        return Previous(good, kept(work, facts, lock, good), stop)
    return Previous(current, verify.serving(facts), stop) if current is not None and stop is not None else None


def kept(work: Work, facts: Facts, lock: HeldLock, release: Manifest) -> Candidate:
    """Return a release of the host as what a proxy is verified against; damaged files are mended first.

    Raises CommandFailed when they cannot be mended.
    """
    folder = f"releases/{release.release}"
    files = releases.read(work.transport, facts.root, folder)
    if Bundle(release.config, files).digests != release.files:
        work.warn(f"the files of release {release.release} were changed: they are mended from their second copies")
        mended = lines.check_files(release.release, release.files)
        lock.run(replace(lines.record(lock.hold, [mended], unlock=False), name=f"mend release {release.release}"))
        files = releases.read(work.transport, facts.root, folder)
    return from_files(files, f"{folder}/config.yaml", facts.env.values)


def serving_process(work: Work, facts: Facts) -> Stop | None:
    """Return the process that serves: the recorded one, else a litellm on the port. None when nothing does."""
    if facts.running:
        return Stop(facts.running.pid, facts.running.started, facts.running.port, work.host.drain_timeout_s)
    listening = facts.listeners[facts.slots.active]
    if listening.leader and may_be_stopped(facts, work.host, listening):
        return Stop(listening.leader.pid, listening.leader.started, facts.slots.active, work.host.drain_timeout_s)
    return None
