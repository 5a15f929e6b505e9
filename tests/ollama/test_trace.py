"""The format of recorded traffic."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.ollama.trace import to_json, traces

CASES = Path(__file__).parents[1] / "cases" / "traces"


def made(**changes: Any) -> dict[str, Any]:
    """Return a trace of one request, with some of its keys changed: `requests__at_s` is that of the request."""
    whole: dict[str, Any] = {
        "name": "one",
        "ollama": {"version": "0.33.0", "gpu_total_bytes": 1000, "keep_alive_s": -1},
        "models": {"m": {"blob": "sha256-a", "file_bytes": 10}},
        "requests": [{"at_s": 1.5, "model": "m", "num_ctx": None, "keep_alive_s": -1, "duration_s": 1}],
    }
    inner = {"requests": whole["requests"][0], "models": whole["models"]["m"], "ollama": whole["ollama"]}
    for key, value in changes.items():
        place, _, name = key.partition("__")
        if name:
            inner[place][name] = value
        else:
            whole[place] = value
    return whole


@pytest.mark.parametrize("name", ["incident.jsonl", "random.jsonl"])
def test_what_is_read_is_written_again(name: str) -> None:
    """`trace` writes what `plan --trace` reads."""
    text = (CASES / name).read_text()
    for trace, line in zip(traces(text), text.splitlines(), strict=True):
        there = json.loads(line)
        del there["expected"]
        assert to_json(trace) == there


def test_a_keep_alive_below_zero_is_for_ever() -> None:
    """As Ollama reads it; of a request and of the server."""
    (trace,) = traces(json.dumps(made()))
    assert (trace.server.keep_alive_s, trace.requests[0].keep_alive_s) == (math.inf, math.inf)
    assert to_json(trace)["requests"][0]["keep_alive_s"] == -1


def test_one_object_over_many_lines_is_one_trace() -> None:
    """Somebody edits it by hand."""
    assert len(list(traces(json.dumps(made(), indent=2)))) == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"requests__model": "n"}, "line 1: requests[0].model: 'n' is none of the trace's models"),
        ({"requests__at_s": None}, "requests[0].at_s: a request has a time"),
        ({"requests__at_s": -1}, "requests[0].at_s: '-1' is not possible; write a number of 0 or more, or null"),
        ({"requests__num_ctx": 1.5}, "requests[0].num_ctx: 1.5 is not possible; write a whole number, or null"),
        ({"requests__duration_s": True}, "requests[0].duration_s: 'True' is not possible"),
        ({"requests__duration_s": math.nan}, "requests[0].duration_s: 'nan' is not possible"),
        ({"models__layers": 10**400}, "models['m'].layers: '1000"),
        ({"models__blob": 7}, "models['m'].blob: 7 is no digest"),
        ({"ollama__gpu_total_bytes": None}, "ollama.gpu_total_bytes: nothing fits into an unknown memory"),
        ({"ollama__keep_alive_s": "5m"}, "ollama.keep_alive_s: '5m' is not possible; write a number, or null"),
        ({"requests": {}}, "requests is no list"),
        ({"models": []}, "models is no object"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(changes: dict[str, Any], says: str) -> None:
    """A file of a thousand requests is searched by nobody."""
    with pytest.raises(ValueError, match="line 1: ") as raised:
        list(traces(json.dumps(made(**changes))))
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: there is no trace"),
        ("[]", "line 1: the trace is no object"),
        ("{}\n\nnot json", "line 1: models is no object"),
        (json.dumps(made()) + "\n\nnot json\n", "line 3: this is no JSON"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_what_is_no_trace_is_told_with_its_line(text: str, says: str) -> None:
    """Somebody gives it the wrong file."""
    with pytest.raises(ValueError, match="line ") as raised:
        list(traces(text))
    assert says in str(raised.value)


def test_a_name_may_hold_what_ends_a_line_elsewhere() -> None:
    """JSON allows it within a text."""
    line = json.dumps(made(name="one\u2028two\u0085"), ensure_ascii=False)
    assert [trace.name for trace in traces(f"{line}\r\n\r\n{line}\n")] == ["one\u2028two\u0085"] * 2
