"""The start after a boot, where `setup --at-boot` has set one up: whether it waits for a login."""

from __future__ import annotations

from ccdeploy.operations import at_boot
from ccdeploy.operations.doctor.seen import Judged, Seen


def judge(seen: Seen) -> Judged:
    """Say whether a boot brings the proxy back; that nothing does is told with the promises."""
    if seen.facts.at_boot == "boot":
        yield "at boot: what serves is started again"
    elif seen.facts.at_boot == "login":
        yield at_boot.waits_for_login(seen.host, seen.around.user, is_mac=seen.facts.system == "Darwin")
