"""Forwarding: ccdeploy asks the proxy through the SSH connection, which the host's SSH server has to allow."""

from __future__ import annotations

from ccdeploy.findings import error
from ccdeploy.operations.doctor.seen import Judged, Seen
from ccdeploy.operations.remedy import on_host

_RESTART = {
    # macOS starts an sshd for each connection, which reads its settings anew.
    "Darwin": "",
    "Linux": " && { sudo systemctl reload ssh || sudo systemctl reload sshd; }",
}


def judge(seen: Seen) -> Judged:
    """Say to which ports the SSH server forbids to forward."""
    forbidden = [address for address, door in seen.doors.items() if door == "forbidden"]
    if not forbidden:
        yield f"forwarding: allowed to {', '.join(seen.doors)}"
        return
    message = (
        f"the SSH server forbids forwarding to {', '.join(forbidden)}, so a proxy cannot be verified there; "
        "`AllowTcpForwarding`, `PermitOpen`, or `restrict` at the key in ~/.ssh/authorized_keys do this"
    )
    user = seen.around.user
    rule = f"Match User {user}\\n  AllowTcpForwarding local\\n  PermitOpen any\\n"
    command = f'printf "{rule}" | sudo tee /etc/ssh/sshd_config.d/10-ccdeploy.conf{_RESTART.get(seen.facts.system, "")}'
    yield error("forwarding", seen.name, message, on_host(seen.host, command))
