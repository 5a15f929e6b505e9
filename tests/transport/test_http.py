"""HTTP through the tunnel: what the proxy's callers would see, from the host's own loopback."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ccdeploy.errors import ForwardingForbidden, Refused
from ccdeploy.shell.command import Command
from ccdeploy.transport.local import LocalTransport
from ccdeploy.transport.ssh import SshTransport
from tests.support.asyncssh_server import sandbox_server
from tests.support.free_port import free_port
from tests.support.openssh import sshd
from tests.support.waiting import until
from tests.support.web import Web, web_server


@pytest.fixture
def client(transport: SshTransport, web: int) -> Iterator[httpx.Client]:
    """A client for the web server, through the tunnel."""
    with transport.http(web) as made:
        yield made


def test_a_request_is_answered(client: httpx.Client) -> None:
    """The whole of a verification goes this way: no curl on the host, no port here."""
    response = client.get("/")
    assert (response.status_code, response.text) == (200, "hello")


def test_large_bodies_go_both_ways(client: httpx.Client) -> None:
    """A chat request may carry a whole repository."""
    assert client.post("/", content=b"q" * 3_000_000).content == b"q" * 3_000_000
    assert client.get("/big").content == b"y" * 5_000_000


def test_a_streamed_answer_comes_in_pieces(client: httpx.Client) -> None:
    """`verify --deep` reads a completion as it is written."""
    with client.stream("GET", "/stream") as response:
        assert list(response.iter_lines()) == ["data: 0", "data: 1", "data: 2"]


def test_a_connection_is_used_again(client: httpx.Client, server: Web) -> None:
    """A prober asks every 50 ms; a channel for each request would double its time."""
    for _ in range(5):
        client.get("/")
    assert len(server.connections) == 1


def test_a_closed_port_is_a_connect_error(transport: SshTransport) -> None:
    """This is what downtime looks like; callers know httpx's errors."""
    with transport.http(free_port()) as client, pytest.raises(httpx.ConnectError):
        client.get("/")


def test_an_idle_connection_that_the_server_closed_is_not_used(
    client: httpx.Client, server: Web, transport: SshTransport
) -> None:
    """A prober's next request would fail, and be counted as downtime, while the proxy is well."""
    client.get("/bye")
    until(lambda: server.ended, "the end of the connection")
    transport.run(Command("let the news arrive", "true"))
    assert client.get("/").text == "hello"
    assert len(server.connections) == 2


def test_a_port_that_closed_meanwhile_is_an_error_too(transport: SshTransport) -> None:
    """An idle connection to a proxy that has stopped must not be taken for a living one."""
    with web_server() as gone:
        client = transport.http(gone.port)
        client.get("/bye")
    with pytest.raises(httpx.TransportError):
        client.get("/")


def test_a_silent_answer_is_a_read_time_out(client: httpx.Client) -> None:
    """A proxy that accepts and says nothing is ill, not slow for ever."""
    with client.stream("GET", "/slow", timeout=2) as response, pytest.raises(httpx.ReadTimeout):
        response.read()


def test_a_request_names_itself_in_an_error(transport: SshTransport) -> None:
    """httpx's own errors do, and reports print it."""
    with transport.http(free_port()) as client, pytest.raises(httpx.ConnectError) as caught:
        client.get("/v1/models")
    assert caught.value.request.url.path == "/v1/models"


@pytest.mark.parametrize("server_kind", ["asyncssh", "openssh"])
def test_forbidden_forwarding_is_no_closed_port(tmp_path: Path, web: int, server_kind: str) -> None:
    """Taken for downtime, it would make every deploy roll back on a host that is well."""
    folder = tmp_path / "host"
    forbidding = (
        sandbox_server(folder, forwarding=False)
        if server_kind == "asyncssh"
        else sshd(folder, more="AllowTcpForwarding no\n")
    )
    with forbidding as host:
        transport = SshTransport("studio", host.target)
        with pytest.raises(ForwardingForbidden, match="studio: the SSH server forbids forwarding") as caught:
            transport.http(web).get("/")
        transport.close()
    assert "AllowTcpForwarding" in str(caught.value.hint)


def test_the_environments_proxy_is_not_used(transport: SshTransport, web: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """httpx would send the master key through HTTP_PROXY."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert transport.http(web).get("/").text == "hello"
    assert transport.public(f"http://127.0.0.1:{web}").get("/").text == "hello"
    assert LocalTransport().http(web).get("/").text == "hello"
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{web}/")


def test_redirects_are_not_followed(transport: SshTransport, web: int) -> None:
    """A forward-auth redirects to a login page, whose 200 would look like a healthy proxy."""
    assert transport.http(web).get("/moved").status_code == 302
    assert transport.public(f"http://127.0.0.1:{web}").get("/moved").status_code == 302


def test_public_sends_the_headers_of_the_settings(transport: SshTransport, web: int) -> None:
    """A forward-auth lets only those through who carry its header."""
    client = transport.public(f"http://127.0.0.1:{web}", headers={"X-Forwarded-User": "ccdeploy"})
    assert client.build_request("GET", "/").headers["x-forwarded-user"] == "ccdeploy"


def test_a_ca_file_that_cannot_be_read_is_named(transport: SshTransport, tmp_path: Path) -> None:
    """Otherwise the first thing to be seen is a traceback of ssl."""
    (tmp_path / "ca.pem").write_text("not a certificate")
    for name in ("missing.pem", "ca.pem"):
        with pytest.raises(Refused) as caught:
            transport.public("https://example.com", ca_file=str(tmp_path / name))
        assert [finding.where for finding in caught.value.findings] == [str(tmp_path / name)]


def test_public_trusts_only_the_given_certificates(transport: SshTransport) -> None:
    """Without `ca_file` the certificates of certifi count; never none."""
    context = transport.public("https://example.com")._transport._pool._ssl_context  # type: ignore[attr-defined]
    assert context.verify_mode == ssl.CERT_REQUIRED
