"""What LiteLLM answered to a request for a model: whether the name's own model did, and what went wrong if not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

FALLBACKS = "x-litellm-attempted-fallbacks"
GROUP = "x-litellm-model-group"
_LONGEST = 300
# What LiteLLM's router appends for its own debugging, sentence or not.
_APPENDIX = re.compile(
    r"\.?\s*(?:Received Model Group=|Available Model Group Fallbacks=|LiteLLM Retried:).*", re.DOTALL
)


def reply_fault(status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """Return what is wrong with an answer in one sentence; None for one that the name's own model gave.

    The sentence is LiteLLM's, and may hold what must not be shown. `headers` have names in lower case.
    """
    answer = _json(body)
    if status != 200:
        return f"answered {status}: {_said(answer, body)}"
    if (attempted := headers.get(FALLBACKS, "0")) not in ("", "0", "None"):
        who = f"'{headers[GROUP]}'" if headers.get(GROUP) else "another one"
        return f"its own model did not answer; {who} did, the fallback after {attempted} of them"
    rows = (answer.get("choices") or answer.get("data")) if isinstance(answer, dict) else None
    return None if isinstance(rows, list) and rows else "answered 200 without an answer of a model"


def _said(answer: Any, body: bytes) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    told = error.get("message") if isinstance(error, dict) else error
    text = str(told) if told else body.decode("utf-8", "replace")
    line = " ".join(_APPENDIX.sub("", text).split())
    return (line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…") or "nothing"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
