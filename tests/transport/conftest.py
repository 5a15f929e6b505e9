"""The servers that the behaviours of the seam are held against: asyncssh with dash, OpenSSH with zsh."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy.transport.ssh import SshTransport
from tests.support.asyncssh_server import sandbox_server
from tests.support.openssh import sshd, zsh_or_skip
from tests.support.ssh_host import SshHost
from tests.support.web import Web, web_server


@pytest.fixture(scope="session", params=["asyncssh", "openssh-zsh"])
def ssh_host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """A host, once with each server."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "asyncssh":
        with sandbox_server(folder) as host:
            yield host
    else:
        with sshd(folder, login_shell=zsh_or_skip()) as host:
            yield host


@pytest.fixture
def transport(ssh_host: SshHost) -> Iterator[SshTransport]:
    """A way to the host, closed in the end."""
    transport = SshTransport("studio", ssh_host.target)
    yield transport
    transport.close()


@pytest.fixture
def far(ssh_host: SshHost) -> Path:
    """A folder of its own on the host."""
    folder = ssh_host.folder / "files" / uuid.uuid4().hex
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def server() -> Iterator[Web]:
    """A web server on the host's loopback."""
    with web_server() as web:
        yield web


@pytest.fixture
def web(server: Web) -> int:
    """The port of a web server on the host's loopback."""
    return server.port


@pytest.fixture
def no_config(tmp_path: Path) -> Path:
    """An OpenSSH config that says nothing."""
    (tmp_path / "ssh_config").touch()
    return tmp_path / "ssh_config"
