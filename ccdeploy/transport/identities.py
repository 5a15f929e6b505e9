"""The keys that we can show to a host: of the agent, and of the files that the settings or OpenSSH's config name."""

from __future__ import annotations

import base64
import binascii
import contextlib
import socket
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko.agent import AgentSSH

from ccdeploy.transport.route import Route

_AGENT_ANSWERS_WITHIN_S = 10.0


@dataclass(frozen=True)
class Identity:
    """A key that can sign, and what to call it in messages."""

    key: paramiko.PKey
    shown: str


@dataclass
class Identities:
    """The keys to offer, in order, and why others cannot be offered. Close it after the handshake."""

    offered: list[Identity] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    encrypted: list[Path] = field(default_factory=list)
    _agent: SocketAgent | None = None

    def close(self) -> None:
        """Let go of the agent."""
        if self._agent:
            self._agent.close()


class SocketAgent(AgentSSH):
    """The agent behind a given socket; paramiko's own class knows only SSH_AUTH_SOCK."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(_AGENT_ANSWERS_WITHIN_S)
        try:
            self._socket.connect(path)
            self._connect(self._socket)  # type: ignore[attr-defined]  # as paramiko.Agent does it
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """End the connection to the agent."""
        self._socket.close()


def find_identities(route: Route) -> Identities:
    """Return the keys for a route, in OpenSSH's order: the agent's copies of the named keys, its others, files."""
    found = Identities()
    held = _keys_of_the_agent(route, found)
    files = [path for path in route.identity_files if path.exists()]
    if not files and len(route.identity_files) == 1:
        found.left_out.append(f"{route.identity_files[0]} is not there")
    named = {blob for path in files for blob in _public_blobs(path)}
    mine = [identity for identity in held if identity.key.asbytes() in named]
    others = [] if route.identities_only else [identity for identity in held if identity not in mine]
    found.offered = [*mine, *others]
    for path in files:
        if not any(identity.key.asbytes() in _public_blobs(path) for identity in mine):
            _load(path, found)
    return found


def _keys_of_the_agent(route: Route, found: Identities) -> list[Identity]:
    if not route.agent_socket:
        return []
    try:
        found._agent = agent = SocketAgent(route.agent_socket)
    except (OSError, paramiko.SSHException) as exc:
        found.left_out.append(f"the agent at {route.agent_socket} does not answer ({exc})")
        return []
    return [Identity(key, f"agent key {key.comment or key.get_name()}") for key in agent.get_keys()]


def _load(path: Path, found: Identities) -> None:
    """Add the key in a file to the offered ones, or the reason why it cannot be."""
    try:
        found.offered.append(Identity(paramiko.PKey.from_path(path), str(path)))
    except OSError as exc:
        found.left_out.append(f"{path} cannot be read ({exc.strerror})")
    except Exception as exc:  # paramiko and cryptography share no base for what they raise here
        if _is_encrypted(path, exc):
            found.encrypted.append(path)
            found.left_out.append(f"{path} is encrypted and no agent holds it")
        elif not _is_public(path):
            found.left_out.append(f"{path} holds no RSA, ECDSA or Ed25519 key that can be read")
        else:
            found.left_out.append(f"{path} is a public key and no agent holds its private half")


def _is_encrypted(path: Path, exc: Exception) -> bool:
    if isinstance(exc, paramiko.PasswordRequiredException | TypeError):  # cryptography says TypeError
        return True
    return b"ENCRYPTED" in path.read_bytes()


def _is_public(path: Path) -> bool:
    return b"PRIVATE KEY" not in path.read_bytes()


def _public_blobs(path: Path) -> set[bytes]:
    """Return the public key beside a private one, or the one that the file itself is."""
    blobs = set()
    for candidate in (path, Path(f"{path}.pub")):
        with contextlib.suppress(OSError, UnicodeDecodeError, IndexError, binascii.Error):
            words = candidate.read_text("ascii").split()
            if words[0].startswith(("ssh-", "ecdsa-", "sk-")):
                blobs.add(base64.b64decode(words[1], validate=True))
    return blobs
