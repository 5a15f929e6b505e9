"""Sleep: a Mac that sleeps serves nobody, and one that does not start again after a power failure neither."""

from __future__ import annotations

from ccdeploy.findings import note, warning
from ccdeploy.operations.doctor.seen import Judged, Seen
from ccdeploy.operations.remedy import on_host
from ccdeploy.units import counted


def judge(seen: Seen) -> Judged:
    """Say whether the Mac goes to sleep, and whether it comes back."""
    power = seen.around.power
    if power is None:
        return
    if power.sleeps_after_min:
        minutes = counted(power.sleeps_after_min, "minute")
        awake = f"; at the moment {power.prevented_by} keeps it awake" if power.prevented_by else ""
        message = f"this Mac goes to sleep after {minutes} without a user, and then serves nobody{awake}"
        yield warning("sleep", seen.name, message, on_host(seen.host, "sudo pmset -a sleep 0"))
    else:
        yield "sleep: this Mac never sleeps"
    if power.restarts is False:
        message = "this Mac stays off after a power failure"
        yield note("power-failure", seen.name, message, on_host(seen.host, "sudo pmset -a autorestart 1"))
