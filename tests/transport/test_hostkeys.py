"""Host keys against real servers: unknown, changed, of another type, newly accepted."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fabric
import pytest

from ccdeploy.errors import HostKeyChanged, HostKeyUnknown
from ccdeploy.events import Event, Noted
from ccdeploy.shell.command import Command
from ccdeploy.transport.ssh import SshTransport
from tests.support.openssh import sshd
from tests.support.ssh_host import SshHost, make_key, public_key

ASK = Command("ask", "echo in")


@pytest.fixture
def known(ssh_host: SshHost, tmp_path: Path) -> Path:
    """A known_hosts file of the test's own."""
    file = tmp_path / "known_hosts"
    file.write_text((ssh_host.folder / "known_hosts").read_text())
    return file


def ask(host: SshHost, known: Path, policy: str = "strict", said: list[Event] | None = None) -> str:
    """Connect once and ask something."""
    target = replace(host.target, known_hosts=str(known), host_key_policy=policy)
    transport = SshTransport("studio", target, said.append if said is not None else None)
    try:
        return transport.run(ASK).text
    finally:
        transport.close()


def other_key(host: SshHost, tmp_path: Path) -> str:
    """Return the known_hosts line of somebody else who answers at the host's address."""
    return f"{host.key_name} {public_key(make_key(tmp_path / 'other_key'))}\n"


def test_an_unknown_host_is_refused_with_its_fingerprint(ssh_host: SshHost, known: Path) -> None:
    """The first connection is the one that an impostor waits for: a person compares, once."""
    known.write_text("")
    with pytest.raises(HostKeyUnknown, match=r"in no known_hosts file; it shows ED25519 SHA256:") as caught:
        ask(ssh_host, known)
    shown = subprocess.run(
        ["/usr/bin/env", "ssh-keygen", "-lf", f"{ssh_host.folder}/host_key"], check=True, capture_output=True, text=True
    ).stdout
    assert shown.split()[1] in caught.value.message
    assert f"ssh-keyscan -p {ssh_host.port} 127.0.0.1 >> {known}" in str(caught.value.hint)


def test_a_missing_known_hosts_file_knows_nobody(ssh_host: SshHost, tmp_path: Path) -> None:
    """A fresh machine has none; that is no crash."""
    with pytest.raises(HostKeyUnknown):
        ask(ssh_host, tmp_path / "none")


def test_a_changed_key_is_refused_with_the_way_to_forget_the_old_one(
    ssh_host: SshHost, known: Path, tmp_path: Path
) -> None:
    """Somebody between us and the host would read the master key and own the proxy."""
    known.write_text(other_key(ssh_host, tmp_path))
    with pytest.raises(HostKeyChanged, match=rf"is not the one in {known}:1; expected ED25519 SHA256:") as caught:
        ask(ssh_host, known)
    assert f"ssh-keygen -R '{ssh_host.key_name}' -f {known}" in str(caught.value.hint)


def test_the_printed_remedy_works(ssh_host: SshHost, known: Path, tmp_path: Path) -> None:
    """A remedy that does not work is worse than none."""
    known.write_text(other_key(ssh_host, tmp_path))
    with pytest.raises(HostKeyChanged) as caught:
        ask(ssh_host, known)
    subprocess.run(["/bin/sh", "-c", str(caught.value.hint).split("`")[1]], check=True, capture_output=True)
    with pytest.raises(HostKeyUnknown) as unknown:
        ask(ssh_host, known)
    scan = next(part for part in str(unknown.value.hint).split("`") if part.startswith("ssh-keyscan"))
    subprocess.run(["/bin/sh", "-c", scan], check=True, capture_output=True)
    assert ask(ssh_host, known) == "in\n"


