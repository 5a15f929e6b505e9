"""A config narrowed to one phase: the names of that phase, and nothing that leads to the others.

It is one text without includes, and what is left of the config says the same as before. A reference that led
nowhere in the whole config stays, so that lint tells of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ccdeploy import yamltext
from ccdeploy.errors import UsageFault
from ccdeploy.litellm.config import Config, config_of
from ccdeploy.litellm.fallbacks import DEFAULT, EVERY, MAPPED, SECTIONS, is_covered, known_names
from ccdeploy.litellm.includes import merge
from ccdeploy.litellm.phases import are_phases, phases
from ccdeploy.litellm.routing import routing_groups
from ccdeploy.yamltext import Path

_MAIN = "config.yaml"
_GONE = object()  # stands for what is left out


@dataclass(frozen=True)
class Narrowed:
    """A config narrowed to one phase: its text, and what that says, with the lines of the files that it is from."""

    text: bytes
    config: Config


def narrowed(whole: Config, phase: int) -> Narrowed:
    """Return a config without the names of other phases; a name that has no phase is of each.

    Of an alias with several deployments those of the phase stay. `whole` is a config without faults of form.
    Raises UsageFault for a phase that it has not.
    """
    _demand(whole, phase)
    cut = _Cut(whole, phase)
    text = yamltext.dump(cut.value, _head(whole, phase))
    read = merge({_MAIN: text}, _MAIN, whole.shown_as)
    merged = whole.merged.cut(read.value, cut.moved)
    config = config_of(replace(merged, findings=(*merged.findings, *read.findings)))
    return Narrowed(text, replace(config, phase=phase, whole=whole.whole or whole))


def _demand(whole: Config, phase: int) -> None:
    known = [str(one.number) for one in phases(whole) if one.number is not None]
    if not known:
        raise UsageFault(
            f"{whole.shown_as} names no phases, so it has no phase {phase}",
            hint="write `phases: [1]` into the model_info of what only phase 1 needs; the rest is of every phase",
        )
    if str(phase) not in known:
        listed = " and ".join(part for part in (", ".join(known[:-1]), known[-1]) if part)
        raise UsageFault(f"{whole.shown_as} has no phase {phase}; it has {listed}")


def _head(whole: Config, phase: int) -> str:
    return f"{whole.shown_as}, narrowed to phase {phase} by ccdeploy. Edit that file and deploy it, not this one."


class _Cut:
    """The value of a config for one phase, and where the entries of its lists stood before."""

    def __init__(self, whole: Config, phase: int) -> None:
        self._phase = phase
        self.moved: dict[Path, Path] = {}
        rows = whole.merged.value.get("model_list")
        left = self._listed(("model_list",), rows, self._row)
        self._names = _Names(whole, frozenset(str(row.get("model_name")) for row in left if isinstance(row, dict)))
        sections = {
            "general_settings": self._general,
            **dict.fromkeys(SECTIONS, self._with_fallbacks),
            "router_settings": self._router,
        }
        value = {**whole.merged.value, "model_list": left}
        self.value = {
            key: cut
            for key, inner in value.items()
            if (cut := sections[key](inner, key) if key in sections and isinstance(inner, dict) else inner) is not _GONE
        }

    def _row(self, row: Any) -> Any:
        """Return a deployment of the phase, with that phase alone: while it lasts, there are no others."""
        info = row.get("model_info") if isinstance(row, dict) else None
        if not isinstance(info, dict) or not (asked := info.get("phases")) or not are_phases(asked):
            return row  # of every phase, or lint tells of it
        return {**row, "model_info": {**info, "phases": [self._phase]}} if self._phase in asked else _GONE

    def _general(self, settings: dict[str, Any], section: str) -> Any:
        groups, forced = "background_health_check_model_groups", "completion_model"
        cut = dict(settings)
        if isinstance(cut.get(groups), list):  # empty, it stays: without it every model would be checked
            cut[groups] = [name for name in cut[groups] if not self._names.is_group_gone(name)]
        if self._names.is_gone(cut.get(forced)):
            del cut[forced]
        return _or_gone(settings, cut)

    def _router(self, settings: dict[str, Any], section: str) -> Any:
        cut = dict(settings)
        if isinstance(cut.get("model_group_alias"), dict):
            lost = self._names.lost_aliases
            kept = {name: led for name, led in cut["model_group_alias"].items() if str(name) not in lost}
            _put(cut, "model_group_alias", _or_gone(settings["model_group_alias"], kept))
        groups = self._listed((section, "routing_groups"), cut.get("routing_groups"), self._routing_group)
        _put(cut, "routing_groups", _or_gone(settings.get("routing_groups"), groups))
        return self._with_fallbacks(settings, section, cut)

    def _with_fallbacks(self, settings: dict[str, Any], section: str, cut: dict[str, Any] | None = None) -> Any:
        cut = dict(settings) if cut is None else cut
        for key in MAPPED:
            kept = self._listed((section, key), cut.get(key), self._fallback)
            _put(cut, key, _or_gone(settings.get(key), kept))
        _put(cut, DEFAULT, self._targets(cut.get(DEFAULT)))
        return _or_gone(settings, cut)

    def _routing_group(self, group: Any) -> Any:
        models = group.get("models") if isinstance(group, dict) else None
        if not isinstance(models, list):
            return group
        kept = [name for name in models if not self._names.is_group_gone(name)]
        lost = [name for name in models if name not in kept]
        cut = {**group, "models": kept}
        if isinstance(group.get("model_priorities"), dict):  # LiteLLM boots with those of its models only
            cut["model_priorities"] = {n: order for n, order in group["model_priorities"].items() if n not in lost}
        return _GONE if lost and not kept else cut

    def _fallback(self, item: Any) -> Any:
        if not isinstance(item, dict):
            return item
        told = {source: self._targets(targets) for source, targets in item.items() if not self._is_source_gone(source)}
        return _or_gone(item, {source: targets for source, targets in told.items() if targets is not _GONE})

    def _targets(self, targets: Any) -> Any:
        listed = targets if isinstance(targets, list) else [targets]
        kept = [one for one in listed if not self._names.is_gone(one.get("model") if isinstance(one, dict) else one)]
        if listed and not kept:
            return _GONE
        return kept if isinstance(targets, list) else targets

    def _is_source_gone(self, source: Any) -> bool:
        return str(source) != EVERY and self._names.is_gone(str(source))

    def _listed(self, path: Path, items: Any, keep: Callable[[Any], Any]) -> Any:
        """Return what `keep` makes of each entry, without those that are gone; notes where the others stood."""
        if not isinstance(items, list):
            return items
        made = [(index, cut) for index, item in enumerate(items) if (cut := keep(item)) is not _GONE]
        self.moved |= {(*path, now): (*path, before) for now, (before, _) in enumerate(made) if now != before}
        return [cut for _, cut in made]


class _Names:
    """Which names lead somewhere in the whole config, and which still do."""

    def __init__(self, whole: Config, groups: frozenset[str]) -> None:
        self._groups_before, self._groups = whole.groups, groups
        self._before = known_names(whole)
        routing = routing_groups(whole)
        empty = {name for name, models in routing.items() if models and all(map(self.is_group_gone, models))}
        others = ((self._before - whole.groups - frozenset(whole.model_group_alias)) | frozenset(routing)) - empty
        aliases = dict(whole.model_group_alias)
        self._left = groups | others | frozenset(aliases)
        while lost := [name for name, target in aliases.items() if self._is_gone_from(target, name)]:
            aliases = {name: target for name, target in aliases.items() if name not in lost}
            self._left = groups | others | frozenset(aliases)
        self.lost_aliases = frozenset(whole.model_group_alias) - frozenset(aliases)

    def is_gone(self, name: Any) -> bool:
        """Whether a name led somewhere and does no longer."""
        return isinstance(name, str) and is_covered(name, self._before) and not is_covered(name, self._left)

    def is_group_gone(self, name: Any) -> bool:
        """Whether a name of model_list is there no longer."""
        return isinstance(name, str) and name in self._groups_before and name not in self._groups

    def _is_gone_from(self, target: str, name: str) -> bool:
        """Whether the target of an alias is gone, be it covered by that alias itself."""
        return is_covered(target, self._before - {name}) and not is_covered(target, self._left - {name})


def _or_gone(before: Any, now: Any) -> Any:
    """Return what is left of something; nothing where all of it went away."""
    return _GONE if before and not now else now


def _put(settings: dict[str, Any], key: str, value: Any) -> None:
    if value is _GONE:
        settings.pop(key, None)
    elif key in settings:
        settings[key] = value
