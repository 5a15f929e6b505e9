"""A trace as text: one line of JSON on stdout, and beside it how much of it is certain."""

from __future__ import annotations

import json

from ccdeploy.report.text import safe
from ccdeploy.results import MadeTrace
from ccdeploy.units import counted, human_seconds

_WHOSE = {"ollama": "Ollama", "litellm": "LiteLLM"}


def trace_lines(made: MadeTrace) -> list[str]:
    """Return the trace as the line that a trace file holds; nothing when it was written to a file."""
    return [] if made.output else [json.dumps(made.trace)]


def beside_trace(made: MadeTrace) -> str:
    """Return what the trace holds, and what of it was guessed."""
    requests = made.trace["requests"]
    span_s = requests[-1]["at_s"] if requests else 0.0
    what = f"{counted(len(requests), 'request')} for {counted(len(made.trace['models']), 'model')}"
    where = f", written to {made.output}" if made.output else ""
    head = f"the log of {_WHOSE[made.log]}: {what} in {human_seconds(span_s)}{where}"
    return "\n".join(safe(line) for line in (head, *(f"  {note}" for note in made.notes)))
