"""The loads that Ollama's log tells of, without debug: which file, with what context, and how long it took.

Source: Ollama 0.33, llm/llama_server.go, startLlamaServer (`starting llama-server`) and WaitUntilRunning; 0.24,
llm/server.go (`starting runner`). A line names the file of the model, not its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from ccdeploy.ollama.log.line import fields
from ccdeploy.ollama.log.moment import moment

_STARTING = ("starting llama-server", "starting runner", "starting llama server")
_STARTED = re.compile(r"(?:llama-server|llama runner) started in (\d+(?:\.\d+)?) seconds")
_BLOB = re.compile(r" --model \S*?(sha256-[0-9a-f]+)")
_CONTEXT = re.compile(r" (?:-c|--ctx-size) (\d{1,9})(?!\S)")
_PARALLEL = re.compile(r" (?:-np|--parallel) (\d{1,3})(?!\S)")


@dataclass(frozen=True)
class Load:
    """One load of a file. `took_s` is None as long as the log has not told that it ended."""

    at: datetime
    blob: str
    num_ctx_tokens: int | None
    ended_at: datetime | None = None
    took_s: float | None = None


class LoadReader:
    """Reads the loads of a log, line by line. One loads at a time, and each tells of its end twice."""

    def __init__(self) -> None:
        self.loads: list[Load] = []

    def read(self, line: str) -> None:
        """Take a line into account."""
        if "start" not in line or "msg=" not in line:
            return
        said = fields(line)
        message, at = said.get("msg", ""), moment(said)
        if at is None:
            return
        if message in _STARTING and (blob := _BLOB.search(said.get("cmd", ""))):
            self.loads.append(Load(at, blob[1], _context(said["cmd"])))
        elif (ended := _STARTED.fullmatch(message)) and self.loads and self.loads[-1].ended_at is None:
            self.loads[-1] = replace(self.loads[-1], ended_at=at, took_s=float(ended[1]))


def _context(command: str) -> int | None:
    """Return the context of one request: the command names that of all parallel ones together."""
    whole, parallel = _CONTEXT.search(command), _PARALLEL.search(command)
    return int(whole[1]) // max(int(parallel[1]) if parallel else 1, 1) if whole else None
