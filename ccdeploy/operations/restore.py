"""The previous release comes into service again: left serving where it was never stopped, else started anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ccdeploy.errors import CcdeployError, ConnectFailed
from ccdeploy.litellm.commandline import executable_in
from ccdeploy.operations import point, shadow, verify
from ccdeploy.operations.standing import serving_process
from ccdeploy.remote import process
from ccdeploy.remote.facts import gather
from ccdeploy.shell import log
from ccdeploy.shell import releases as lines
from ccdeploy.shell.launch import LEAST_ROOM_BYTES
from ccdeploy.shell.path import under
from ccdeploy.verify.ollama import Before

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change, Previous
    from ccdeploy.operations.work import Work
    from ccdeploy.release.manifest import Manifest
    from ccdeploy.remote.facts import Facts
    from ccdeploy.shell.process import Stop

T = TypeVar("T")


def undone(change: Change, *, may_serve_on: bool) -> bool:
    """Stop what was started and bring the previous release into service; return whether it is verified.

    A proxy that was never stopped is left serving, if it may be.
    """
    if change.previous is not None:
        return restored(change, change.previous, may_serve_on=may_serve_on)
    with change.work.steps.step("rollback", "stop the new proxy; there is no release to go back to"):
        new = serving_process(change.work, facts_now(change))
        process.switch(change.lock, "", None, replace(new, may_stream=False) if new else None, None)
    return False


def restored(change: Change, previous: Previous, *, may_serve_on: bool = True) -> bool:
    """Bring a release into service again on the port that it served on; return whether it is verified.

    A process that was never stopped is left serving, if it may be.
    """
    work, release = change.work, previous.release
    facts = facts_now(change)
    if may_serve_on and _was_never_stopped(change, previous, facts):
        return _left_serving(change, previous)
    # On the port that it served on, whatever the settings say by now: the way of the users leads there.
    as_it_ran = with_what_served(change, facts, release)
    start = process.start(work.host, as_it_ran, release, previous.stop.port if previous.stop else None)
    start = replace(start, room_bytes=LEAST_ROOM_BYTES)
    # The log of what failed: with blue-green that is still the shadow's own.
    is_kept = change.is_new and not change.is_pointed
    kept = log.keep(process.SERVING_LOG, process.failed_log(change.release.release)) if is_kept else ""
    before = kept + lines.check_files(release.release, release.files) + lines.activate(release.release)
    with work.steps.step("rollback", f"go back to release {release.release}") as told:
        started = process.switch(change.lock, before, None, _in_its_place(work, facts, previous), start)
        shadow.demand_bound(change, started, start)
        shadow.demand_ready(change, started, start)
        told.detail = f"pid {started.pid} on port {start.port}"
    _lead_back(change, facts, start.port)
    with work.steps.step("verify-rollback", "verify what serves") as told:
        listener = verify.listener(started.pid, start.port, started.listeners)
        # What was broken before is no fault of going back either; Ollama and the route are not asked to be well.
        known = replace(previous.candidate, knows_env=True)  # it was started just now, with the env_file as it is
        found = verify.checked(work, known, start.port, listener, change.before)
        told.detail = verify.summary(found)
    return found.proxy_is_well


def _in_its_place(work: Work, facts: Facts, previous: Previous) -> Stop | None:
    """Return the process to stop; the new one has no streams before it listens, the old one may have some."""
    stop = serving_process(work, facts)
    is_new = stop is not None and (previous.stop is None or stop.pid != previous.stop.pid)
    return replace(stop, may_stream=False) if stop and is_new else stop


def _lead_back(change: Change, facts: Facts, port: int) -> None:
    """Let Traefik lead to what serves again; a file that cannot be written takes nothing out of service."""
    try:
        point.lead_to(change.work, change.lock, facts.dynamic, port)
    except ConnectFailed:
        raise
    except CcdeployError as exc:
        change.tell(f"Traefik's file could not be written, and leads elsewhere than to port {port}: {exc.message}")


def with_what_served(change: Change, facts: Facts, release: Manifest) -> Facts:
    """Return the facts with the LiteLLM that served before: another `litellm:` since then may be what failed."""
    served = change.facts.running
    path = executable_in(served.command) if served and served.command and served.release == release.release else None
    if path is None or path == under(facts.root, facts.litellms.of(release).path):
        return facts
    host = change.work.host.model_copy(update={"litellm": path})
    found = gather(change.work.transport, host)
    return found if found.litellms.of(release).is_whole else facts


def _was_never_stopped(change: Change, previous: Previous, facts: Facts) -> bool:
    """Whether the proxy that serves well was not touched; one of a release that is not the way back is to go."""
    if previous.stop is None or previous.release.release != change.facts.current:
        return False
    listening = facts.listeners.get(previous.stop.port)
    return listening is not None and any(previous.stop.pid in (one.pid, one.parent) for one in listening.processes)


def _left_serving(change: Change, previous: Previous) -> bool:
    """Put the links back and end the shadow; the proxy that serves was not touched, and a restart would cost a gap."""
    with change.work.steps.step("rollback", f"release {previous.release.release} was never stopped: leave it serving"):
        links = lines.activate(previous.release.release)
        change.lock.run(lines.record(change.lock.hold, [links], unlock=False))
        process.end_shadow(change.lock)
    return still_serves(change, previous)


def still_serves(change: Change, previous: Previous) -> bool:
    """Whether the proxy that served before the change does, by asking it."""
    if previous.stop is None:
        return False
    work = change.work
    port = previous.stop.port
    seen = process.look(work.transport, change.facts.root, port, process.SERVING_LOG)
    listener = verify.listener(previous.stop.pid, port, seen.listeners)
    quiet = verify.checked(work, previous.candidate, port, listener, Before(), with_route=False, is_told=False)
    return quiet.proxy_is_well


def facts_now(change: Change) -> Facts:
    """Ask the host, which alone knows what runs after a fault in the middle of the switch. Connects anew if need be."""
    return asked_twice(lambda: gather(change.work.transport, change.work.host))


def asked_twice(ask: Callable[[], T]) -> T:
    """Return the answer. The first question notices that a connection was lost, the second has a new one."""
    try:
        return ask()
    except ConnectFailed:
        return ask()
