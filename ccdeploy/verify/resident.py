"""Looks at who is in an Ollama's memory, again and again: /api/ps each time, /api/show once a model. Loads nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from ccdeploy.ollama.answers import Resident, installed, residents
from ccdeploy.ollama.endpoints import PS, SHOW, TAGS
from ccdeploy.ollama.show import shown
from ccdeploy.ollama.stay import key
from ccdeploy.ollama.watching import Snapshot
from ccdeploy.verify.proxy import no_answer

if TYPE_CHECKING:
    import httpx

    from ccdeploy.clock import Clock

PATIENCE_S = 1.5  # for one answer: /api/ps waits up to 10 s behind a runner that hangs, and that is worth knowing


class Looker:
    """One Ollama that is looked at. `blobs` are the files of the models that were seen, by name."""

    def __init__(self, client: httpx.Client, clock: Clock) -> None:
        self.blobs: dict[str, str] = {}
        self.names: dict[str, str] = {}  # of the models, by their file; the first of those that share one
        self.times_late = 0  # in a row
        self._client = client
        self._clock = clock
        self._asked: set[str] = set()
        self._knows_all = False

    def look(self) -> Snapshot:
        """Return who is there now. Raises ConnectionLost, when it is the host that does not answer."""
        import httpx

        at = self._clock.now()
        try:
            answer = self._client.get(PS, timeout=PATIENCE_S)
            if answer.status_code != httpx.codes.OK:
                return self._silent(at, f"{PS} answered {answer.status_code}")
            models = residents(answer.content)
        except httpx.TimeoutException:
            self.times_late += 1
            return Snapshot(at, None, fault=f"{PS} did not answer within {PATIENCE_S:g} s")
        except httpx.HTTPError as exc:
            return self._silent(at, no_answer(exc), is_down=isinstance(exc, httpx.ConnectError))
        except ValueError as exc:
            return self._silent(at, str(exc))
        self.times_late = 0
        self._learn(models)
        return Snapshot(at, models, _date(answer.headers.get("date")))

    def know(self, blob: str) -> None:
        """Find out whose file this is, of which a log tells: asks for every model that there is, once."""
        import httpx

        if blob in self.names or self._knows_all:
            return
        self._knows_all = True
        with suppress(httpx.HTTPError, ValueError):
            for model in installed(self._client.get(TAGS, timeout=PATIENCE_S).content):
                self._ask(model.name)

    def _silent(self, at: datetime, fault: str, *, is_down: bool = False) -> Snapshot:
        self.times_late = 0
        return Snapshot(at, None, fault=fault, is_down=is_down)

    def _learn(self, models: tuple[Resident, ...]) -> None:
        """Ask for the file of each new model: two names over one file are why a model loads again and again."""
        for model in models:
            if key(model) not in self._asked:
                self._asked.add(key(model))
                self._ask(model.name)

    def _ask(self, name: str) -> None:
        import httpx

        with suppress(httpx.HTTPError, ValueError):
            blob = shown(self._client.post(SHOW, json={"model": name}, timeout=PATIENCE_S).content).blob
            if blob:
                self.blobs[name] = blob
                self.names.setdefault(blob, name)


def _date(text: str | None) -> datetime | None:
    """Return the time of an answer, by the clock of who gave it."""
    with suppress(ValueError):
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    return None
