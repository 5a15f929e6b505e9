"""One chat completion as a client saw it, and what is wrong with a body that must hold the numbers from 1 on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["whole", "stream"]
_DONE = "[DONE]"


@dataclass(frozen=True)
class Answer:
    """What became of one request. Times are of one monotonic clock; `release` is who answered, None: nobody did."""

    kind: Kind
    sent_s: float
    first_s: float | None  # when its first byte was there
    ended_s: float
    release: str | None = None
    fault: str | None = None

    @property
    def is_cut(self) -> bool:
        """Whether it is a stream that had begun and did not come to its end."""
        return self.fault is not None and self.kind == "stream" and self.first_s is not None

    @property
    def is_failed(self) -> bool:
        """Whether its client got no answer at all, or one that is not whole."""
        return self.fault is not None and not self.is_cut

    @property
    def wait_s(self) -> float:
        """How long the client waited for the first byte, or to be told that there is none."""
        return (self.ended_s if self.first_s is None else self.first_s) - self.sent_s

    def is_in_flight(self, at_s: float) -> bool:
        """Whether it was sent by then and had not ended."""
        return self.sent_s <= at_s < self.ended_s


def numbers(count: int) -> str:
    """Return what the stand-in for Ollama answers with when it is asked for so many tokens."""
    return " ".join(str(number) for number in range(1, count + 1))


def fault_of_whole(body: bytes, tokens: int) -> str | None:
    """Say what is wrong with an answer that came in one piece; None where it holds every number, and nothing else."""
    try:
        answer = json.loads(body)
        choice = answer["choices"][0]
        said, reason, spent = choice["message"]["content"], choice["finish_reason"], answer["usage"]
    except (ValueError, KeyError, IndexError, TypeError) as exc:
        return f"no chat completion ({type(exc).__name__}): {_shown(body)}"
    if reason not in ("stop", "length"):
        return f"it ended with {reason!r}"
    if spent["completion_tokens"] != tokens:
        return f"{spent['completion_tokens']} tokens were counted, not {tokens}"
    return _fault_of_text(said, tokens)


def fault_of_stream(body: bytes, tokens: int) -> str | None:
    """Say what is wrong with all the bytes of a stream; None where each number is there in its turn, and its end."""
    if not body.endswith(b"\n\n"):
        return f"its last event is not whole: {_shown(body[-80:])}"
    events = [line.removeprefix("data:").strip() for line in body.decode().splitlines() if line.startswith("data:")]
    if _DONE not in events or events.index(_DONE) != len(events) - 1:
        return f"it does not end with {_DONE}: {_shown(body[-80:])}"
    said, reasons = "", []
    for event in events[:-1]:
        try:
            text, reason = _piece(json.loads(event))
        except (ValueError, KeyError, IndexError, TypeError):
            return f"an event is none of a chat completion: {event[:120]}"
        said += text
        reasons += [reason] if reason else []
    if reasons not in (["stop"], ["length"]):
        return f"it ended with {reasons}"
    return _fault_of_text(said, tokens)


def _piece(event: dict[str, Any]) -> tuple[str, str | None]:
    choice = event["choices"][0]
    return choice["delta"].get("content") or "", choice.get("finish_reason")


def _fault_of_text(said: object, tokens: int) -> str | None:
    is_right = isinstance(said, str) and said.strip() == numbers(tokens)
    return None if is_right else f"it says {str(said)[-60:]!r}, not the numbers to {tokens}"


def _shown(body: bytes) -> str:
    return body[:160].decode("utf-8", "replace")
