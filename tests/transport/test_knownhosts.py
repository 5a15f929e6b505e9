"""The known_hosts format, line by line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ccdeploy.transport.knownhosts import fingerprint, keys_of, known_keys, line
from tests.support.ssh_host import make_key, public_key

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


@pytest.mark.parametrize(
    ("names", "name", "is_meant"),
    [
        ("studio.example.com", "studio.example.com", True),
        ("studio.example.com", "other.example.com", False),
        ("studio,192.0.2.7", "192.0.2.7", True),
        ("Studio.Example.com", "studio.example.com", True),
        ("*.example.com", "studio.example.com", True),
        ("*.example.com,!studio.example.com", "studio.example.com", False),
        ("192.0.2.?", "192.0.2.7", True),
        ("[studio.example.com]:2222", "[studio.example.com]:2222", True),
        ("[studio.example.com]:2222", "studio.example.com", False),
        ("[s]:22", "s:22", False),
    ],
)
def test_a_line_speaks_of_the_hosts_it_names(names: str, name: str, is_meant: bool) -> None:
    """A pattern read more widely than ssh reads it would trust a stranger."""
    assert bool(keys_of(name, known_keys(f"{names} {KEY}\n", "known_hosts"))) is is_meant


def test_a_name_hashed_by_openssh_is_found(tmp_path: Path) -> None:
    """Debian and Ubuntu hash names by default."""
    file = tmp_path / "known_hosts"
    file.write_text(f"[studio.example.com]:2222 {KEY}\nother.example.com {KEY}\n")
    subprocess.run(["/usr/bin/env", "ssh-keygen", "-H", "-f", str(file)], check=True, capture_output=True)
    text = file.read_text()
    assert "studio" not in text
    assert [key.where for key in keys_of("[studio.example.com]:2222", known_keys(text, "f"))] == ["f:1"]


def test_lines_that_say_nothing_are_passed_over() -> None:
    """One broken line must not make every host unknown; an authority vouches for certificates only."""
    broken = "studio\nstudio ssh-rsa not-base64!\nstudio, mein Büro\n"
    text = f"# comment\n\n{broken}@cert-authority studio {KEY}\nstudio {KEY} comment\n"
    assert [key.where for key in keys_of("studio", known_keys(text, "f"))] == ["f:7"]


def test_a_revoked_key_is_marked() -> None:
    """paramiko's own reader passes such a line over, and would accept the key from another one."""
    [key] = keys_of("studio", known_keys(f"@revoked * {KEY}\n", "f"))
    assert key.is_revoked


def test_a_fingerprint_is_the_one_that_ssh_shows(tmp_path: Path) -> None:
    """People compare it by eye with `ssh-keygen -l`."""
    key = make_key(tmp_path / "key")
    shown = subprocess.run(
        ["/usr/bin/env", "ssh-keygen", "-lf", str(key)], check=True, capture_output=True, text=True
    ).stdout
    [known] = known_keys(f"studio {public_key(key)}\n", "f")
    assert fingerprint(known.blob) == shown.split()[1]


def test_a_line_written_is_a_line_read() -> None:
    """`accept-new` writes what the next connection looks for."""
    [key] = known_keys(f"studio {KEY}\n", "f")
    assert line("studio", key.kind, key.blob) == f"studio {KEY}\n"
