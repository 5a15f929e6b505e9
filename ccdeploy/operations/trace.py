"""Trace: recorded traffic from a log, as it would arrive at Ollama by a config. What is guessed is counted and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import median

from ccdeploy.errors import Refused
from ccdeploy.litellm.arrival import Absence, Arrival, arrivals
from ccdeploy.litellm.config import Config
from ccdeploy.ollama.answers import normalised
from ccdeploy.ollama.era import NEWEST
from ccdeploy.ollama.keepalive import keep_alive_s
from ccdeploy.ollama.log.startup import server
from ccdeploy.ollama.model import Model
from ccdeploy.ollama.server import Server
from ccdeploy.ollama.trace import Request, Trace, to_json
from ccdeploy.operations.recording import Asked, Recording, record
from ccdeploy.results import MadeTrace

_ASSUMED_S = 1.0  # how long a request is served when the whole log does not tell of one
_ALIAS, _CHOICE, _DURATION, _ASSUMED = "alias", "one-of-several", "duration", "no-duration"
_SAID = {
    "waited-for-load": "the model is the one that was loaded while the request waited",
    "only-load": "the model is the only one that the log loads",
    _ALIAS: "the log tells no model; it is that of --alias",
    _CHOICE: "the config reaches the model with several contexts; the first is taken",
    _DURATION: "the log tells no end; the duration is the middle one of the others",
    _ASSUMED: f"the log tells no end of any; each is taken for {_ASSUMED_S:.0f} s",
}


@dataclass
class _Notes:
    """What was guessed, by kind, and sentences about the rest."""

    guessed: Counter[str] = field(default_factory=Counter)
    said: dict[str, None] = field(default_factory=dict)

    def sentences(self, recording: Recording) -> tuple[str, ...]:
        told = [f"{count} of {len(recording.asked)} requests: {_SAID[kind]}" for kind, count in self.guessed.items()]
        if recording.left_out:
            told.append(f"{recording.left_out} requests are left out: refused, or without a time")
        return (*told, *self.said)


def trace(  # noqa: PLR0913 - each a source of its own
    lines: Iterable[str],
    shown_as: str,
    config: Config,
    models: Mapping[str, Model],
    *,
    memory_bytes: Callable[[], int | None],
    alias: str | None = None,
) -> MadeTrace:
    """Make a trace of a log. `memory_bytes` is asked when the log does not tell it.

    Raises Refused when the log does not tell enough, with what to turn on.
    """
    recording = record(lines, shown_as)
    notes = _Notes()
    ways = _Ways(config, _with_files(models, recording.asked), alias, notes)
    requests, used = [], dict[str, Model]()
    typical = _typical(recording.asked)
    first = recording.asked[0].at
    for asked in recording.asked:
        model, num_ctx, stays_s = ways.of(asked, shown_as)
        used[model.name] = _with_load(model, recording.loads_s)
        took_s = asked.took_s
        if took_s is None:
            took_s = typical.get(asked.model, typical.get(None))
            notes.guessed[_ASSUMED if took_s is None else _DURATION] += 1
        took_s = _ASSUMED_S if took_s is None else took_s
        at_s = round((asked.at - first).total_seconds(), 4)
        requests.append(Request(at_s, model.name, num_ctx, stays_s, round(took_s, 4), asked.left_after_s))
    for name, model in used.items():
        if model.file_bytes is None:
            notes.said[f"{name} is not in configs/models.yaml, so nothing is known of its memory"] = None
    made = Trace(shown_as, _server(recording, memory_bytes), used, tuple(requests))
    return MadeTrace(recording.log, to_json(made), dict(notes.guessed), recording.left_out, notes.sentences(recording))


class _Ways:
    """How requests for a model arrive by a config."""

    def __init__(self, config: Config, models: Mapping[str, Model], alias: str | None, notes: _Notes) -> None:
        self._config, self._models, self._alias, self._notes = config, models, alias, notes
        self._names_of_blobs = {m.blob: name for name, m in models.items() if m.blob != name}
        self._known: dict[tuple[str | None, str, bool], Arrival | None] = {}
        self._chances: dict[tuple[str | None, str, bool], bool] = {}

    def of(self, asked: Asked, shown_as: str) -> tuple[Model, int | None, float | None]:
        """Return the model, the context and the keep_alive of a request."""
        if asked.model is None and asked.blob is None:
            arrival = self._by_alias(asked, shown_as)
            self._notes.guessed[_ALIAS] += 1
        else:
            if asked.guess:
                self._notes.guessed[asked.guess] += 1
            named = normalised(asked.model) if asked.model else self._names_of_blobs.get(asked.blob or "")
            if named is None:
                return self._unnamed(asked)
            found = self._arrival(asked, named)
            if found is None:
                sentence = f"{named}: no alias of {self._config.shown_as} leads to it, so it comes without keep_alive"
                self._notes.said[sentence] = None
                return self._model(named), asked.num_ctx_tokens, None
            arrival = found
        self._remark(arrival)
        stays_s = None if arrival.keep_alive is None else keep_alive_s(arrival.keep_alive)
        return self._model(normalised(arrival.model)), arrival.num_ctx_tokens, stays_s

    def _model(self, name: str) -> Model:
        return self._models.get(name) or Model(name, name)

    def _unnamed(self, asked: Asked) -> tuple[Model, int | None, float | None]:
        blob = asked.blob or ""
        self._notes.said[f"{blob[:19]}: configs/models.yaml names no model of this file; see ccdeploy models"] = None
        return Model(blob, blob), asked.num_ctx_tokens, None

    def _by_alias(self, asked: Asked, shown_as: str) -> Arrival:
        if self._alias is None:
            raise Refused(
                f"{shown_as}: the request of {asked.at:%H:%M:%S} names no model, and nothing near it does",
                hint="start Ollama with OLLAMA_DEBUG=1, LiteLLM with LITELLM_LOG=INFO, or name an alias: --alias",
            )
        found = arrivals(self._config, self._alias, is_embedding=asked.is_embedding)
        found = found or arrivals(self._config, self._alias)
        if not found:
            aliases = ", ".join(sorted(self._config.groups)) or "none"
            raise Refused(
                f"{self._config.shown_as}: alias '{self._alias}' leads to no Ollama", hint=f"there are: {aliases}"
            )
        return found[0]

    def _arrival(self, asked: Asked, name: str) -> Arrival | None:
        """Return how the config reaches a model: by the prefix that it came by, if it still does."""
        key = (asked.provider, name, asked.is_embedding)
        if key not in self._known:
            all_ = [
                arrival
                for alias in sorted(self._config.groups)
                for arrival in arrivals(self._config, alias, is_embedding=asked.is_embedding)
                if normalised(arrival.model) == name
            ]
            all_ = [arrival for arrival in all_ if arrival.provider == asked.provider] or all_
            self._known[key] = all_[0] if all_ else None
            self._chances[key] = len({(a.num_ctx_tokens, a.keep_alive) for a in all_}) > 1
        self._notes.guessed.update([_CHOICE] if self._chances[key] else [])
        return self._known[key]

    def _remark(self, arrival: Arrival) -> None:
        for value, absence in (("num_ctx", arrival.num_ctx_absence), ("keep_alive", arrival.keep_alive_absence)):
            if absence in (Absence.NOT_RESOLVED, Absence.REFUSED):
                why = "is in an environment that is not known here" if absence is Absence.NOT_RESOLVED else "is refused"
                self._notes.said[f"{arrival.where}: {value} {why}, so the requests come without it"] = None


def _typical(asked: Iterable[Asked]) -> dict[str | None, float]:
    """Return the middle duration for each model that the log names, and that of all under None."""
    took: dict[str | None, list[float]] = {}
    for one in asked:
        if one.took_s is not None:
            for key in {one.model, None}:
                took.setdefault(key, []).append(one.took_s)
    return {key: median(all_) for key, all_ in took.items()}


def _with_files(models: Mapping[str, Model], asked: Iterable[Asked]) -> dict[str, Model]:
    """Return the models with the file that the log says each is of, where models.yaml does not say it."""
    files = {normalised(one.model): one.blob for one in asked if one.model and one.blob}
    found = {name: models.get(name, Model(name, name)) for name in (*models, *files)}
    return {n: replace(m, blob=files[n]) if n in files and m.blob == n else m for n, m in found.items()}


def _with_load(model: Model, loads_s: Mapping[str, float]) -> Model:
    measured = loads_s.get(model.blob)
    return model if measured is None else replace(model, load_s=round(measured, 2))


def _server(recording: Recording, memory_bytes: Callable[[], int | None]) -> Server:
    """Return the Ollama of the log's own start lines; its memory from the settings where they do not tell it."""
    start = recording.start
    found = server(start, start.version or NEWEST) if start else Server(NEWEST, None)
    total = found.gpu_total_bytes or memory_bytes()
    if total is None:
        raise Refused(
            "neither the log nor hosts.yaml tells the memory for models", hint="set ollama.memory, such as 32GB"
        )
    return replace(found, gpu_total_bytes=total)
