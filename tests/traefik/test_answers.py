"""Whose answer comes back through Traefik."""

from __future__ import annotations

import pytest

from ccdeploy.traefik.answers import Source, answer_of

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html"}


@pytest.mark.parametrize(
    ("status", "headers", "body", "source"),
    [
        (404, PLAIN, b"404 page not found\n", Source.TRAEFIK),
        (502, PLAIN, b"Bad Gateway", Source.TRAEFIK),
        (502, {}, b"Bad Gateway", Source.TRAEFIK),
        (503, PLAIN, b"no available server\n", Source.TRAEFIK),
        (504, PLAIN, b"Gateway Timeout", Source.TRAEFIK),
        (301, {"Location": "https://coder.example.com/v1/models"}, b"", Source.TRAEFIK),
        (200, JSON, b'{"data":[]}', Source.PROXY),
        (400, JSON, b'{"error":{"type":"no_db_connection"}}', Source.PROXY),
        (404, JSON, b'{"detail":"Not Found"}', Source.PROXY),
        (503, JSON, b'{"status":"shutting_down"}', Source.PROXY),
        (500, PLAIN, b"Internal Server Error", Source.PROXY),
        (503, {**PLAIN, "X-LiteLLM-Version": "1"}, b"no available server", Source.PROXY),
        (302, {"location": "https://login.example.com/?token=made-up"}, b"", Source.LOGIN),
        (401, HTML, b"<html>", Source.LOGIN),
        (401, PLAIN, b"401 Unauthorized\n", Source.LOGIN),
        (401, JSON, b'{"error":{"message":"Invalid proxy server token passed","code":"401"}}', Source.PROXY),
        (403, JSON, b'{"detail":"Forbidden"}', Source.PROXY),
        (401, JSON, b'{"error":"unauthorized"}', Source.LOGIN),
        (401, JSON, b'{"status":"KO"}', Source.LOGIN),
        (401, JSON, b"no JSON", Source.LOGIN),
        (401, JSON, b"[" * 100_000, Source.LOGIN),
        (407, {}, b"", Source.LOGIN),
        (200, HTML, b"<html>Sign in</html>", Source.UNKNOWN),
        (418, HTML, b"", Source.UNKNOWN),
        (404, HTML, b"<html>", Source.UNKNOWN),
    ],
)
def test_the_answer_is_put_to_the_right_account(
    status: int, headers: dict[str, str], body: bytes, source: Source
) -> None:
    """Blame decides: the proxy's fault rolls back, Traefik's does not."""
    answer = answer_of(status, headers, body)
    assert answer.source is source
    assert answer.is_proxy is (source is Source.PROXY)
    assert bool(answer.sentence and answer.remedy) is not answer.is_proxy


@pytest.mark.parametrize("sign", ["?", "#"])
def test_the_query_and_the_fragment_of_a_login_are_not_shown(sign: str) -> None:
    """Either may carry a token."""
    answer = answer_of(302, {"location": f"https://login.example.com/{sign}token=made-up"}, b"")
    assert "made-up" not in answer.sentence


def test_control_characters_of_an_answer_are_not_shown() -> None:
    """A hostile answer must not write to the terminal."""
    assert "\x1b" not in answer_of(302, {"location": "/\x1b[2J"}, b"").sentence


def test_a_login_says_what_it_asks_for() -> None:
    """The scheme tells a basicAuth from a form; the realm is of no use."""
    sentence = answer_of(401, PLAIN | {"WWW-Authenticate": 'Basic realm="traefik"'}, b"401 Unauthorized\n").sentence
    assert sentence == "a login in front of the proxy answers 401 (text/plain), and asks for Basic"
