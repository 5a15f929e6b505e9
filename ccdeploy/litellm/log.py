"""What LiteLLM's log says of its own end."""

from __future__ import annotations

import re
from collections.abc import Sequence

# The last line of a Python traceback, and uvicorn's own words for a port that is taken.
_REASON = re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception)\b.*|^ERROR:\s+\[Errno .*")

_BANNER = ("github.com/BerriAI/litellm/issues", "Thank you for using LiteLLM")


def reason(log: Sequence[str]) -> str | None:
    """Return the line that names why a proxy ended, or None: the last exception in the log."""
    return next((line.strip() for line in reversed(log) if _REASON.match(line)), None)


def telling(log: Sequence[str], most: int = 15) -> tuple[str, ...]:
    """Return the last lines that say something: LiteLLM's banner is thirty lines of none."""
    lines = (line for line in log if any(c.isalnum() for c in line) and not line.lstrip().startswith("#"))
    return tuple(line for line in lines if not any(word in line for word in _BANNER))[-most:]
