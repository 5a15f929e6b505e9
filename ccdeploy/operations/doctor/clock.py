"""The host's clock against ours."""

from __future__ import annotations

from ccdeploy.findings import warning
from ccdeploy.operations.doctor.seen import Judged, Seen
from ccdeploy.operations.remedy import on_host
from ccdeploy.units import human_seconds

MOST_S = 30.0  # a lock goes stale after 60 s by the host's own clock; people compare times of both machines
_SET = {
    "Darwin": "sudo sntp -sS time.apple.com",
    "Linux": "sudo timedatectl set-ntp true",
}


def judge(seen: Seen) -> Judged:
    """Say when the clocks are apart; the round trip does not count."""
    ahead_s = seen.around.ahead_s
    if abs(ahead_s) <= MOST_S:
        yield "clock: that of the host and ours agree"
        return
    how = "ahead of" if ahead_s > 0 else "behind"
    message = (
        f"the host's clock is {human_seconds(abs(ahead_s))} {how} ours: certificates may seem invalid, "
        "and times in `history` and logs are not those of here"
    )
    remedy = on_host(seen.host, _SET.get(seen.facts.system, "sudo date"))
    yield warning("clock", seen.name, message, remedy)
