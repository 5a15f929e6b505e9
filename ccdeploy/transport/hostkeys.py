"""Whether a host's key may be trusted: only when a known_hosts file has it. `accept-new` writes an unknown one down.

A key that changed is refused under either policy. Reading the format is left to knownhosts.py.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path

from ccdeploy.errors import HostKeyChanged, HostKeyUnknown
from ccdeploy.transport.knownhosts import KnownKey, fingerprint, keys_of, known_keys, line
from ccdeploy.transport.openssh import Route

# A known RSA key is proven with SHA-2 signatures; the key itself is still called ssh-rsa.
_ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}


class HostKeys:
    """What is known of one host's keys; `host` is its name in messages."""

    def __init__(self, host: str, route: Route) -> None:
        self._host = host
        self._route = route
        everything = [key for path in route.known_hosts for key in _read(path)]
        self._revoked = {key.blob: key for key in keys_of(route.key_name, everything) if key.is_revoked}
        self._known = [key for key in keys_of(route.key_name, everything) if not key.is_revoked]
        # As ssh does: an entry without a port vouches for the key on any port, but blames none.
        plain = [] if route.host_key_alias else keys_of(route.hostname, everything)
        self._trusted = {key.blob for key in [*self._known, *plain]} - {k.blob for k in plain if k.is_revoked}

    def preferred(self, offered: tuple[str, ...]) -> tuple[str, ...]:
        """Order host key algorithms: the ones of which we have a key first, or the host would show us another.

        Certificates are left out: their authorities are not read.
        """
        known = {algorithm for key in self._known for algorithm in _ALGORITHMS.get(key.kind, (key.kind,))}
        plain = [algorithm for algorithm in offered if "-cert-" not in algorithm]
        return tuple(sorted(plain, key=lambda algorithm: algorithm not in known))

    def check(self, kind: str, blob: bytes, say: Callable[[str], None]) -> None:
        """Return when the key may be trusted. Raises HostKeyUnknown or HostKeyChanged."""
        if blob in self._revoked:
            raise self._is_revoked(kind, blob)
        if blob in self._trusted:
            return
        if self._known:
            raise self._has_changed(kind, blob)
        if not self._route.accepts_new_keys or not self._route.known_hosts:
            raise self._is_unknown(kind, blob)
        _append(self._route.known_hosts[0], line(self._route.key_name, kind, blob))
        file = self._route.known_hosts[0]
        say(f"{self._host}: wrote its {_short(kind)} host key into {file}; the fingerprint is {fingerprint(blob)}")

    def _is_unknown(self, kind: str, blob: bytes) -> HostKeyUnknown:
        route = self._route
        file = route.known_hosts[0] if route.known_hosts else Path("~/.ssh/known_hosts")
        scan = f"ssh-keyscan -p {route.port} {shlex.quote(route.hostname)} >> {shlex.quote(str(file))}"
        own = f"ssh-keygen -lf /etc/ssh/ssh_host_{_short(kind).lower()}_key.pub"
        return HostKeyUnknown(
            f"{self._host}: the host key of {route.key_name} is in no known_hosts file; "
            f"it shows {_short(kind)} {fingerprint(blob)}",
            hint=f"compare the fingerprint with the host's own (`{own}` there), then make it known: `{scan}`, "
            f"or connect once with `ssh {shlex.quote(route.address)}`",
        )

    def _has_changed(self, kind: str, blob: bytes) -> HostKeyChanged:
        expected = next((key for key in self._known if key.kind == kind), self._known[0])
        file = expected.where.rpartition(":")[0]
        remedy = f"ssh-keygen -R {shlex.quote(self._route.key_name)} -f {shlex.quote(file)}"
        return HostKeyChanged(
            f"{self._host}: the host key of {self._route.key_name} is not the one in {expected.where}; "
            f"expected {_short(expected.kind)} {fingerprint(expected.blob)}, got {_short(kind)} {fingerprint(blob)}",
            hint="somebody may be between you and the host. If you know why the key changed, forget the old one "
            f"with `{remedy}` and connect once with `ssh`",
        )

    def _is_revoked(self, kind: str, blob: bytes) -> HostKeyChanged:
        return HostKeyChanged(
            f"{self._host}: the host key {_short(kind)} {fingerprint(blob)} of {self._route.key_name} is marked "
            f"@revoked in {self._revoked[blob].where}",
            hint="give the host a new key, and make that one known",
        )


def _read(path: Path) -> list[KnownKey]:
    try:
        return list(known_keys(path.read_text("utf-8", "replace"), str(path)))
    except OSError:
        return []  # as ssh does: a file that is not there, or not ours to read, knows no host


def _append(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
        if file.seek(0, os.SEEK_END) and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n":
            text = "\n" + text
        file.write(text.encode())


def _short(kind: str) -> str:
    """`ssh-ed25519` as people say it: ED25519."""
    return kind.removeprefix("ssh-").partition("-")[0].upper()
