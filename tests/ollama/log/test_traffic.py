"""Who asked Ollama for what, by its log. The logs are made by the formats in its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.ollama.log.requests import served
from ccdeploy.ollama.log.traffic import Known, TrafficReader

CASES = Path(__file__).resolve().parents[2] / "cases" / "ollama" / "traffic"
GIN = '[GIN] 2026/11/24 - 10:{} | {} | {} | 127.0.0.1 | POST "/api/chat"'.format
LOAD = 'time=2026-11-24T10:{}.0+01:00 level=INFO msg="starting runner" cmd="x --model /m/sha256-{} -c 4096"'.format


def read(*lines: str) -> TrafficReader:
    """A reader that has read lines."""
    reader = TrafficReader()
    for line in lines:
        reader.read(line)
    return reader


def case(name: str) -> TrafficReader:
    """A reader that has read a case."""
    return read(*(CASES / f"{name}.log").read_text().splitlines())


@pytest.mark.parametrize(
    ("took", "seconds"),
    [
        ("1.298417ms", 0.001298417),
        ("512.3µs", 0.0005123),
        ("2m3s", 123.0),
        ("1h2m3s", 3723.0),
        ("11.5s", 11.5),
        ("0s", 0.0),
    ],
)
def test_durations_are_read_as_go_writes_them(took: str, seconds: float) -> None:
    """A minute that is read as a second moves the request to another time."""
    found = served(GIN("00:16", 200, took))
    assert found is not None
    assert found.took_s == pytest.approx(seconds)


@pytest.mark.parametrize("took", ["", "5", "5s5", "s", "-1s", "1.5x", "9999999999999h"])
def test_what_is_no_duration_is_no_request(took: str) -> None:
    """A line that was cut must not end the reading."""
    assert served(GIN("00:16", 200, took)) is None


def test_a_request_gets_the_model_that_it_waited_for() -> None:
    """Without debug lines it is all that the log tells; service begins when the load has ended."""
    first, second, missing, left = case("info").calls()
    assert (first.known, first.blob, first.num_ctx_tokens) == (Known.WAITED, "sha256-aaaa1111", 16384)
    assert first.took_s == pytest.approx(1.98)
    assert (second.known, second.blob) == (Known.WAITED, "sha256-bbbb2222")
    assert second.took_s == pytest.approx(1.0)
    assert (missing.status, left.status, left.is_left) == (404, 499, True)
    assert (left.known, left.blob, left.whole_s) == (Known.UNKNOWN, None, 60.0)
    assert [load.took_s for load in case("info").loads] == [9.01, 2.5]


def test_debug_lines_name_the_model_of_each_request() -> None:
    """Two were open at once; each has its own model, and only the one that waited for it lost the load's time."""
    calls = case("debug").calls()
    assert [(c.known, c.name, c.num_ctx_tokens) for c in calls] == [
        (Known.TOLD, "qwen2.5-coder:32b-instruct", 16384),
        (Known.TOLD, "hf.co/ada/small:Q8_0", 8192),
        (Known.TOLD, "qwen2.5-coder:32b-instruct", 16384),
    ]
    assert [c.took_s for c in calls] == [pytest.approx(1.98), pytest.approx(8.5), 1.5]
    assert [c.path for c in calls] == ["/api/chat", "/api/chat", "/v1/chat/completions"]


def test_the_only_model_of_a_log_is_a_guess() -> None:
    """Ten minutes after its load nothing else can have been meant, unless the log begins late."""
    calls = read(LOAD("00:00", "aa"), GIN("10:00", 200, "1s")).calls()
    assert [(c.known, c.blob) for c in calls] == [(Known.ONLY, "sha256-aa")]


def test_of_two_loads_while_a_request_waits_none_is_guessed() -> None:
    """Either is as likely; a trace that picks one would be made up."""
    calls = read(LOAD("00:01", "aa"), LOAD("00:02", "bb"), GIN("00:09", 200, "9s")).calls()
    assert [(c.known, c.blob) for c in calls] == [(Known.UNKNOWN, None)]


def test_an_older_ollamas_load_is_known_too() -> None:
    """Before 0.30 it says `starting runner`, and the context is that of all parallel requests."""
    cmd = "ollama runner --model /m/blobs/sha256-cc --ctx-size 16384 --batch-size 512 --parallel 4 --port 1"
    (load,) = read(f'time=2026-01-01T00:00:00Z level=INFO msg="starting runner" cmd="{cmd}"').loads
    assert (load.blob, load.num_ctx_tokens) == ("sha256-cc", 4096)


@pytest.mark.parametrize(
    "line", ["[GIN]", 'msg="starting runner"', 'time=x msg="starting runner" cmd="a --model sha256-aa"', "\0"]
)
def test_a_line_that_is_broken_is_nothing(line: str) -> None:
    """A log is cut anywhere."""
    assert not read(line).is_any
