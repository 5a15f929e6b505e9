"""Logins: whether the host ends what a user left running once its last login has ended (logind, on Linux)."""

from __future__ import annotations

from ccdeploy.findings import error
from ccdeploy.operations.doctor.seen import Judged, Seen
from ccdeploy.operations.remedy import on_host

_SWITCH_OFF = (
    "sudo mkdir -p /etc/systemd/logind.conf.d && "
    'printf "[Login]\\nKillUserProcesses=no\\n" | sudo tee /etc/systemd/logind.conf.d/10-ccdeploy.conf && '
    "sudo systemctl kill -s HUP systemd-logind"
)


def judge(seen: Seen) -> Judged:
    """Say whether logind would end the proxy as soon as ccdeploy hangs up."""
    logins, user = seen.around.logins, seen.around.user
    if logins is None:
        return
    # Without a scope of a login, as with `UsePAM no`, there is nothing that logind would end.
    if logins.kills_those_of(user) and seen.around.in_session is not False:
        message = (
            f"KillUserProcesses=yes: logind ends what {user} left running when the last login ends, "
            "so the proxy dies as ccdeploy hangs up; nohup does not help"
        )
        yield error("kill-user-processes", seen.name, message, on_host(seen.host, _SWITCH_OFF))
    else:
        yield f"logins: what {user} leaves running is not ended (KillUserProcesses)"
