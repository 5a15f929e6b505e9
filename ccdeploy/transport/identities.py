"""The keys that we can show to a host: of the agent, and of the files that the settings or OpenSSH's config name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko.agent import AgentKey
from paramiko.pkey import PublicBlob

from ccdeploy.transport.agent import SocketAgent
from ccdeploy.transport.certificates import SUFFIX, is_for, read_certificates
from ccdeploy.transport.keyfile import KeyFile, kind_of, look_at
from ccdeploy.transport.route import Route
from ccdeploy.transport.userauth import PublicKey


@dataclass(frozen=True)
class Identity:
    """A key to show, and what to call it in messages. Without `key` it is locked in the file at `path`.

    `public` is None where a locked file does not tell it: then the server cannot be asked beforehand.
    """

    shown: str
    public: bytes | None
    key: paramiko.PKey | None = None
    path: Path | None = None
    certificate: PublicBlob | None = None

    @property
    def costs_a_person(self) -> bool:
        """Whether a signature may ask somebody for a passphrase, a click or a touch."""
        return self.key is None or isinstance(self.key, AgentKey)

    @property
    def is_hardware(self) -> bool:
        """Whether a security key has to be touched for it."""
        return self.public is not None and kind_of(self.public).startswith("sk-")

    @property
    def question(self) -> PublicKey | None:
        """What to ask a server about it; None where its public half is not known."""
        return PublicKey(kind_of(self.public), self.public, self.certificate) if self.public else None


@dataclass
class Identities:
    """The keys to offer, in order, and why others cannot be. Close it after the handshake."""

    offered: list[Identity] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    for_the_agent: list[Path] = field(default_factory=list)  # `ssh-add` of these would help
    _agent: SocketAgent | None = None

    def close(self) -> None:
        """Let go of the agent."""
        if self._agent:
            self._agent.close()


def find_identities(route: Route) -> Identities:
    """Return the keys for a route: the agent's copies of the named ones, its others, files, locked files.

    OpenSSH's order, except that a file that needs a passphrase comes after those that need nobody.
    """
    found = Identities()
    files = [look_at(path) for path in route.identity_files if path.exists()]
    if not files and len(route.identity_files) == 1:
        found.left_out.append(f"{route.identity_files[0]} is not there")
    certificates = read_certificates([*route.certificate_files, *(Path(f"{file.path}{SUFFIX}") for file in files)])
    named = {file.public for file in files if file.public} | {blob.key_blob for blob in certificates}
    held = _keys_of_the_agent(route, found)
    mine = [identity for identity in held if identity.public in named]
    others = [] if route.identities_only else [identity for identity in held if identity not in mine]
    mine_blobs = {identity.public for identity in mine}
    from_files = [identity for file in files if file.public not in mine_blobs for identity in _from_file(file, found)]
    plain = [*mine, *others, *sorted(from_files, key=lambda identity: identity.key is None)]
    found.offered = [shown for identity in plain for shown in _with_certificates(identity, certificates)]
    return found


def _keys_of_the_agent(route: Route, found: Identities) -> list[Identity]:
    if not route.agent_socket:
        return []
    try:
        found._agent = agent = SocketAgent(route.agent_socket)
    except (OSError, paramiko.SSHException) as exc:
        found.left_out.append(f"the agent at {route.agent_socket} does not answer ({exc})")
        return []
    return [Identity(f"agent key {key.comment or key.get_name()}", key.blob, key) for key in agent.get_keys()]


def _from_file(file: KeyFile, found: Identities) -> Iterator[Identity]:
    """Yield the key in a file, or note why there is none to show."""
    if file.is_private and file.is_hardware:
        found.for_the_agent.append(file.path)
        found.left_out.append(f"{file.path} is of a security key ({file.kind}), and no agent holds it")
    elif file.is_private and file.is_locked:
        yield Identity(str(file.path), file.public, path=file.path)
    else:
        try:
            key = paramiko.PKey.from_path(file.path)
        except OSError as exc:
            found.left_out.append(f"{file.path} cannot be read ({exc.strerror})")
        except Exception:  # paramiko and cryptography share no base for what they raise here
            found.left_out.append(f"{file.path} {_why_not(file)}")
        else:
            yield Identity(str(file.path), key.asbytes(), key, file.path)


def _why_not(file: KeyFile) -> str:
    if file.public and not file.is_private:
        return "is a public key and no agent holds its private half"
    return "holds no RSA, ECDSA or Ed25519 key that can be read"


def _with_certificates(identity: Identity, certificates: list[PublicBlob]) -> Iterator[Identity]:
    """Yield an identity with each certificate that is for it, then bare: a certificate may have run out."""
    for certificate in certificates:
        if identity.public and is_for(certificate, identity.public):
            shown = f"{identity.shown} with its certificate"
            yield Identity(shown, identity.public, identity.key, identity.path, certificate)
    yield identity
