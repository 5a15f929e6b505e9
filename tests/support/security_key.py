"""A security key made of software: an agent that holds an `sk-ssh-ed25519` key and signs as the hardware would."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paramiko import Message

KIND = "sk-ssh-ed25519@openssh.com"
_APPLICATION = "ssh:"
_TOUCHED = 1  # the flag of user presence, without which sshd refuses
_IDENTITIES, _SIGN = 11, 13  # draft-miller-ssh-agent: requests; the answer is one more
_FAILURE = 5


class SecurityKey:
    """The key. `public` is its public half; `touches` counts signatures; `is_willing` whether a finger is at hand."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.public = _strings(KIND, self._key.public_key().public_bytes_raw(), _APPLICATION)
        self.touches = 0
        self.is_willing = True

    @property
    def public_line(self) -> str:
        """As a line of authorized_keys."""
        return f"{KIND} {base64.b64encode(self.public).decode()}"

    def write_files(self, path: Path) -> Path:
        """Write the pair as `ssh-keygen -t ed25519-sk` does; the private half is a handle that no one can sign with."""
        check = b"\0\0\0\1" * 2
        inner = check + _strings(self.public, "handle")
        outer = b"openssh-key-v1\0" + _strings("none", "none", "") + b"\0\0\0\1" + _strings(self.public, inner)
        body = base64.encodebytes(outer).decode()
        path.write_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}-----END OPENSSH PRIVATE KEY-----\n")
        path.chmod(0o600)
        Path(f"{path}.pub").write_text(f"{self.public_line} made of software\n")
        return path

    def answer(self, request: bytes) -> bytes:
        """Answer one request to an agent."""
        message = Message(request)
        kind = message.get_byte()[0]
        if kind == _IDENTITIES:
            return bytes([_IDENTITIES + 1]) + b"\0\0\0\1" + _strings(self.public, "made of software")
        if kind == _SIGN and self.is_willing and message.get_binary() == self.public:
            return bytes([_SIGN + 1]) + _strings(self._signature(message.get_binary()))
        return bytes([_FAILURE])

    def _signature(self, data: bytes) -> bytes:
        self.touches += 1
        state = bytes([_TOUCHED]) + self.touches.to_bytes(4, "big")
        signed = hashlib.sha256(_APPLICATION.encode()).digest() + state + hashlib.sha256(data).digest()
        return _strings(KIND, self._key.sign(signed)) + state


@contextmanager
def plugged_in(key: SecurityKey, folder: Path) -> Iterator[Path]:
    """Run an agent that holds the key; yield its socket."""
    path = folder / "security-key.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=_serve, args=(listener, key), daemon=True).start()
        yield path
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, key: SecurityKey) -> None:
    with suppress(OSError):
        while True:
            connection = listener.accept()[0]
            with connection, connection.makefile("rb") as requests:
                while length := requests.read(4):
                    answer = key.answer(requests.read(int.from_bytes(length, "big")))
                    connection.sendall(_strings(answer))


def _strings(*parts: str | bytes) -> bytes:
    message = Message()
    for part in parts:
        message.add_string(part)
    return message.asbytes()
