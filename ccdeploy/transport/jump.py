"""The hosts on the way (ProxyJump, `ssh.jump`): how each is reached, and what to say when one does not let us on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import paramiko

from ccdeploy.errors import HostUnreachable
from ccdeploy.transport.openssh import resolve
from ccdeploy.transport.route import Route
from ccdeploy.transport.target import SshTarget

MOST_HOPS = 8


def route_to_jump(behind: Route, config_file: Path | None = None) -> Route:
    """Return the route to the last of the hosts before `behind`; it leads over those before that one.

    As `ssh` does: a jump has its own user, keys and known hosts from OpenSSH's config. What the
    settings name counts for it too: they have no other place for the key of a jump.
    """
    before, _, last = str(behind.proxy_jump).rpartition(",")
    jump = resolve(_target(last, behind, before), config_file)
    key, file = behind.named.identity_file, behind.named.known_hosts
    return replace(
        jump,
        is_jump=True,
        named=behind.named,
        identity_files=(*([key] if key else []), *jump.identity_files),
        known_hosts=(*([file] if file else []), *jump.known_hosts),
        new_keys_file=file or jump.new_keys_file,
        hashes_names=jump.hashes_names and not file,
    )


def _target(spec: str, behind: Route, before: str) -> SshTarget:
    """Read `[user@]host[:port]` of a ProxyJump; policy and time-out are those of the host behind it."""
    user, _, place = spec.removeprefix("ssh://").rpartition("@")
    address, colon, port = ("", "", "") if place.endswith("]") else place.rpartition(":")
    return SshTarget(
        address=(address if colon else place).strip("[]"),
        port=int(port) if colon and port.isdigit() else None,
        user=user or None,
        jump=before or None,
        host_key_policy="accept-new" if behind.accepts_new_keys else "strict",
        connect_timeout_s=behind.timeout_s,
    )


def goes_nowhere(goal: str) -> HostUnreachable:
    """Return the error for hosts on the way without end."""
    return HostUnreachable(
        f"{goal}: more than {MOST_HOPS} hosts on the way; look for a ProxyJump that leads to itself",
        hint="`ProxyJump none` for the jump itself, in ~/.ssh/config, ends the chain",
    )


def forbids(goal: str, jump: Route, behind: Route) -> HostUnreachable:
    """Return the error for a jump whose SSH server lets us in and not on."""
    return HostUnreachable(
        f"{goal}: the jump {jump.address} forbids going on to {behind.hostname} port {behind.port}",
        hint=f"whoever runs {jump.address} allows it in its sshd_config: `AllowTcpForwarding local`, and where there "
        f"is a `PermitOpen`, `PermitOpen {behind.hostname}:{behind.port}`",
    )


def cannot_reach(goal: str, jump: Route, behind: Route, problem: OSError) -> HostUnreachable:
    """Return the error for a host that does not answer the jump."""
    if isinstance(problem, TimeoutError):
        reason = f"no answer within {behind.timeout_s:g} s"
    else:
        cause = problem.__cause__
        reason = (cause.text if isinstance(cause, paramiko.ChannelException) else str(problem)).strip() or "refused"
    return HostUnreachable(
        f"{goal}: the jump {jump.address} cannot reach {behind.hostname} port {behind.port}: "
        f"{reason[:1].lower()}{reason[1:]}",
        hint=f"is it on, and is that its address as {jump.address} sees it? `{behind.by_hand}` goes the same way",
    )
