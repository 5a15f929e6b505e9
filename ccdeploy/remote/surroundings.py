"""What stands around a proxy on a host, as values: its clock, PATH, logs, supervisors, sleep and logins.

Asked in one round trip, by `doctor` alone; None where it could not be known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.remote.facts import moment
from ccdeploy.remote.unit import Unit, units
from ccdeploy.shell.doctor import surroundings as question

if TYPE_CHECKING:
    from datetime import datetime

    from ccdeploy.clock import Clock
    from ccdeploy.settings import Host
    from ccdeploy.transport.seam import Transport

_SLEEP = re.compile(
    r"^[ \t]*(sleep|SleepDisabled|autorestart)[ \t]+(\d+)(?: +\(sleep prevented by (.*)\))?", re.MULTILINE
)
_SESSION = re.compile(r"session-[^/]*\.scope")


@dataclass(frozen=True)
class Power:
    """The sleep settings of a Mac (`pmset -g`), those in use now."""

    sleeps_after_min: int  # 0: never
    prevented_by: str | None  # programs that keep it awake at the moment
    restarts: bool | None  # after a power failure; None where the Mac has no such setting


@dataclass(frozen=True)
class Logins:
    """What logind does with the processes of a user whose last login has ended (Linux)."""

    kills: bool
    only: tuple[str, ...]  # users that alone are meant; none named: all
    excluded: tuple[str, ...]

    def kills_those_of(self, user: str) -> bool:
        """Whether the processes that this user left behind are ended."""
        return self.kills and user not in self.excluded and (not self.only or user in self.only)


@dataclass(frozen=True)
class Surroundings:
    """What stands around a proxy. `ahead_s` is how far the host's clock is ahead of ours, 0 within what can be told."""

    ahead_s: float
    path: tuple[str, ...]  # as an SSH command gets it
    folders: tuple[str, ...]  # of programs, those that are there
    user: str
    home: str
    in_session: bool | None  # whether our commands run in a scope of a login (Linux)
    logs: Mapping[str, int]  # bytes, by name
    units: tuple[Unit, ...]
    power: Power | None
    logins: Logins | None
    dynamic: bytes | None = field(repr=False)  # Traefik's dynamic file


def look_around(transport: Transport, host: Host, clock: Clock) -> Surroundings:
    """Ask the host in one round trip. Raises Refused when its answer is not whole."""
    dynamic = host.traefik.dynamic_file if host.traefik else None
    asked = question(host.root, dynamic)
    before = clock.now()
    answer = transport.run(asked.command).stdout
    after = clock.now()
    try:
        return _surroundings(asked.parts(answer), before, after)
    except ValueError as exc:
        raise Refused(f"{host.name}: {exc}", hint="run the command again; does a login script end the shell?") from exc


def ahead_s(host_s: int, before: datetime, after: datetime) -> float:
    """Return how far a clock that showed this second between two moments of ours is ahead, at least.

    0 when it may be right: the second is a whole one, and was asked for at some time in between.
    """
    at_least, at_most = host_s - after.timestamp(), host_s + 1 - before.timestamp()
    return at_least if at_least > 0 else min(at_most, 0.0)


def _surroundings(parts: Mapping[str, bytes], before: datetime, after: datetime) -> Surroundings:
    text = {name: data.decode("utf-8", "replace").strip() for name, data in parts.items() if ":" not in name}
    user, _, _ = text["user"].partition("\n")
    return Surroundings(
        ahead_s=ahead_s(int(moment(text["now"]).timestamp()), before, after),
        path=tuple(text["path"].split(":")),
        folders=tuple(text["folders"].splitlines()),
        user=user,
        home=text["home"],
        in_session=bool(_SESSION.search(text["cgroup"])) if text["cgroup"] else None,
        logs=_sizes(text["logs"]),
        units=units(parts, text["home"]),
        power=power(text["pmset"]),
        logins=logins(text["logind"]),
        dynamic=parts.get("dynamic") or None,
    )


def power(text: str) -> Power | None:
    """Return what `pmset -g` says; None when it says nothing of sleep."""
    said = {name: (int(number), by or None) for name, number, by in _SLEEP.findall(text)}
    if "sleep" not in said:
        return None
    minutes, by = said["sleep"]
    is_disabled = said.get("SleepDisabled", (0, None))[0] == 1
    restarts = said["autorestart"][0] == 1 if "autorestart" in said else None
    return Power(0 if is_disabled else minutes, by, restarts)


def logins(text: str) -> Logins | None:
    """Return what `loginctl show-session` says of its manager; None when it says nothing."""
    said = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    if "KillUserProcesses" not in said:
        return None
    only, excluded = said.get("KillOnlyUsers", ""), said.get("KillExcludeUsers", "")
    return Logins(said["KillUserProcesses"] == "yes", tuple(only.split()), tuple(excluded.split()))


def _sizes(listing: str) -> dict[str, int]:
    """Return the sizes of the files in the answer of `ls -ln`."""
    rows = (line.split(None, 8) for line in listing.splitlines() if line.startswith("-"))
    return {row[8]: int(row[4]) for row in rows if len(row) == 9 and row[4].isdigit()}
