"""The user's ControlMaster: neither used nor disturbed, and none is opened."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.shell.command import Command
from ccdeploy.transport.ssh import SshTransport
from tests.support.openssh import sshd
from tests.support.ssh_host import SshHost
from tests.support.waiting import until


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """An sshd."""
    with sshd(tmp_path_factory.mktemp("master") / "host") as made:
        yield made


@pytest.fixture
def config(host: SshHost, tmp_path: Path) -> Path:
    """A config by which the first `ssh` opens a master that stays, and the next ones use it."""
    (tmp_path / "sockets").mkdir()
    path = tmp_path / "ssh_config"
    path.write_text(
        f"Host studio\n  HostName 127.0.0.1\n  Port {host.port}\n  IdentityFile {host.folder}/client_key\n"
        f"  UserKnownHostsFile {host.folder}/known_hosts\n  ControlMaster auto\n  ControlPersist yes\n"
        f"  ControlPath {tmp_path}/sockets/%p\n"
    )
    return path


def ask(host: SshHost, config: Path) -> None:
    """Connect, ask, and close."""
    target = replace(host.target, address="studio", port=None, identity_file=None, known_hosts=None)
    transport = SshTransport("studio", target, config_file=config)
    try:
        assert transport.run(Command("ask", "echo in")).text == "in\n"
    finally:
        transport.close()


def logins(host: SshHost) -> int:
    """Return how often anybody was let in."""
    return (host.folder / "sshd.log").read_text().count("Accepted publickey")


def test_no_master_is_opened(host: SshHost, config: Path, tmp_path: Path) -> None:
    """It would outlive the command, in the user's name; `ssh -G` alone must not do it either."""
    ask(host, config)
    assert list((tmp_path / "sockets").iterdir()) == []


def test_a_master_of_the_user_is_neither_used_nor_ended(host: SshHost, config: Path, tmp_path: Path) -> None:
    """A stale master answers for a host that moved, and ending it would cut the user's own sessions."""
    ssh = ["/usr/bin/env", "ssh", "-F", str(config)]

    def is_up() -> bool:
        return subprocess.run([*ssh, "-O", "check", "studio"], capture_output=True, check=False).returncode == 0

    first = logins(host)
    master = subprocess.Popen([*ssh, "-N", "-o", "ControlPersist=no", "studio"], stdin=subprocess.DEVNULL)
    try:
        until(is_up, "the master")
        until(lambda: logins(host) == first + 1, "its line in the server's log")
        before = first + 1
        ask(host, config)
        assert logins(host) == before + 1
        assert is_up()
    finally:
        master.terminate()
        master.wait()
