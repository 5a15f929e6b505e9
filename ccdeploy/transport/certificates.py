"""User certificates: which of them belongs to a key, so that it is shown before the bare key, as `ssh` does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import paramiko
from paramiko.pkey import PublicBlob

SUFFIX = "-cert.pub"
_MARK = "-cert-v01@openssh.com"


def read_certificates(files: Iterable[Path]) -> list[PublicBlob]:
    """Return the certificates in files; those that are not there, or hold none, are passed over as `ssh` does."""
    found = []
    for file in dict.fromkeys(files):
        try:
            blob = PublicBlob.from_file(str(file))
        except (OSError, ValueError, UnicodeDecodeError, IndexError):
            continue
        if blob.key_type.endswith(_MARK):
            found.append(blob)
    return found


def is_for(certificate: PublicBlob, key: bytes) -> bool:
    """Whether a certificate vouches for a public key: it holds the key's fields after its own type and a nonce."""
    inside, bare = paramiko.Message(certificate.key_blob), paramiko.Message(key)
    kind = inside.get_binary().removesuffix(_MARK.encode())
    inside.get_binary()
    return kind == bare.get_binary().removesuffix(b"@openssh.com") and inside.get_remainder().startswith(
        bare.get_remainder()
    )
