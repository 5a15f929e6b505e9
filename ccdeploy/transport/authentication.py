"""Showing our keys to a host, one after the other; which keys there are is told in identities.py."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

import paramiko

from ccdeploy.errors import AuthenticationFailed
from ccdeploy.transport.agent import PERSON_TAKES_AT_MOST_S
from ccdeploy.transport.identities import Identities, Identity, find_identities
from ccdeploy.transport.passphrases import Locked
from ccdeploy.transport.person import Person
from ccdeploy.transport.route import Route
from ccdeploy.transport.userauth import UserAuth


def authenticate(host: str, route: Route, transport: paramiko.Transport, person: Person) -> bool:
    """Authenticate as the route's user; return whether somebody had to touch a security key.

    Raises AuthenticationFailed, which names every key and what became of it.
    """
    identities = find_identities(route)
    try:
        return _Login(host, route, transport, UserAuth(transport, route.user), person, identities).do()
    finally:
        identities.close()


@dataclass
class _Login:
    """One authentication under way."""

    _host: str
    _route: Route
    _transport: paramiko.Transport
    _auth: UserAuth
    _person: Person
    _identities: Identities
    _tried: list[str] = field(default_factory=list)

    def do(self) -> bool:
        """Show key after key until one is taken; return whether that one had to be touched."""
        for identity in self._identities.offered:
            try:
                if self._is_taken(identity):
                    return identity.is_hardware
            except (paramiko.SSHException, EOFError, OSError) as exc:
                # A server cuts the connection after too many keys; an ill one never answers.
                if not self._transport.is_active() or "timeout" in str(exc).lower():
                    raise self._failed(f"the server ended it ({exc})") from exc
                if not isinstance(exc, paramiko.AuthenticationException):
                    self._identities.left_out.append(f"the agent did not sign with {identity.shown}")
        raise self._failed()

    def _is_taken(self, identity: Identity) -> bool:
        """Show one key; the server is asked first where a signature costs a person something."""
        question = identity.question if identity.costs_a_person else None
        self._tried.append(identity.shown)
        if question and not self._auth.would_take(question):
            return False
        key = identity.key or self._unlocked(identity)
        if key is None:
            self._tried.pop()  # it was not shown: why is told apart
            return False
        if identity.is_hardware:
            self._person.tell(f"{self._host}: touch the security key of {identity.shown}, if it blinks")
        key.public_blob = identity.certificate
        self._transport.auth_timeout = self._route.timeout_s + PERSON_TAKES_AT_MOST_S * identity.costs_a_person
        # A list that is not empty names what the server wants besides the key.
        if wanted := self._auth.show(key):
            raise self._failed(f"the server wants {' and '.join(wanted)} too, which is not supported")
        return True

    def _unlocked(self, identity: Identity) -> paramiko.PKey | None:
        assert identity.path  # noqa: S101 what has no key has a file
        key = self._person.unlock(identity.path)
        if isinstance(key, Locked):
            self._identities.for_the_agent.append(identity.path)
            self._identities.left_out.append(f"{identity.path} {key.why}")
            return None
        return key

    def _failed(self, end: str = "") -> AuthenticationFailed:
        tried = f"tried {', '.join(self._tried)}" if self._tried else "there is no key to try"
        story = "; ".join([tried, *self._identities.left_out, *([end] if end else [])])
        return AuthenticationFailed(
            f"{self._host}: {self._route.shown} does not let us in: {story}", hint=self._remedy()
        )

    def _remedy(self) -> str:
        if paths := self._identities.for_the_agent:
            return f"let an ssh-agent hold the key for this session: `ssh-add {shlex.quote(str(paths[0]))}`"
        if self._tried:
            where = self._route.address if self._route.is_jump else "the host"
            user = self._route.user
            return f"put the public half of one of these keys into ~/.ssh/authorized_keys of {user} on {where}"
        return "make a key with `ssh-keygen`, put it on the host with `ssh-copy-id`, or name one as ssh.identity_file"
