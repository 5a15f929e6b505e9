"""A second supervisor: a unit of systemd or launchd that would start the proxy beside ccdeploy, or against it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ccdeploy.findings import error, warning
from ccdeploy.litellm import commandline
from ccdeploy.operations import at_boot
from ccdeploy.operations.doctor.seen import Judged, Seen
from ccdeploy.operations.remedy import on_host
from ccdeploy.remote.unit import Unit
from ccdeploy.secret import confidential, mask_command_line

_MANAGERS = {
    "systemd-user": "the user's systemd",
    "systemd": "systemd",
    "agent": "launchd at a login",
    "daemon": "launchd",
}


def judge(seen: Seen) -> Judged:
    """Say which unit starts a litellm on a port of ours or below root, while ccdeploy starts it under nohup."""
    rivals = [unit for unit in seen.around.units if is_rival(seen, unit)]
    for unit in rivals:
        remedy = on_host(seen.host, unit.switch_off)
        told = f"{_MANAGERS[unit.kind]} starts a litellm too: {unit.name} ({unit.path}) runs {_command(seen, unit)}"
        if unit.runs or unit.is_on is None:
            why = "it brings back what ccdeploy stops, and two proxies want one port"
            yield error("supervisor", seen.name, f"{told}; {why}", remedy)
        elif unit.is_on:
            now = "it does not run now" if unit.runs is False else "whether it runs now is not known"
            why = f"{now}; after the next boot it takes the port"
            yield warning("supervisor", seen.name, f"{told}; {why}", remedy)
        else:
            yield f"supervisor: {unit.name} is switched off"
    if not rivals:
        yield "supervisor: no unit of systemd or launchd starts this proxy"


def is_rival(seen: Seen, unit: Unit) -> bool:
    """Whether a unit starts the proxy of this host: it is what serves, or would listen there, or lies below root.

    That of `setup --at-boot` is ours: it starts once what ccdeploy recorded, and nothing while that runs.
    """
    if at_boot.is_of_root(unit.commands, seen.facts.root):
        return False
    serving = seen.facts.listeners[seen.facts.slots.active].leader
    if unit.pid is not None and serving is not None and unit.pid in (serving.pid, serving.parent):
        return True
    return any(_is_ours(seen, command, unit.folder) for command in unit.commands)


def _is_ours(seen: Seen, command: str, folder: str | None) -> bool:
    root = seen.facts.root
    is_below = re.search(rf"(?<![\w.-]){re.escape(root)}(?=[/\s'\"]|$)", command) is not None
    if not re.search(r"\blitellm\b", command):
        # A script of the root's own, such as start.sh, may start it.
        return is_below and PurePosixPath(command.partition(" ")[0]).is_relative_to(root)
    unquoted = re.sub(r"['\"]", " ", command)
    return is_below or folder == root or commandline.port_in(unquoted) in seen.host.listen.ports


def _command(seen: Seen, unit: Unit) -> str:
    shown = " && ".join(unit.commands)
    return mask_command_line(shown, confidential(seen.facts.env.values))
