"""What starts the proxy of a root after a boot: whether it is set up, and the unit that does it, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from ccdeploy.errors import Refused
from ccdeploy.shell import unit
from ccdeploy.shell.dynamic import CHANGED

if TYPE_CHECKING:
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.transport.seam import Transport

AtBoot = Literal["", "login", "boot"]  # nothing does; a unit that waits for a login of its user; one that does not
Manager = Literal["systemd", "launchd"]


def read(answer: str) -> AtBoot:
    """Return what the facts tell of the start after a boot."""
    return cast("AtBoot", answer) if answer in ("login", "boot") else ""


@dataclass(frozen=True)
class BootUnit:
    """The unit of a root. `text` is None where there is none; `script_digest` is that of run/at-boot.sh."""

    manager: Manager
    path: str
    user: str
    text: str | None
    is_file: bool  # there is nothing at all, or a plain file
    is_on: bool  # its manager runs it after a boot
    lingers: bool  # without waiting for a login (systemd)
    script_digest: str | None

    @property
    def is_foreign(self) -> bool:
        """Whether another hand wrote what is there, or has changed what ccdeploy wrote."""
        return not self.is_file or (self.text is not None and not unit.is_ours(self.text))

    def wanted(self, root: str) -> str:
        """Return the text that it should have."""
        return unit.systemd(root) if self.manager == "systemd" else unit.launchd(root)


def seen(transport: Transport, root: str) -> BootUnit | None:
    """Ask a host for the unit of an absolute root; None where neither systemd nor launchd runs. Raises Refused."""
    asked = unit.ask(root)
    try:
        raw = asked.parts(transport.run(asked.command).stdout)
    except ValueError as exc:
        raise Refused(f"{transport.name}: {exc}", hint="run the command again") from exc
    parts = {part: data.decode("utf-8", "replace").strip("\n") for part, data in raw.items()}
    if parts["manager"] not in ("systemd", "launchd"):
        return None
    manager = cast("Manager", parts["manager"])
    where = unit.systemd_path if manager == "systemd" else unit.launchd_path
    path = where(parts["home"], root)
    kind, is_there = parts[f"{manager}_kind"], bool(parts[f"{manager}_kind"])
    return BootUnit(
        manager,
        path,
        parts["user"],
        raw[manager].decode("utf-8", "replace") if is_there else None,
        is_file=kind in ("", "file"),
        is_on=parts["wanted"] == path if manager == "systemd" else is_there,
        lingers=parts["lingers"] == "yes",
        script_digest=parts["script"] or None,
    )


def put(lock: HeldLock, found: BootUnit, text: str, boot_script: str, seen_digest: str | None) -> None:
    """Put the unit and run/at-boot.sh in place. Raises Refused when another hand has just written the unit."""
    done = lock.run(unit.put(lock.hold, found.path, text, seen_digest, boot_script))
    if done.status == CHANGED:
        raise Refused(f"{lock.transport.name}: {found.path} was changed by another hand just now", hint="run it again")
