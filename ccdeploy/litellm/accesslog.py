"""What LiteLLM's log tells of the requests that it passed on: when, to which provider and model, for how long.

At INFO (`LITELLM_LOG=INFO`) each call of a model begins with `LiteLLM completion() model= M; provider = P`, and most
end with `litellm.acompletion(model=P/M) 200 OK`; calls for /v1/messages and /v1/responses end with uvicorn's line
only, embeddings begin with none. A streamed answer ends where it begins to flow. Without INFO there are uvicorn's
lines alone: no model, and no time unless they are JSON. Seen in the log of a real LiteLLM 1.108.7.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from ccdeploy.litellm.log import LogReader

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_BEGUN = re.compile(r"\s*LiteLLM completion\(\) model= (?P<model>\S+); provider = (?P<provider>\w+)\s*$")
_ENDED = re.compile(r"litellm\.a?(?P<kind>[a-z_]+)\(model=(?P<model>\S+?)\) (?P<how>200 OK|Exception)")
_ENDED_AT = re.compile(r"^(?:\d\d:\d\d:\d\d - LiteLLM Router:INFO: \S+ - )?(?=litellm\.a?[a-z_]+\(model=)")
_ACCESS = re.compile(r'^(?:INFO:\s+)?\S+:\d+ - "POST (?P<path>/\S*) HTTP/[\d.]+" (?P<status>\d{3})')
_MARKS = ("completion()", "(model=", '"POST ', '\\"POST ')
# Of these there is no line of the router's when they end.
_ENDED_BY_ACCESS = ("/messages", "/responses")
_CALLS = ("/chat/completions", "/completions", "/embeddings", *_ENDED_BY_ACCESS)
_EPOCH = datetime(2000, 1, 1)  # a time of day has neither a date nor a zone
_MOST_OPEN = 1000  # a health check begins like a request, and of its end nothing is told
_HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True)
class Call:
    """One call of a model. `at` is by the host's clock; its date is made up where the log tells none.

    `model` and `provider` are None for uvicorn's lines; `took_s` is None where the log tells no end.
    """

    at: datetime
    provider: str | None
    model: str | None
    took_s: float | None
    is_embedding: bool = False
    status: int | None = None


class CallReader:
    """Reads the calls of a log, line by line. `untimed` counts the requests of which it tells no time."""

    def __init__(self) -> None:
        self.untimed = 0
        self._reader = LogReader()
        self._at: datetime | None = None
        self._open: dict[int, Call] = {}
        self._named: dict[int, Call] = {}
        self._accessed: list[Call] = []

    @property
    def is_any(self) -> bool:
        """Whether a line of LiteLLM's was read that tells of a request."""
        return bool(self.untimed or self._named or self._accessed)

    def read(self, line: str) -> None:
        """Take a line into account."""
        entry = self._reader.read(line)
        self._at = self._moment(entry.stamp) or self._at
        if not any(mark in line for mark in _MARKS):
            return
        text = _message(_COLOUR.sub("", line))
        if begun := _BEGUN.match(text):
            self._begin(begun["provider"], begun["model"])
        elif (place := _ENDED_AT.match(text)) and (ended := _ENDED.match(text, place.end())):
            self._end(ended["kind"], ended["model"])
        elif access := _ACCESS.match(text):
            self._access(access["path"], int(access["status"]), is_timed=entry.stamp is not None)

    def calls(self) -> list[Call]:
        """Return the calls in their order: those that name a model, or uvicorn's where none does."""
        found = list(self._named.values()) or self._accessed
        return sorted(found, key=lambda call: call.at)

    def _begin(self, provider: str, model: str) -> None:
        if self._at is not None:
            number = len(self._named)
            self._named[number] = self._open[number] = Call(self._at, provider, model, None)
            if len(self._open) > _MOST_OPEN:
                del self._open[next(iter(self._open))]

    def _end(self, kind: str, whole: str) -> None:
        provider, _, model = whole.partition("/")
        # The latest: an earlier one may be a health check, or have ended without a word.
        found = next((n for n, c in reversed(self._open.items()) if (c.provider, c.model) == (provider, model)), None)
        if found is not None:
            self._close(found)
        elif kind == "embedding" and self._at is not None:
            self._named[len(self._named)] = Call(self._at, provider, model, None, is_embedding=True)

    def _access(self, path: str, status: int, is_timed: bool) -> None:
        if not path.partition("?")[0].endswith(_CALLS):
            return
        if path.partition("?")[0].endswith(_ENDED_BY_ACCESS) and self._open:
            self._close(next(reversed(self._open)), is_told=is_timed)
        elif self._named:
            pass  # its own lines told of it
        elif is_timed and self._at is not None:
            self._accessed.append(Call(self._at, None, None, None, path.endswith("/embeddings"), status))
        else:
            self.untimed += 1

    def _close(self, number: int, *, is_told: bool = True) -> None:
        call = self._open.pop(number)
        if is_told and self._at is not None:
            took_s = max((self._at - call.at).total_seconds(), 0.0)
            self._named[number] = Call(call.at, call.provider, call.model, took_s)

    def _moment(self, stamp: time | datetime | None) -> datetime | None:
        """Return when a line was written; a time of day that goes back by hours is of the next day."""
        if isinstance(stamp, datetime):
            return stamp.replace(tzinfo=None)
        if stamp is None:
            return None
        last = self._at or _EPOCH
        found = datetime.combine(last.date(), stamp)
        return found + timedelta(days=1) if found < last - _HALF_A_DAY else found


def _message(line: str) -> str:
    """Return the message of a line of JSON, or the line."""
    if not line.startswith("{"):
        return line
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    return _COLOUR.sub("", str(told.get("message", ""))) if isinstance(told, dict) else ""
