"""SSH's publickey authentication as `ssh` does it: a question before a signature, the service asked for once.

paramiko signs at once, which costs a person a passphrase, a click or a touch for a key that the
server may not want; and it asks for the service again with each key, at which some servers hang up.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import paramiko
from paramiko.auth_handler import AuthHandler
from paramiko.common import MSG_USERAUTH_INFO_REQUEST, cMSG_USERAUTH_REQUEST
from paramiko.pkey import PublicBlob

_PK_OK = MSG_USERAUTH_INFO_REQUEST  # 60 means what was asked (RFC 4252, 7)


@dataclass(frozen=True)
class PublicKey:
    """As much of a key as a question needs; `public_blob` is its certificate, in paramiko's words."""

    kind: str
    blob: bytes
    public_blob: PublicBlob | None = None

    def get_name(self) -> str:
        """Return its type."""
        return self.kind

    def asbytes(self) -> bytes:
        """Return it as it goes over the wire."""
        return self.blob


class UserAuth:
    """The authentication of one connection. Its methods raise SSHException when the connection ends or is too slow."""

    def __init__(self, transport: paramiko.Transport, user: str) -> None:
        self._transport = transport
        self._user = user
        self._handler = _Handler(transport)

    def would_take(self, key: PublicKey) -> bool:
        """Whether the server would accept a signature by `key`."""
        try:
            self._ask(key, is_question=True)
        except paramiko.AuthenticationException as exc:
            if not self._transport.is_active() or "timeout" in str(exc).lower():
                raise
        return self._handler.was_taken

    def show(self, key: paramiko.PKey) -> list[str]:
        """Authenticate with `key`; return what the server wants besides. Raises AuthenticationException."""
        return list(self._ask(key, is_question=False))

    def _ask(self, key: Any, *, is_question: bool) -> list[str]:
        handler, event = self._handler, threading.Event()
        handler.is_question, handler.was_taken = is_question, False
        self._transport.auth_handler = handler
        handler.auth_publickey(self._user, key, event)
        return handler.wait_for_response(event)


class _Handler(AuthHandler):
    """paramiko's own, for questions too. What it overrides are paramiko's names, the same in all versions we admit."""

    def __init__(self, transport: paramiko.Transport) -> None:
        super().__init__(transport)
        self.is_question = False
        self.was_taken = False
        self._has_service = False

    def _request_auth(self: Any) -> None:
        if self._has_service:
            self._send()  # in the caller's thread: an agent that refuses to sign must not end the connection
        else:
            AuthHandler._request_auth(self)  # type: ignore[attr-defined]  # not in the stubs

    def _parse_service_accept(self, message: paramiko.Message) -> None:
        self._has_service = True
        self._send()

    def _send(self: Any) -> None:
        if self.is_question:
            self._send_question()
            return
        accepted = paramiko.Message()
        accepted.add_string("ssh-userauth")
        accepted.rewind()
        AuthHandler._parse_service_accept(self, accepted)  # type: ignore[attr-defined]  # it signs and sends

    def _send_question(self: Any) -> None:
        kind, blob = self._get_key_type_and_bits(self.private_key)
        question = paramiko.Message()
        question.add_byte(cMSG_USERAUTH_REQUEST)
        for text in (self.username, "ssh-connection", "publickey"):
            question.add_string(text)
        question.add_boolean(False)  # no signature
        question.add_string(self._finalize_pubkey_algorithm(kind))
        question.add_string(blob)
        self.transport._send_message(question)

    def _parse_pk_ok(self: Any, message: paramiko.Message) -> None:
        self.was_taken = True
        self.auth_event.set()

    @property
    def _client_handler_table(self) -> dict[int, Any]:
        handlers = super()._client_handler_table  # type: ignore[misc]  # not in the stubs
        return {**handlers, _PK_OK: self._parse_pk_ok}
