"""The proxy: whether it serves, and what earlier attempts left behind on the host."""

from __future__ import annotations

from ccdeploy.findings import error, note, warning
from ccdeploy.operations import remains
from ccdeploy.operations.doctor.seen import Judged, Seen
from ccdeploy.operations.remedy import below_root, on_host
from ccdeploy.units import human_seconds


def judge(seen: Seen) -> Judged:
    """Say whether something serves, and what lies around."""
    if not seen.facts.root_exists:
        return
    if seen.serves:
        found = [*remains.of_service(seen.host, seen.facts), *remains.beside(seen.host, seen.facts)]
    else:
        yield from _stopped(seen)
        found = list(remains.beside(seen.host, seen.facts))
    yield from (warning("cut-off", seen.name, one.what, one.command) for one in found)
    yield from _left_behind(seen)


def _stopped(seen: Seen) -> Judged:
    """Say that nothing serves: it ended by itself, was stopped, or never started."""
    facts, name, restart = seen.facts, seen.name, f"ccdeploy restart --host {seen.name}"
    if left := list(remains.of_service(seen.host, facts)):
        yield from (error("stopped", name, one.what, one.command) for one in left)
    elif facts.current is not None:
        port = seen.facts.slots.active
        yield error("stopped", name, f"no proxy serves on port {port}: it was stopped", restart)
    else:
        yield note("stopped", name, "no proxy serves yet", f"ccdeploy deploy --host {name}")


def _left_behind(seen: Seen) -> Judged:
    facts = seen.facts
    if facts.lock.is_stale:
        age = f", silent for {human_seconds(facts.lock.age_s)}" if facts.lock.age_s is not None else ""
        message = f"a stale lock: {facts.lock.owner or 'of an owner that wrote no name'}{age}; the next deploy takes it"
        yield warning("lock", seen.name, message, f"ccdeploy lock release --force --host {seen.name}")
    elif facts.lock.is_held:
        message = f"locked {facts.lock.owner or 'by an owner that wrote no name'}: a deploy would end with 5"
        yield note("lock", seen.name, message, f"ccdeploy lock status --host {seen.name}")
    for name in facts.nameless_releases:
        folder = below_root(seen.host, f"releases/{name}")
        message = f"no readable release.json in releases/{name}: it can be served by nobody"
        yield warning("release", seen.name, message, on_host(seen.host, f"rm -r {folder}"))
