"""`accept-new` beside what OpenSSH's config says of known_hosts: where a key is written, in which form, by how many."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.errors import HostKeyChanged, HostKeyUnknown
from ccdeploy.events import Event, Noted
from ccdeploy.shell.command import Command
from ccdeploy.transport.hostkeys import HostKeys
from ccdeploy.transport.openssh import resolve
from ccdeploy.transport.ssh import SshTransport
from tests.support.openssh import sshd
from tests.support.ssh_host import SshHost, make_key, public_key

AT_ONCE = 8  # a fleet behind one name


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """A host that nobody knows yet."""
    with sshd(tmp_path_factory.mktemp("new") / "host") as made:
        yield made


def config(tmp_path: Path, text: str) -> Path:
    """Write an OpenSSH config."""
    path = tmp_path / "ssh_config"
    path.write_text(f"Host *\n  HashKnownHosts no\n  {text}\n")
    return path


def ask(host: SshHost, config: Path, policy: str = "accept-new") -> str:
    """Connect with the known_hosts of the config; return what was said."""
    said: list[Event] = []
    target = replace(host.target, known_hosts=None, host_key_policy=policy, connect_timeout_s=60.0)
    transport = SshTransport("studio", target, said.append, config_file=config)
    try:
        assert transport.run(Command("ask", "echo in")).text == "in\n"
    finally:
        transport.close()
    return "\n".join(event.text for event in said if isinstance(event, Noted))


def test_of_several_files_the_first_is_written_and_all_are_read(host: SshHost, tmp_path: Path) -> None:
    """As `ssh` does: the second is often the team's, under version control."""
    first, second = tmp_path / "mine", tmp_path / "ours"
    two = config(tmp_path, f"UserKnownHostsFile {first} {second}\n  GlobalKnownHostsFile {tmp_path}/machine")
    second.write_text("other.example.com ssh-ed25519 AAAA\n")
    assert f"host key into {first};" in ask(host, two)
    assert second.read_text() == "other.example.com ssh-ed25519 AAAA\n"
    first.replace(second)
    assert ask(host, two, "strict") == ""
    assert not first.exists()


def test_a_name_is_hashed_where_the_config_says_so(host: SshHost, tmp_path: Path) -> None:
    """Debian and Ubuntu hash by default, so that a stolen file lists no hosts; `ssh-keygen -F` must find it."""
    file = tmp_path / "known_hosts"
    hashing = tmp_path / "ssh_config"
    hashing.write_text(f"Host *\n  HashKnownHosts yes\n  UserKnownHostsFile {file}\n")
    ask(host, hashing)
    assert "127.0.0.1" not in file.read_text()
    find = ["/usr/bin/env", "ssh-keygen", "-F", host.key_name, "-f", str(file)]
    subprocess.run(find, check=True, capture_output=True)
    assert ask(host, hashing, "strict") == ""


@pytest.mark.parametrize("files", ["/dev/null", "none"])
def test_a_config_that_keeps_no_keys_is_heard_and_said(host: SshHost, tmp_path: Path, files: str) -> None:
    """Throw-away machines are set up so; the machine's own file is nobody's to write."""
    machine = tmp_path / "machine"
    machine.touch()
    said = ask(host, config(tmp_path, f"UserKnownHostsFile {files}\n  GlobalKnownHostsFile {machine}"))
    assert "unproven, as every time: no known_hosts file keeps it" in said
    assert machine.read_text() == ""


def test_a_file_that_cannot_be_written_is_told(host: SshHost, tmp_path: Path) -> None:
    """A `.ssh` that belongs to root, or a home that is mounted read-only, is no crash."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(HostKeyUnknown, match=f"cannot be written into {tmp_path}/folder: is a directory") as caught:
        ask(host, config(tmp_path, f"UserKnownHostsFile {tmp_path}/folder"))
    assert "ssh.known_hosts" in str(caught.value.hint)


def test_many_at_once_write_one_whole_line(host: SshHost, tmp_path: Path) -> None:
    """Two terminals, or a fleet behind one jump: a torn line would make a host unknown, or another one trusted."""
    file = tmp_path / "known_hosts"
    one = config(tmp_path, f"UserKnownHostsFile {file}")
    file.write_text("other.example.com ssh-ed25519 AAAA")
    threads = [threading.Thread(target=ask, args=(host, one)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    key = public_key(host.folder / "host_key")
    assert file.read_text() == f"other.example.com ssh-ed25519 AAAA\n{host.key_name} {key}\n"


def test_a_key_that_another_command_wrote_meanwhile_counts(host: SshHost, tmp_path: Path) -> None:
    """Two first connections at once, one of them to an impostor: only one of the keys may be believed."""
    file = tmp_path / "known_hosts"
    target = replace(host.target, known_hosts=None, host_key_policy="accept-new")
    ours = HostKeys("studio", resolve(target, config(tmp_path, f"UserKnownHostsFile {file}")))
    other = public_key(make_key(tmp_path / "other"))
    file.write_text(line := f"{host.key_name} {other}\n")
    with pytest.raises(HostKeyChanged):
        ours.check("ssh-ed25519", b"an impostor's key", lambda text: None)
    assert file.read_text() == line
