"""What every SSH server for tests has in common: an address on loopback, keys, a folder for files."""

from __future__ import annotations

import shutil
import socket
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from ccdeploy.transport.target import SshTarget
from tests.support.waiting import until


@dataclass(frozen=True)
class SshHost:
    """A running SSH server. `folder` is its own; `pid` is the process to look at, or None for a thread of ours."""

    kind: str
    port: int
    user: str
    folder: Path
    pid: int | None = None
    address: str = "127.0.0.1"

    @property
    def target(self) -> SshTarget:
        """The settings with which it can be reached."""
        return SshTarget(
            address=self.address,
            port=self.port,
            user=self.user,
            identity_file=str(self.folder / "client_key"),
            known_hosts=str(self.folder / "known_hosts"),
        )

    @property
    def key_name(self) -> str:
        """Its name in known_hosts."""
        return f"[{self.address}]:{self.port}"


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """Make a key pair; `path` holds the private half. A passphrase is in no command line, which others see."""
    if passphrase:
        algorithm = {"ecdsa": "ecdsa-sha2-nistp256"}.get(kind, f"ssh-{kind}")
        key = asyncssh.generate_private_key(algorithm, comment=f"test {kind}")
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            # More rounds would make it slow to guess, and so to unlock.
            key.write_private_key(path, passphrase=passphrase, rounds=1)
        path.chmod(0o600)
        key.write_public_key(f"{path}.pub")
        return path
    bits = ["-b", "2048"] if kind == "rsa" else []
    subprocess.run(
        [_program("ssh-keygen"), "-q", "-t", kind, *bits, "-N", "", "-C", f"test {kind}", "-f", str(path)], check=True
    )
    return path


def public_key(path: Path) -> str:
    """Return `type base64` of a key pair."""
    return " ".join(Path(f"{path}.pub").read_text().split()[:2])


def make_folder(folder: Path, port: int, address: str = "127.0.0.1") -> Path:
    """Fill a folder with a host key, a client key that may log in, and a known_hosts."""
    folder.mkdir(parents=True, exist_ok=True)
    make_key(folder / "host_key")
    make_key(folder / "client_key")
    (folder / "authorized_keys").write_text(public_key(folder / "client_key") + "\n")
    (folder / "known_hosts").write_text(f"[{address}]:{port} {public_key(folder / 'host_key')}\n")
    return folder


def wait_for_banner(port: int, process: subprocess.Popen[bytes], log: Path, address: str = "127.0.0.1") -> None:
    """Return once an SSH server answers on the port."""

    def greets() -> bool:
        assert process.poll() is None, f"the SSH server ended: {log.read_text()}"
        try:
            with socket.create_connection((address, port), timeout=2) as sock:
                return sock.recv(4) == b"SSH-"
        except OSError:
            return False

    until(greets, f"an SSH server on port {port}")


def _program(name: str) -> str:
    path = shutil.which(name)
    assert path, f"{name} is not installed; it comes with the OpenSSH client"
    return path
