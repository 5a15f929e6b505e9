"""An answer that points elsewhere: nobody goes there, least of all with the master key, and it is shown as text."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from ccdeploy.litellm.promise import Promise
from ccdeploy.report.text import safe
from ccdeploy.secret import Secret
from ccdeploy.transport.clients import loopback_client, public_client
from ccdeploy.transport.local import LocalTransport
from ccdeploy.verify import proxy, route
from tests.support.studio import Studio

pytestmark = pytest.mark.faults

KEY = Secret("sk-made-up-master-4711")


class Answering:
    """A server that gives every request the same bytes, and keeps what it was sent."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    self.asked.append(connection.recv(65536))
                    connection.sendall(self.answer)


def redirect(status: int, location: str) -> bytes:
    """Return an answer that points elsewhere."""
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return head.encode("utf-8", "surrogateescape")


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], Answering]]:
    """Return what makes such servers; they end with the test."""
    with ExitStack() as entered:

        def make(answer: bytes) -> Answering:
            server = Answering(answer)
            entered.callback(server.close)
            return server

        yield make


CLIENTS: dict[str, Callable[[int], httpx.Client]] = {
    "loopback": lambda port: loopback_client("127.0.0.1", port),
    "local": lambda port: LocalTransport().http(port),
    "public": lambda port: public_client(f"http://127.0.0.1:{port}"),
    "public-with-headers": lambda port: public_client(f"http://127.0.0.1:{port}", headers={"X-Gate": "sesame-4711"}),
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", CLIENTS)
def test_the_master_key_does_not_follow_a_redirect(
    answering: Callable[[bytes], Answering], kind: str, status: int
) -> None:
    """A route that was taken over needs one such answer, and the key is its owner's."""
    elsewhere = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    first = answering(redirect(status, f"http://127.0.0.1:{elsewhere.port}/v1/models"))
    with CLIENTS[kind](first.port) as client:
        check, _ = route.look(client, KEY, Promise(frozenset({"coder"})))
        assert proxy.served_if_any(client, KEY) == ()
    assert check.status == "failed"
    assert all(KEY.reveal().encode() in request for request in first.asked)
    assert first.asked
    assert elsewhere.asked == []


LOCATIONS = [
    "http://192.0.2.1/\x1b[2J\x1b[H",
    "http://192.0.2.1/\x9b2J",
    "http://192.0.2.1/[red]x[/red]",
    "http://192.0.2.1/?token=sesame-4711#sesame-4711",
    "//192.0.2.1/x",
    "\udcff\udcfe",
    "http://[::1",
    "javascript:1",
    "http://192.0.2.1/" + "x" * 5000,
    "",
]


@pytest.mark.parametrize("location", LOCATIONS)
def test_where_a_redirect_points_is_shown_as_text(answering: Callable[[bytes], Answering], location: str) -> None:
    """It is printed, and nothing in it may move a cursor or tell the token of a login."""
    first = answering(redirect(302, location))
    with public_client(f"http://127.0.0.1:{first.port}") as client:
        check, _ = route.look(client, KEY, Promise(frozenset({"coder"})))
    assert check.status == "failed"
    assert safe(check.detail) == check.detail
    assert "sesame" not in check.detail
    assert len(check.detail) < 500


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n",
        b"HTTP/1.1 200 \x1b[2J\r\n\r\n",
        b"\x1b[2J\x1b[H not HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: \x1b[2J\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\nnone",
        b"HTTP/1.1 999 x\r\nContent-Type: \x9b2J\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 401 x\r\nWWW-Authenticate: \xc2\x9b2J\xe2\x80\xae\r\nContent-Length: 0\r\n\r\n",
        b"",
    ],
)
def test_what_is_hardly_http_is_a_check_that_failed(answering: Callable[[bytes], Answering], answer: bytes) -> None:
    """Whatever listens there, a verification ends, and says why in words."""
    first = answering(answer)
    with public_client(f"http://127.0.0.1:{first.port}") as client:
        check, _ = route.look(client, KEY, Promise(frozenset({"coder"})))
    assert check.status == "failed"
    assert KEY.reveal() not in check.detail
    assert "\x1b" not in safe(check.detail)


class Endless(Answering):
    """A server whose answer has no end."""

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            with connection:
                self.asked.append(connection.recv(65536))
                connection.sendall(self.answer)
                while True:
                    connection.sendall(b"x" * 1_000_000)


@pytest.mark.parametrize("kind", CLIENTS)
def test_an_answer_without_an_end_is_cut_off(kind: str) -> None:
    """Whoever answers where the proxy should must not fill the memory of who verifies it."""
    server = Endless(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000000000\r\n\r\n")
    with CLIENTS[kind](server.port) as client:
        check, _ = proxy.models(client, KEY, Promise(frozenset({"coder"})))
    server.close()
    assert (check.status, check.detail) == ("failed", "the connection broke: the answer has more than 16.0 MB")


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_packed_answer_is_not_unpacked(answering: Callable[[bytes], Answering], kind: str) -> None:
    """A thousandth of its bytes would do to fill the memory; none is asked for."""
    body = gzip.compress(b'{"data": []}')
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    server = answering(head + body)
    with CLIENTS[kind](server.port) as client:
        check, _ = proxy.models(client, KEY, Promise(frozenset({"coder"})))
    assert check.status == "failed"
    assert "compressed" in check.detail
    assert b"accept-encoding: identity" in server.asked[0].lower()


@pytest.mark.parametrize(
    "body",
    [
        b'{"healthy_count": []}',
        b'{"healthy_count": null, "unhealthy_count": {}}',
        b'{"healthy_count": 1e999}',
        b'{"healthy_count": true, "unhealthy_count": "x"}',
        b"[1]",
        b"5",
    ],
)
def test_a_health_without_counts_is_a_check_that_failed(answering: Callable[[bytes], Answering], body: bytes) -> None:
    """Another program's answer must not end a deploy in the middle."""
    from ccdeploy.litellm.config import parse_config
    from tests.support.studio import config_text

    config = parse_config({"a": config_text("coder").encode()}, "a", "a")
    assert config.health_is_harmless
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    first = answering(head % len(body) + body)
    with loopback_client("127.0.0.1", first.port) as client:
        check, _ = proxy.health(client, KEY, config)
    assert (check.status, check.detail) == ("failed", "/health answered without counts")


@pytest.mark.parametrize(
    "key",
    ["sk-a\nb-sesame", "sk-\u0442\u0435\u0441\u0442-sesame", "sk-\x7f-sesame", " sk-sesame ", "sk-\x1b[2J-sesame"],
)
def test_a_key_that_no_header_can_carry_is_not_shown(studio: Studio, key: str) -> None:
    """The libraries below quote the header that they refuse."""
    studio.deployed("coder")
    quoted = key.replace("\n", "\\n")
    (studio.root / ".env").write_text(f'LITELLM_MASTER_KEY="{quoted}"\nOLLAMA_API_BASE={studio.around.ollama_url}\n')
    for line in ("verify", "status --json", "deploy first --force"):
        done = studio.run(f"ccdeploy {line}")
        shown = f"{done.stdout}\n{done.stderr}"
        assert "sesame" not in shown, shown
        assert "is at fault" not in shown, shown
