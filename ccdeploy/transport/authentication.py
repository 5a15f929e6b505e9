"""Showing our keys to a host, one after the other; which keys there are is told in identities.py."""

from __future__ import annotations

import paramiko

from ccdeploy.errors import AuthenticationFailed
from ccdeploy.transport.identities import Identities, find_identities
from ccdeploy.transport.route import Route


def authenticate(host: str, route: Route, transport: paramiko.Transport) -> None:
    """Authenticate as the route's user. Raises AuthenticationFailed, which names every key and what became of it."""
    identities = find_identities(route)
    refused: list[str] = []
    try:
        for identity in identities.offered:
            refused.append(identity.shown)
            try:
                # A list that is not empty names what the server wants besides the key.
                if not (wanted := transport.auth_publickey(route.user, identity.key)):
                    return
            except (paramiko.SSHException, EOFError, OSError) as exc:
                # A server cuts the connection after too many keys; an ill one never answers.
                if not transport.is_active() or "timeout" in str(exc).lower():
                    raise _refused(host, route, identities, refused, f"the server ended it ({exc})") from exc
            else:
                asked = " and ".join(wanted)
                raise _refused(
                    host, route, identities, refused, f"the server wants {asked} too, which is not supported"
                )
        raise _refused(host, route, identities, refused)
    finally:
        identities.close()


def _refused(
    host: str, route: Route, identities: Identities, refused: list[str], end: str = ""
) -> AuthenticationFailed:
    tried = f"tried {', '.join(refused)}" if refused else "there is no key to try"
    story = "; ".join([tried, *identities.left_out, *([end] if end else [])])
    where = route.address if route.is_jump else "the host"
    return AuthenticationFailed(
        f"{host}: {route.shown} does not let us in: {story}", hint=_remedy(route.user, where, identities, refused)
    )


def _remedy(user: str, where: str, identities: Identities, refused: list[str]) -> str:
    if identities.encrypted:
        return f"unlock the key for this session, with ssh-agent running: `ssh-add {identities.encrypted[0]}`"
    if refused:
        return f"put the public half of one of these keys into ~/.ssh/authorized_keys of {user} on {where}"
    return "make a key with `ssh-keygen`, put it on the host with `ssh-copy-id`, or name one as ssh.identity_file"
