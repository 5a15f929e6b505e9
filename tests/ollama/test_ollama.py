"""What Ollama takes and answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ccdeploy.ollama.answers import Installed, installed, missing, normalised, residents, version
from ccdeploy.ollama.endpoints import may_load
from ccdeploy.ollama.keepalive import DEFAULT_S, FOREVER, keep_alive_s

TAGS = json.dumps({"models": [{"name": "b", "digest": "d2", "size": 2}, {"model": "a:7b", "digest": "d1", "size": 1}]})
PS = json.dumps(
    {
        "models": [
            {"name": "a:7b", "digest": "d1", "size": 10, "size_vram": 8, "context_length": 4096},
            {"name": "old:1"},
        ]
    }
)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, DEFAULT_S),
        (0, 0),
        (-1, FOREVER),
        ("-1m", FOREVER),
        ("30m", 1800),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("0", 0),
    ],
)
def test_keep_alive_is_read_as_ollama_reads_it(value: object, seconds: float) -> None:
    """A plan needs to know how long a model stays."""
    assert keep_alive_s(value) == seconds


@pytest.mark.parametrize("value", ["-1", "30", "", "5 m", "forever", True, [], {}])
def test_what_ollama_answers_400_to_raises_the_remedy(value: object) -> None:
    """`"-1"` is the classic: the environment variable takes it, the API does not."""
    with pytest.raises(ValueError, match="Ollama refuses"):
        keep_alive_s(value)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("x", "x:latest"),
        ("x:7b", "x:7b"),
        ("hf.co/a/b", "hf.co/a/b:latest"),
        ("localhost:5000/x", "localhost:5000/x:latest"),
    ],
)
def test_a_name_without_a_tag_is_the_latest(name: str, full: str) -> None:
    """A colon in the registry's port is no tag."""
    assert normalised(name) == full


def test_installed_models_are_named_in_full_and_in_order() -> None:
    """They are compared with what a config asks for."""
    assert installed(TAGS.encode()) == (Installed("a:7b", "d1", 1), Installed("b:latest", "d2", 2))


def test_models_that_are_not_on_disk_are_missing() -> None:
    """The first request for one would fail."""
    assert missing(["B", "a:7b", "c", "c:latest"], installed(TAGS.encode())) == ("c:latest",)


def test_residents_carry_context_and_offload() -> None:
    """size_vram below size is a model that runs partly on the CPU; unknown stays None."""
    new, old = residents(PS.encode())
    assert (new.size_vram_bytes, new.num_ctx_tokens) == (8, 4096)
    assert old.num_ctx_tokens is None


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2026-11-25T03:00:05.123456789+02:00", datetime(2026, 11, 25, 1, 0, 5, 123456, tzinfo=UTC)),
        ("2026-11-25T01:00:05Z", datetime(2026, 11, 25, 1, 0, 5, tzinfo=UTC)),
        ("2318-05-04T10:00:00.0-07:00", datetime(2318, 5, 4, 17, tzinfo=UTC)),  # for ever
        ("0001-01-01T00:00:00Z", None),  # Go's zero: never set
        ("soon", None),
        (None, None),
    ],
)
def test_a_resident_tells_until_when_it_stays(told: object, at: datetime | None) -> None:
    """Go writes nanoseconds and its own zone."""
    body = json.dumps({"models": [{"name": "a", "expires_at": told}]})
    assert residents(body.encode())[0].expires_at == at


def test_no_model_is_an_empty_answer() -> None:
    """Go writes an empty list as null."""
    assert residents(b'{"models": null}') == ()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'"x"', b"[" * 100_000])
def test_a_body_that_is_no_answer_raises_a_sentence(body: bytes) -> None:
    """Another program may listen on the port."""
    for parse in (installed, residents, version):
        with pytest.raises(ValueError, match="is it Ollama"):
            parse(body)


def test_the_version_is_read() -> None:
    """What fits is decided differently in each era."""
    assert version(b'{"version":"0.33.0"}') == "0.33.0"


@pytest.mark.parametrize(
    ("method", "path", "loads"),
    [
        ("GET", "/api/tags", False),
        ("get", "/api/ps?x", False),
        ("POST", "/api/show", False),
        ("GET", "/v1/models/x", False),
        ("DELETE", "/api/delete", False),
        ("POST", "/api/chat", True),
        ("POST", "/v1/chat/completions", True),
        ("POST", "/something/new", True),
    ],
)
def test_what_is_not_known_to_be_harmless_may_load(method: str, path: str, loads: bool) -> None:
    """The promise is that no model is loaded, so doubt counts as yes."""
    assert may_load(method, path) is loads
