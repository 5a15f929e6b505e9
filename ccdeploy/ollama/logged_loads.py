"""The loads that Ollama's log tells of: between two looks at /api/ps a model may come and go, and the log has it still.

The log names the file that is loaded. It says that another model has to go, and not which: that is taken to be the
one that was loaded before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ccdeploy.ollama.log.scheduler import LoadLine
from ccdeploy.ollama.thrash import Load

if TYPE_CHECKING:
    from ccdeploy.ollama.stay import Way


class LoggedLoads:
    """Takes the lines of the log in their order, and counts what they tell."""

    def __init__(self) -> None:
        self.loads = self.reloads = self.evictions = 0
        self._contexts: dict[str, int | None] = {}  # of the files that were loaded, the last one at the end
        self._is_evicting = False

    def take(self, told: LoadLine, at: datetime, names: Mapping[str, str]) -> Iterator[Load]:
        """Return the load that a line begins, if another had to go for it, or the same with another context."""
        if told.told == "evicts":
            self.evictions += 1
            self._is_evicting = True
        if told.told != "starts" or told.blob is None:
            return
        blob, is_for_room, self._is_evicting = told.blob, self._is_evicting, False
        last = next(reversed(self._contexts), None)
        is_known = blob in self._contexts
        has_changed = is_known and self._contexts.pop(blob) != told.num_ctx_tokens
        self._contexts[blob] = told.num_ctx_tokens
        self.loads += 1
        self.reloads += is_known
        way: Way | None = "evicted" if is_for_room else "context" if has_changed else None
        if way is not None:
            displaced = (_name(last, names),) if is_for_room and last not in (None, blob) else ()
            yield Load(at, _name(blob, names), blob, told.num_ctx_tokens, displaced, is_known, way)


def _name(blob: str | None, names: Mapping[str, str]) -> str:
    return names.get(blob or "") or (blob or "")[:19]
