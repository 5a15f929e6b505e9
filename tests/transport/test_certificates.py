"""Which certificate is for which key."""

from __future__ import annotations

from paramiko.message import Message
from paramiko.pkey import PublicBlob

from ccdeploy.transport.certificates import is_for


def blob(*parts: bytes) -> bytes:
    """Return strings as SSH writes them."""
    message = Message()
    for part in parts:
        message.add_string(part)
    return message.asbytes()


def test_a_public_half_that_is_damaged_has_no_certificate() -> None:
    """`ssh` passes such a file over; a traceback would keep every other key from being shown."""
    kind = "ssh-ed25519-cert-v01@openssh.com"
    certificate = PublicBlob(kind, blob(kind.encode(), b"nonce", b"key"))
    assert is_for(certificate, blob(b"ssh-ed25519", b"key"))
    assert not is_for(certificate, blob(b"\xff\xff", b"key"))
