"""Whether a host's key may be trusted: only when a known_hosts file has it. `accept-new` writes an unknown one down.

A key that changed is refused under either policy. Reading the format is left to knownhosts.py.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from ccdeploy.errors import HostKeyChanged, HostKeyUnknown
from ccdeploy.transport.knownhosts import KnownKey, fingerprint, keys_of, known_keys, line
from ccdeploy.transport.newkeys import append_line, keeps, opened_for_keys
from ccdeploy.transport.route import Route

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
        if not self._route.accepts_new_keys:
            raise self._is_unknown(kind, blob)
        shown, print_ = f"{_short(kind)} host key", fingerprint(blob)
        if self._write_down(kind, blob):
            say(f"{self._host}: wrote its {shown} into {self._route.new_keys_file}; the fingerprint is {print_}")
        else:
            say(f"{self._host}: took its {shown} {print_} unproven, as every time: no known_hosts file keeps it")

    def _write_down(self, kind: str, blob: bytes) -> bool:
        """Write the key into the user's file; False where OpenSSH's config has none that keeps anything.

        Looks once more, with the file locked: another command may have met the same host meanwhile,
        or somebody else at its address.
        """
        path, name = self._route.new_keys_file, self._route.key_name
        if path is None or not keeps(path):
            return False
        try:
            with opened_for_keys(path) as file:
                text = file.read().decode("utf-8", "replace")
                self._known = [key for key in keys_of(name, known_keys(text, str(path))) if not key.is_revoked]
                if blob in {key.blob for key in self._known}:
                    return True
                if self._known:
                    raise self._has_changed(kind, blob)
                append_line(file, text, line(name, kind, blob, is_hashed=self._route.hashes_names))
        except OSError as exc:
            raise HostKeyUnknown(
                f"{self._host}: its new host key cannot be written into {path}: {(exc.strerror or str(exc)).lower()}",
                hint="make the file yours to write, or name another one as ssh.known_hosts in the settings",
            ) from exc
        return True

    def _is_unknown(self, kind: str, blob: bytes) -> HostKeyUnknown:
        route = self._route
        own = f"ssh-keygen -lf /etc/ssh/ssh_host_{_short(kind).lower()}_key.pub"
        ways = [f"connect once with `{route.by_hand}`"]
        if route.is_straight and route.new_keys_file and not route.host_key_alias:  # ssh-keyscan sees only those
            scan = (
                f"ssh-keyscan -p {route.port} {shlex.quote(route.hostname)} >> {shlex.quote(str(route.new_keys_file))}"
            )
            ways.insert(0, f"make it known: `{scan}`")
        return HostKeyUnknown(
            f"{self._host}: the host key of {route.key_name} is in no known_hosts file; "
            f"it shows {_short(kind)} {fingerprint(blob)}",
            hint=f"compare the fingerprint with the host's own (`{own}` there), then {', or '.join(ways)}",
        )

    def _has_changed(self, kind: str, blob: bytes) -> HostKeyChanged:
        expected = next((key for key in self._known if key.kind == kind), self._known[0])
        file = expected.where.rpartition(":")[0]
        remedy = f"ssh-keygen -R {shlex.quote(self._route.key_name)} -f {shlex.quote(file)}"
        return HostKeyChanged(
            f"{self._host}: the host key of {self._route.key_name} is not the one in {expected.where}; "
            f"expected {_short(expected.kind)} {fingerprint(expected.blob)}, got {_short(kind)} {fingerprint(blob)}",
            hint="somebody may be between you and the host. If you know why the key changed, forget the old one "
            f"with `{remedy}` and connect once with `{self._route.by_hand}`",
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


def _short(kind: str) -> str:
    """`ssh-ed25519` as people say it: ED25519."""
    return kind.removeprefix("ssh-").partition("-")[0].upper()
