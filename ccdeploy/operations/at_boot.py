"""The start after a boot: set up once, and kept up with what serves.

A unit of systemd or launchd runs run/at-boot.sh; who records what serves writes that script anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.findings import Finding, note, warning
from ccdeploy.operations.remedy import on_host
from ccdeploy.release.bundle import sha256
from ccdeploy.release.lock import STALE_AFTER_S, Owner
from ccdeploy.release.retention import last_good
from ccdeploy.remote import at_boot, process
from ccdeploy.remote.facts import gather
from ccdeploy.shell import at_boot as lines
from ccdeploy.shell import releases, unit
from ccdeploy.shell.lock import Hold

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change
    from ccdeploy.operations.work import Work
    from ccdeploy.release.manifest import Manifest
    from ccdeploy.remote.at_boot import BootUnit
    from ccdeploy.remote.facts import Facts
    from ccdeploy.settings import Host

_ID = "at-boot"


@dataclass(frozen=True)
class Wanted:
    """The unit as it should be, what its script is to hold, and which release that starts, if any."""

    found: BootUnit
    text: str
    script: str
    release: str | None
    port: int

    @property
    def is_there(self) -> bool:
        """Whether all of it is on the host as it should be."""
        is_same = self.found.text == self.text and self.found.script_digest == sha256(self.script.encode())
        return is_same and self.found.is_on

    @property
    def told(self) -> str:
        """What it is, in a few words."""
        what = f"release {self.release} on port {self.port}" if self.release else "nothing before the first deploy"
        return f"{self.found.path}, which starts {what} after a boot"


def kept(change: Change) -> str:
    """Return the lines that let a start after a boot bring up what the change has just verified.

    What serves only for as long as a command runs is not started after a boot: what served before it is.
    """
    if change.verb == "run" and change.is_new:
        return ""
    return lines_for(change.work.host, change.facts, change.release, change.port)


def lines_for(host: Host, facts: Facts, release: Manifest, port: int) -> str:
    """Return the lines that let a start after a boot, where one is set up, bring up this release on this port."""
    return lines.keep_lines(_script(host, facts, release, port))


def stopped() -> str:
    """Return the lines that let no start after a boot bring back what was stopped."""
    return lines.keep_lines(lines.no_start())


def demand(work: Work, facts: Facts) -> Wanted:
    """Return what is to be set up. Raises Refused where nothing could run it, or another hand wrote such a unit."""
    name = work.host.name
    found = at_boot.seen(work.transport, facts.root)
    if found is None:
        raise Refused(
            f"{name}: neither systemd nor launchd runs on this host, so nothing could start the proxy after a boot",
            hint=f"after a boot, `ccdeploy restart --host {name}` starts it, from any machine that reaches the host",
        )
    if found.is_foreign:
        whose = "was not written by ccdeploy, or was changed since"
        raise Refused(
            f"{name}: {found.path} {whose}; nothing was done",
            hint=f"see what it is for, then move it away (`mv {found.path} {found.path}.old` on the host)",
        )
    release = _release(facts)
    port = facts.running.port if facts.running else facts.slots.active
    script = _script(work.host, facts, release, port) if release else lines.no_start()
    return Wanted(found, found.wanted(facts.root), script, release.release if release else None, port)


def keep(work: Work, root: str, wait_s: float) -> tuple[Wanted, bool]:
    """Put it in place where it is not; return it as it is then, and whether anything was written.

    Raises Refused, Locked, CommandFailed.
    """
    with work.lock(root, "setup --at-boot").held(wait_s) as lock:
        wanted = demand(work, gather(work.transport, work.host))
        if wanted.is_there:
            return wanted, False
        seen = sha256(wanted.found.text.encode()) if wanted.found.text is not None else None
        at_boot.put(lock, wanted.found, wanted.text, wanted.script, seen)
        found = at_boot.seen(work.transport, root)
    return replace(wanted, found=found or wanted.found), True


def judge(host: Host, found: BootUnit) -> list[Finding]:
    """Return what a person has to do yet, so that it starts without a login."""
    is_mac = found.manager == "launchd"
    return [] if found.lingers and not is_mac else [waits_for_login(host, found.user, is_mac=is_mac)]


def waits_for_login(host: Host, user: str, *, is_mac: bool) -> Finding:
    """Return what is to be done where the proxy is started at a login of its user, and not at the boot itself."""
    if is_mac:
        said = f"launchd starts the proxy at the first login of {user} after a boot, at the screen or by SSH"
        return note("at-boot", host.name, said, "let the Mac log in by itself: System Settings, Users & Groups")
    said = f"systemd starts the units of {user} at the first login after a boot: lingering is off"
    return warning("at-boot", host.name, said, on_host(host, f"sudo loginctl enable-linger {user}"))


def _release(facts: Facts) -> Manifest | None:
    """Return the release that a boot is to bring up: the current one, or else the last that was good.

    None where none was deployed yet, or where it was stopped.
    """
    was_stopped = facts.serving is None and bool(facts.history) and facts.history[-1].outcome == "stopped"
    current = facts.current_release
    if was_stopped or current is None:
        return None
    return current if current.is_good else last_good(facts.releases, facts.current)


def _script(host: Host, facts: Facts, release: Manifest, port: int) -> str:
    start = process.start(host, facts, release, port)
    before = releases.check_files(release.release, release.files) + releases.activate(release.release)
    owner = Owner(_ID, "the host itself", host.name, "its boot", "start after a boot", manual=False)
    boot = lines.BootStart(release.release, before, start)
    return lines.boot_script(Hold(facts.root, _ID), owner.to_json(), STALE_AFTER_S, boot)


def is_of_root(commands: tuple[str, ...], root: str) -> bool:
    """Whether the command lines of a unit are those of the start after a boot, of this root."""
    return len(commands) == 1 and commands[0] in unit.command_lines(root)
