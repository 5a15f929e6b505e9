"""Hosts with an IPv6 address: reached, proven, jumped over and asked over HTTP by it."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ccdeploy.errors import HostKeyUnknown
from ccdeploy.settings import Ssh
from ccdeploy.shell.command import Command
from ccdeploy.transport.openssh import resolve
from ccdeploy.transport.ssh import SshTransport
from ccdeploy.transport.target import SshSettings
from tests.support.openssh import sshd
from tests.support.ssh_host import SshHost, public_key


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """An sshd on ::1; where a machine has none, skip, and fail where the tests run for everyone."""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError as exc:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"this machine has no ::1: {exc}")
    with sshd(tmp_path_factory.mktemp("six") / "host", address="::1") as made:
        yield made


def ask(target: SshSettings, config: Path | None = None) -> str:
    """Connect, ask, and close."""
    transport = SshTransport("studio", target, config_file=config)
    try:
        return transport.run(Command("ask", "echo in")).text
    finally:
        transport.close()


@pytest.mark.parametrize("written", ["::1", "[::1]"])
def test_a_host_is_reached_by_its_ipv6_address(host: SshHost, written: str) -> None:
    """Both ways to write it are in use, in settings and in people's heads."""
    ours = host.target
    settings = Ssh(address=written, port=host.port, user=host.user, identity_file=ours.identity_file,
                   known_hosts=ours.known_hosts)  # fmt: skip
    assert resolve(settings).key_name == f"[::1]:{host.port}"
    assert ask(settings) == "in\n"


def test_its_key_is_written_down_and_scanned_under_the_name_that_ssh_uses(host: SshHost, tmp_path: Path) -> None:
    """`[::1]:2222` in known_hosts: another spelling would make the host unknown to ssh, or to us."""
    known = tmp_path / "known_hosts"
    target = replace(host.target, known_hosts=str(known))
    with pytest.raises(HostKeyUnknown) as caught:
        ask(target)
    scan = next(part for part in str(caught.value.hint).split("`") if part.startswith("ssh-keyscan"))
    subprocess.run(["/bin/sh", "-c", scan], check=True, capture_output=True)
    assert ask(target) == "in\n"
    known.unlink()
    assert ask(replace(target, host_key_policy="accept-new")) == "in\n"
    assert known.read_text() == (host.folder / "known_hosts").read_text()


def test_a_jump_has_an_ipv6_address(host: SshHost, tmp_path: Path) -> None:
    """Brackets keep the port apart."""
    with sshd(tmp_path / "behind") as behind:
        key = public_key(Path(behind.target.identity_file or ""))
        with (host.folder / "authorized_keys").open("a") as file:
            file.write(f"{key}\n")
        known = tmp_path / "known_hosts"
        known.write_text("".join((each.folder / "known_hosts").read_text() for each in (host, behind)))
        jump = f"{host.user}@[::1]:{host.port}"
        assert ask(replace(behind.target, known_hosts=str(known), jump=jump)) == "in\n"


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.send_header("X-Asked-For", self.headers["Host"])
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class _SixServer(ThreadingHTTPServer):
    address_family = socket.AF_INET6


def test_a_proxy_that_listens_on_ipv6_is_asked_over_the_connection(host: SshHost) -> None:
    """`listen.address: "::1"`: the URL has brackets, the channel has none."""
    transport = SshTransport("studio", host.target)
    with _SixServer(("::1", 0), _Hello) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with transport.http(server.server_port, "::1") as client:
            answer = client.get("/health/liveliness")
        server.shutdown()
    transport.close()
    assert answer.headers["X-Asked-For"] == f"[::1]:{server.server_port}"
