"""What the load test takes for a whole answer: were it to overlook a byte, its table would promise too much."""

from __future__ import annotations

import json
from typing import Any

import pytest

from under_load.answers import Answer, fault_of_stream, fault_of_whole


def whole(said: str, tokens: int, reason: str = "stop") -> bytes:
    """Return the body of an answer that comes in one piece."""
    choice = {"message": {"content": said}, "finish_reason": reason}
    return json.dumps({"choices": [choice], "usage": {"completion_tokens": tokens}}).encode()


def event(text: str | None, reason: str | None = None) -> str:
    """Return an event of a stream."""
    delta: dict[str, Any] = {} if text is None else {"content": text}
    return f"data: {json.dumps({'choices': [{'delta': delta, 'finish_reason': reason}]})}\n\n"


DONE = "data: [DONE]\n\n"


def test_an_answer_with_all_its_numbers_is_whole() -> None:
    """Else everything would be a fault, and no fault would be seen."""
    assert fault_of_whole(whole("1 2 3 ", 3), 3) is None


@pytest.mark.parametrize(
    "body",
    [
        whole("1 2", 3),
        whole("1 3 2", 3),
        whole("1 2 3 4", 3),
        whole("1 2 3", 2),
        whole("1 2 3", 3, "error"),
        whole("1 2 3", 3)[:-1],
        b"",
        b'{"error": {"message": "no"}}',
        b"[]",
    ],
)
def test_an_answer_that_lacks_anything_is_none(body: bytes) -> None:
    """A number left out, one too many, a wrong count, a body that ends early: each is a request lost."""
    assert fault_of_whole(body, 3)


def test_a_stream_with_all_its_numbers_and_its_end_is_whole() -> None:
    """A piece may hold several numbers or none, and the last one carries no text."""
    assert fault_of_stream((event("1 ") + event("2 3 ") + event(None, "stop") + DONE).encode(), 3) is None


@pytest.mark.parametrize(
    "body",
    [
        event("1 ") + event("2 "),
        event("1 ") + event("2 ") + event(None, "stop"),
        event("1 ") + event("2 ") + DONE,
        event("1 ") + event(None, "stop") + DONE,
        event("2 ") + event("1 ") + event(None, "stop") + DONE,
        event("1 ") + event("2 ") + event(None, "stop") + DONE.rstrip(),
        event("1 ") + 'data: {"error": {"message": "gone"}}\n\n' + event("2 ") + event(None, "stop") + DONE,
        event("1 ") + event("2 ") + event(None, "stop") + DONE + event("3 "),
        event("1 ") + event("2 ") + event(None, "stop") + event(None, "stop") + DONE,
        "",
    ],
)
def test_a_stream_that_lacks_anything_is_cut(body: str) -> None:
    """A stream is cut without an error: only its numbers, its reason and its last line tell."""
    assert fault_of_stream(body.encode(), 2)


def test_a_stream_that_had_begun_is_cut_and_one_that_had_not_has_failed() -> None:
    """The two are counted apart: a client can ask again for what never began."""
    begun = Answer("stream", 0.0, 1.0, 2.0, "one", "it does not end")
    refused = Answer("stream", 0.0, None, 2.0, None, "503")
    assert (begun.is_cut, begun.is_failed, refused.is_cut, refused.is_failed) == (True, False, False, True)
