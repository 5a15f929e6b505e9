"""What a file of a key pair tells without its passphrase: its public half, its kind, whether it is locked."""

from __future__ import annotations

import base64
import binascii
import contextlib
from dataclasses import dataclass
from pathlib import Path

from paramiko import Message

_MAGIC = b"openssh-key-v1\0"
_PUBLIC = ("ssh-", "ecdsa-", "sk-")


@dataclass(frozen=True)
class KeyFile:
    """A file named as an identity. `public` is its public key, None where it does not tell."""

    path: Path
    is_private: bool = False
    is_locked: bool = False
    public: bytes | None = None

    @property
    def kind(self) -> str:
        """Its type as OpenSSH has it, such as `ssh-ed25519`; empty where it is not known."""
        return kind_of(self.public) if self.public else ""

    @property
    def is_hardware(self) -> bool:
        """Whether the key lives in a security key (FIDO), and the file holds only a handle."""
        return self.kind.startswith("sk-")


def look_at(path: Path) -> KeyFile:
    """Return what a file tells; one that cannot be read tells nothing."""
    try:
        text = path.read_text("ascii", "replace")
    except OSError:
        return KeyFile(path, public=_public_half(Path(f"{path}.pub")))
    is_private = "PRIVATE KEY" in text
    if opened := _openssh(text):
        return KeyFile(path, is_private, *opened)
    return KeyFile(path, is_private, "ENCRYPTED" in text, _public_half(path) or _public_half(Path(f"{path}.pub")))


def kind_of(blob: bytes) -> str:
    """Return the type that a public key names first."""
    return str(Message(blob).get_binary().decode("ascii", "replace"))


def _openssh(text: str) -> tuple[bool, bytes] | None:
    """Read OpenSSH's own format, which has the public half in the open: whether it is locked, and that half."""
    _, begins, rest = text.partition("-----BEGIN OPENSSH PRIVATE KEY-----")
    if not begins:
        return None
    with contextlib.suppress(binascii.Error, ValueError):
        data = base64.b64decode("".join(rest.partition("-----END")[0].split()), validate=True)
        if data.startswith(_MAGIC):
            message = Message(data[len(_MAGIC) :])
            cipher, _kdf, _options = (message.get_binary() for _ in range(3))
            if message.get_int() == 1:
                return cipher != b"none", message.get_binary()
    return None


def _public_half(path: Path) -> bytes | None:
    with contextlib.suppress(OSError, UnicodeDecodeError, IndexError, binascii.Error):
        words = path.read_text("ascii").split()
        if words[0].startswith(_PUBLIC):
            return base64.b64decode(words[1], validate=True)
    return None
