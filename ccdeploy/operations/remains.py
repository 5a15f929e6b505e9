"""What an attempt that was cut off, a boot or another hand left on a host: each in a sentence, with what puts it right.

`status` and `doctor` show them all, and every verb that changes something says them before it begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ccdeploy.clock import iso
from ccdeploy.operations.preflight import may_be_stopped
from ccdeploy.release.process import TOLERANCE_S
from ccdeploy.release.retention import last_good
from ccdeploy.shell.at_boot import LOG
from ccdeploy.units import human_seconds

if TYPE_CHECKING:
    from ccdeploy.release.process import RunState
    from ccdeploy.remote.facts import Facts
    from ccdeploy.settings import Host

_CUT_OFF = "an attempt was cut off"


@dataclass(frozen=True)
class Remain:
    """One thing that was left: what it is, the command that puts it right, and what that does."""

    what: str
    command: str
    effect: str

    def __str__(self) -> str:
        return f"{self.what}: `{self.command}` {self.effect}"


def is_under_way(facts: Facts) -> bool:
    """Whether somebody is at work on the host: what lies around then is not left behind."""
    return facts.lock.is_held and not facts.lock.is_stale


def is_watched(facts: Facts) -> bool:
    """Whether the host waits just now for the confirmation of what serves."""
    return is_under_way(facts) and any(one.is_alive and one.state == "armed" for one in facts.deadmen)


def of_service(host: Host, facts: Facts) -> Iterator[Remain]:
    """Yield what is not as the last attempt left it with what serves, or should."""
    running, current = facts.running, facts.current_release
    served = facts.release(running.release) if running else None
    if served is not None and not served.is_good:
        if is_watched(facts):
            return  # it is verified just now, or gone back from
        yield _unverified(host, facts, f"release {served.release} runs and was never verified")
    elif running is None:
        yield from _unrecorded(host, facts)
        if current is not None and not current.is_good and not facts.listeners[facts.slots.active]:
            yield _unverified(host, facts, f"`current` points to release {current.release}, which was never verified")


def _unverified(host: Host, facts: Facts, what: str) -> Remain:
    good = last_good(facts.releases, facts.current)
    told = f"{what}: {_CUT_OFF}"
    if good is None:
        return Remain(told, f"ccdeploy deploy --host {host.name}", "brings one into service that is")
    return Remain(told, f"ccdeploy rollback --host {host.name}", f"brings release {good.release} back")


def _unrecorded(host: Host, facts: Facts) -> Iterator[Remain]:
    """Yield why nothing that runs is the proxy that is recorded."""
    who, recorded = facts.listeners[facts.slots.active], facts.serving
    is_broken = "serving" in facts.broken_records
    if who.leader is not None and may_be_stopped(facts, host, who):
        if recorded is not None or is_broken or facts.current is not None:
            what = f"pid {who.leader.pid} serves on port {facts.slots.active} and is not the proxy that was recorded"
            effect = "starts one in its place that is"
            yield Remain(f"{what} ({_record(facts)})", f"ccdeploy restart --host {host.name}", effect)
    elif recorded is not None:
        yield _back(host, facts, _gone(facts, recorded))
    elif is_broken:
        yield _back(host, facts, "run/serving.json cannot be read, and no proxy of this root is found")


def _record(facts: Facts) -> str:
    if facts.serving is not None:
        return f"run/serving.json names pid {facts.serving.pid}, which runs no longer"
    return f"run/serving.json {'cannot be read' if 'serving' in facts.broken_records else 'is not there'}"


def _gone(facts: Facts, recorded: RunState) -> str:
    """Return what became of the recorded proxy."""
    is_since_boot = facts.booted is not None and recorded.started < facts.booted - timedelta(seconds=TOLERANCE_S)
    if facts.booted is not None and is_since_boot and not facts.listeners[recorded.port]:
        tried = f", and the start at boot has not brought it back (see {LOG} there)" if facts.at_boot else ""
        return f"nothing serves since the host was restarted at {iso(facts.booted)}{tried}"
    whose = f"; pid {recorded.pid} is another process by now" if facts.serving_process is not None else ""
    # Whoever verifies a proxy records its command line; what starts one, a boot too, does not know it yet.
    how = f"; if a boot started it, {LOG} there says more" if facts.at_boot and recorded.command is None else ""
    return f"the proxy that was started (pid {recorded.pid}) runs no longer{whose}{how}"


def _back(host: Host, facts: Facts, what: str) -> Remain:
    """Return what is not there, with the command that lets a verified release serve again."""
    current, good = facts.current_release, last_good(facts.releases, facts.current)
    if current is not None and current.is_good:
        return Remain(what, f"ccdeploy restart --host {host.name}", f"brings release {current.release} back")
    if good is not None:
        return Remain(what, f"ccdeploy rollback --host {host.name}", f"brings release {good.release} back")
    return Remain(what, f"ccdeploy deploy --host {host.name}", "brings one into service")


def beside(host: Host, facts: Facts) -> Iterator[Remain]:
    """Yield what lies around beside what serves, and the next deploy removes; nothing while somebody is at work."""
    if is_under_way(facts):
        return
    command = f"ccdeploy deploy --host {host.name}"
    shadow, unnamed = facts.running_shadow, facts.leftover_shadow
    if shadow is not None:
        told = f"a shadow of release {shadow.release} (pid {shadow.pid}) runs on port {shadow.port}"
        yield Remain(f"{told}: {_CUT_OFF}", command, "ends it first")
    elif unnamed is not None:
        told = f"a shadow that no record names (pid {unnamed.pid}) runs on port {facts.slots.idle}"
        yield Remain(f"{told}: {_CUT_OFF}", command, "ends it first")
    for name in facts.stray_uploads:
        release = name.removeprefix(".incoming-")
        yield Remain(f"the upload of release {release} was cut off", command, "removes what came of it")


def stale(facts: Facts) -> str:
    """Return whose lock is stale, and for how long it has been silent."""
    owner = f"the lock is held {facts.lock.owner}" if facts.lock.owner else "the lock was taken and names no owner"
    return owner if facts.lock.age_s is None else f"{owner}, silent for {human_seconds(facts.lock.age_s)}"
