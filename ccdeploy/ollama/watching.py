"""What a row of answers of /api/ps means: who came, who went and why, and when it is thrash. Pure, without a clock.

The model that is being loaded is not listed: a swap shows A, then nothing, then B. One that leaves
before its time is therefore not judged at once: when another comes, it was evicted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ccdeploy.clock import iso
from ccdeploy.ollama.answers import Resident
from ccdeploy.ollama.stay import Stay, has_flipped, is_split, key
from ccdeploy.ollama.thrash import Limits, Load, Thrash
from ccdeploy.results.watch import Happening, ResidentModel, Residents, WatchEvent, WatchLine
from ccdeploy.units import human_bytes, human_seconds

EVICTED_WITHIN = timedelta(seconds=120)  # what comes later came for itself: a slow disk loads 35 GB in a minute


@dataclass(frozen=True)
class Snapshot:
    """One answer of /api/ps, or that there was none (`models` is None) and why.

    `ollamas_now` is Ollama's own clock. `is_down` says that nobody listened, so that all that was
    resident is gone; otherwise an answer came too late, or was none.
    """

    at: datetime
    models: tuple[Resident, ...] | None
    ollamas_now: datetime | None = None
    fault: str = ""
    is_down: bool = False


class Watcher:
    """Takes snapshots in their order and returns what is to be shown of each; `end` returns what is left."""

    def __init__(self, limits: Limits | None = None, every_s: float = 1.0) -> None:
        self.thrash = Thrash(limits or Limits(), every_s)
        self.residents: Residents | None = None  # as last seen
        self._stays: dict[str, Stay] = {}
        self._gone: dict[str, Stay] = {}  # the last stay of each that is not there any more
        self._unjudged: list[Stay] = []  # gone before their time, and nobody came yet
        self._silence: Snapshot | None = None  # the first look of it
        self._was_down = False

    def take(self, seen: Snapshot) -> Iterator[WatchLine]:
        """Return what a look at /api/ps tells."""
        if seen.models is None:
            yield from self._silent(seen)
            return
        yield from self._back(seen)
        now, before = seen.ollamas_now or seen.at, self.residents
        models = {key(model): model for model in seen.models}
        changes = list(self._began(models, seen.at, now) if before is None else self._changed(models, seen.at, now))
        self.residents = Residents(iso(seen.at), tuple(stay.shown(now) for stay in self._stays.values()))
        if before is None or _plain(before) != _plain(self.residents):
            yield self.residents
        yield from changes
        if self.thrash.is_over(seen.at):
            within = human_seconds(self.thrash.limits.within_s)
            yield WatchEvent("calm", iso(seen.at), f"the thrash is over: for {within} nothing had to be loaded again")

    def end(self) -> Iterator[WatchLine]:
        """Return what was not judged yet."""
        yield from self._judged((), None)

    def _silent(self, seen: Snapshot) -> Iterator[WatchLine]:
        self._was_down = self._was_down or seen.is_down
        if self._silence is None:
            self._silence = seen
            yield WatchEvent("silent", iso(seen.at), f"Ollama is silent: {seen.fault}")

    def _back(self, seen: Snapshot) -> Iterator[WatchLine]:
        if self._silence is not None:
            seconds = (seen.at - self._silence.at).total_seconds()
            self._silence = None
            text = f"Ollama answers again, after {human_seconds(seconds)}"
            yield WatchEvent("back", iso(seen.at), text, seconds=seconds)

    def _began(self, models: Mapping[str, Resident], at: datetime, now: datetime) -> Iterator[WatchLine]:
        self._stays = {name: Stay(model, None).seen(model, now) for name, model in models.items()}
        for model in models.values():
            yield from _offloaded(model, at)

    def _changed(self, models: Mapping[str, Resident], at: datetime, now: datetime) -> Iterator[WatchLine]:
        before = self._stays
        self._stays = {}
        yield from self._went([stay for name, stay in before.items() if name not in models], at, now)
        evicted = list(self._judged([model for name, model in models.items() if name not in before], at))
        yield from evicted
        for name, model in models.items():
            old = before.get(name)
            if old is not None and not has_flipped(old.model, model):
                self._stays[name] = old.seen(model, now)
                if not is_split(old.model):
                    yield from _offloaded(model, at)
                continue
            self._stays[name] = Stay(model, at).seen(model, now)
            gone = replace(old, left_at=at, way="context") if old else self._gone.pop(name, None)
            left_for_it = [event for event in evicted if model.name in event.others] if old is None else []
            yield from self._loaded(model, at, gone, left_for_it)
            yield from _offloaded(model, at)

    def _went(self, stays: Sequence[Stay], at: datetime, now: datetime) -> Iterator[WatchEvent]:
        """Judge those that are gone, where that can be done at once."""
        for stay in stays:
            gone = stay.left(at, now)
            if self._was_down:  # it is no thrash that it is loaded again
                yield _of(gone, "unloaded", "it went down with Ollama")
            elif gone.way == "expired":
                self._gone[gone.key] = gone
                yield _of(gone, "unloaded", "its keep_alive was over")
            else:
                self._unjudged.append(gone)
        self._was_down = False

    def _judged(self, came: Sequence[Resident], at: datetime | None) -> Iterator[WatchEvent]:
        """Judge those that went before their time: evicted if another came, unloaded if none did. None: the end."""
        waiting, self._unjudged = self._unjudged, []
        for stay in waiting:
            others = tuple(model.name for model in came if key(model) != stay.key)
            is_late = at is None or stay.left_at is None or at - stay.left_at > EVICTED_WITHIN
            if others and not is_late:
                self._gone[stay.key] = stay if stay.way == "doubtful" else replace(stay, way="evicted")
                yield replace(_of(stay, "evicted", f"it made room for {' and '.join(others)}"), others=others)
            elif is_late or came:
                is_due = stay.way == "doubtful"
                self._gone[stay.key] = replace(stay, way="expired") if is_due else stay
                yield _of(stay, "unloaded", "its keep_alive was 0" if is_due else _ALONE)
            else:
                self._unjudged.append(stay)

    def _loaded(
        self, model: Resident, at: datetime, gone: Stay | None, evicted: Sequence[WatchEvent]
    ) -> Iterator[WatchLine]:
        """Tell of a load, of whom it cost the place, and of the alarms that it sets off."""
        others = tuple(event.model for event in evicted if event.model)
        away = (at - gone.left_at).total_seconds() if gone and gone.left_at and gone.way != "context" else None
        text = human_bytes(model.size_bytes)
        text += f", context {model.num_ctx_tokens}" if model.num_ctx_tokens else ""
        text += f", after {human_seconds(away)}" if away else ""
        text += f", in place of {' and '.join(others)}" if others else ""
        yield replace(_told("reloaded" if gone else "loaded", model, at, text), others=others, seconds=away)
        is_other = gone is not None and has_flipped(gone.model, model)
        if gone and is_other:
            text = f"context {gone.model.num_ctx_tokens} -> {model.num_ctx_tokens}: for that it is loaded anew"
            yield _told("context-changed", model, at, text)
        way = gone.way if gone else None
        if evicted:
            are_doubtful = all(self._gone[event.digest or event.model or ""].way == "doubtful" for event in evicted)
            way = "doubtful" if are_doubtful else "evicted"
        elif is_other:
            way = "context"
        load = Load(at, model.name, key(model), model.num_ctx_tokens, others, gone is not None, way)
        yield from self.thrash.take(load)


_ALONE = "before its keep_alive was over, and no other came: by hand, or for a load that failed"


def _offloaded(model: Resident, at: datetime) -> Iterator[WatchEvent]:
    if is_split(model):
        part = human_bytes(model.size_bytes - model.size_vram_bytes)
        text = f"{part} of {human_bytes(model.size_bytes)} are on the CPU, which is slow"
        yield _told("offloaded", model, at, text)


def _of(stay: Stay, event: Happening, text: str) -> WatchEvent:
    """Return the event of a stay that is over."""
    return replace(_told(event, stay.model, stay.left_at, text), seconds=stay.seconds)


def _told(event: Happening, model: Resident, at: datetime | None, text: str) -> WatchEvent:
    return WatchEvent(
        event=event,
        at=iso(at) if at else "",
        text=f"{model.name} {_WORDS.get(event, event)}: {text}",
        model=model.name,
        digest=model.digest,
        num_ctx_tokens=model.num_ctx_tokens,
        size_bytes=model.size_bytes,
        size_vram_bytes=model.size_vram_bytes,
    )


_WORDS = {"context-changed": "changed", "offloaded": "does not fit", "loaded": "loaded", "reloaded": "loaded again"}


def _plain(residents: Residents) -> list[ResidentModel]:
    """Return who is there without what each request moves."""
    return [replace(model, expires_at=None, expires_in_s=None) for model in residents.models]
