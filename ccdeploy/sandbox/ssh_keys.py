"""The keys of the sandbox's SSH server: one for the host, one for the client, made on the spot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import asyncssh

from ccdeploy.sandbox.state import write_private


@dataclass(frozen=True)
class Keys:
    """The host's key, and the public keys that may log in."""

    host: asyncssh.SSHKey
    clients: asyncssh.SSHAuthorizedKeys


def keys_in(folder: Path, port: int) -> Keys:
    """Return the keys in `folder`, made where they are missing, and write known_hosts for `port`."""
    host = _key(folder / "host_key")
    client = _key(folder / "id_ed25519")
    write_private(folder / "known_hosts", f"[127.0.0.1]:{port} {_public(host)}\n")
    return Keys(host, asyncssh.import_authorized_keys(_public(client) + "\n"))


def _key(path: Path) -> asyncssh.SSHKey:
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519", comment="ccdeploy sandbox")
        write_private(path.with_name(f"{path.name}.pub"), key.export_public_key().decode(), 0o644)
        write_private(path, key.export_private_key().decode())
    return asyncssh.read_private_key(str(path))


def _public(key: asyncssh.SSHKey) -> str:
    return " ".join(key.export_public_key().decode().split()[:2])