def test_fabric_by_itself_accepts_the_changed_key_that_we_refuse(
    ssh_host: SshHost, known: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason why the seam does not use Fabric's connection: should Fabric learn it, this test says so."""
    known.write_text(other_key(ssh_host, tmp_path))
    with pytest.raises(HostKeyChanged):
        ask(ssh_host, known)
    config = fabric.Config(overrides={"load_ssh_configs": False})
    keys = {"key_filename": f"{ssh_host.folder}/client_key", "allow_agent": False, "look_for_keys": False}
    with fabric.Connection(
        "127.0.0.1", user=ssh_host.user, port=ssh_host.port, config=config, connect_kwargs=keys
    ) as connection:
        assert connection.run("echo in", hide=True, in_stream=False).stdout == "in\n"


def test_accept_new_writes_an_unknown_key_down_and_says_so(ssh_host: SshHost, tmp_path: Path) -> None:
    """For fleets that are made by a machine; the next connection is strict by what was written."""
    known, said = tmp_path / "new" / "known_hosts", list[Event]()
    assert ask(ssh_host, known, "accept-new", said) == "in\n"
    [note] = [event for event in said if isinstance(event, Noted)]
    assert f"wrote its ED25519 host key into {known}" in note.text
    assert known.read_text() == (ssh_host.folder / "known_hosts").read_text()
    assert stat.S_IMODE(known.stat().st_mode) == 0o600
    said.clear()
    assert ask(ssh_host, known, "strict", said) == "in\n"
    assert said == []


def test_accept_new_adds_a_line_of_its_own(ssh_host: SshHost, known: Path) -> None:
    """A hand-edited file often ends without a newline; glued together, both lines would be lost."""
    line = known.read_text()
    known.write_text("other.example.com ssh-ed25519 AAAA")
    ask(ssh_host, known, "accept-new")
    assert known.read_text() == f"other.example.com ssh-ed25519 AAAA\n{line}"


def test_accept_new_still_refuses_a_changed_key(ssh_host: SshHost, known: Path, tmp_path: Path) -> None:
    """New is not changed."""
    known.write_text(line := other_key(ssh_host, tmp_path))
    with pytest.raises(HostKeyChanged):
        ask(ssh_host, known, "accept-new")
    assert known.read_text() == line


def test_a_revoked_key_is_refused_even_when_it_is_known(ssh_host: SshHost, known: Path) -> None:
    """Somebody marked it for a reason."""
    line = known.read_text()
    known.write_text(f"{line}@revoked {line}")
    with pytest.raises(HostKeyChanged, match=rf"marked @revoked in {known}:2"):
        ask(ssh_host, known, "accept-new")


def test_a_hashed_entry_is_found(ssh_host: SshHost, known: Path) -> None:
    """Debian and Ubuntu write no others."""
    subprocess.run(["/usr/bin/env", "ssh-keygen", "-H", "-f", str(known)], check=True, capture_output=True)
    assert "127.0.0.1" not in known.read_text()
    assert ask(ssh_host, known) == "in\n"


def test_an_entry_without_a_port_vouches_as_it_does_for_ssh(ssh_host: SshHost, known: Path, tmp_path: Path) -> None:
    """A host that moved to another port is the same host; another key under the bare name blames nobody."""
    key = public_key(ssh_host.folder / "host_key")
    known.write_text(f"127.0.0.1 {key}\n")
    assert ask(ssh_host, known) == "in\n"
    known.write_text(f"127.0.0.1 {public_key(make_key(tmp_path / 'key'))}\n")
    with pytest.raises(HostKeyUnknown):
        ask(ssh_host, known)


@pytest.fixture(scope="module")
def two_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """A host with an Ed25519 and an RSA key."""
    folder = tmp_path_factory.mktemp("two-keys")
    rsa = make_key(folder / "rsa", "rsa")
    with sshd(folder / "host", more=f"HostKey {rsa}\n") as host:
        yield host


@pytest.mark.parametrize("kind", ["ssh-rsa", "ssh-ed25519"])
def test_a_host_with_two_keys_shows_the_one_that_is_known(two_keys: SshHost, tmp_path: Path, kind: str) -> None:
    """known_hosts often has one of several; asked for in our order, the host would show the other, and look unknown."""
    pair = two_keys.folder.parent / "rsa" if kind == "ssh-rsa" else two_keys.folder / "host_key"
    known = tmp_path / "known_hosts"
    known.write_text(f"{two_keys.key_name} {public_key(pair)}\n")
    assert ask(two_keys, known) == "in\n"


def test_a_host_known_by_another_type_of_key_only_has_changed(two_keys: SshHost, tmp_path: Path) -> None:
    """An impostor would offer just the type that is not in the file; `accept-new` must not fall for it."""
    ecdsa = make_key(tmp_path / "ecdsa", "ecdsa")
    known = tmp_path / "known_hosts"
    known.write_text(f"{two_keys.key_name} {public_key(ecdsa)}\n")
    with pytest.raises(HostKeyChanged, match="expected ECDSA"):
        ask(two_keys, known, "accept-new")
