"""What differs in meaning between two configs: comments, the order of deployments and `5m` for 300 mean nothing.

Both are whole: their includes are merged. Pure: whether env_file sets a variable is handed in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ccdeploy.litellm.changed_models import Seconds, changed_models
from ccdeploy.litellm.config import Config
from ccdeploy.litellm.fallbacks import DEFAULT, MAPPED, SECTIONS, Fallback, fallbacks, known_names
from ccdeploy.litellm.leaves import Leaf, leaves
from ccdeploy.results import ChangeAction, ConfigChange

# Told by themselves, not as settings.
_APART = {"router_settings.model_group_alias", *(f"{s}.{key}" for s in SECTIONS for key in (*MAPPED, DEFAULT))}
_MODELS = "model_list"


def changes(
    old: Config | None, new: Config, seconds: Seconds, env_names: Collection[str] | None = None
) -> tuple[ConfigChange, ...]:
    """Return every difference in meaning, models first; `old` is None where nothing is known to have been before.

    `seconds` reads a keep_alive as Ollama does. `env_names` are the variables that env_file sets,
    None when that is not known.
    """
    found = (
        *changed_models(old, new, seconds),
        *_fallbacks(old, new),
        *_settings(old, new),
        *_references(old, new, env_names),
    )
    return tuple(change.masked() for change in found)


def _fallbacks(old: Config | None, new: Config) -> Iterator[ConfigChange]:
    before = {(f.key, f.source): f for f in (fallbacks(old) if old else ())}
    after = {(f.key, f.source): f for f in fallbacks(new)}
    names, names_before = known_names(new), known_names(old) if old else frozenset()
    for place in sorted(before.keys() | after.keys()):
        had, has = before.get(place), after.get(place)
        dangles = has.dangling(names) if has else ()
        dangled = had.dangling(names_before) if had else ()
        note = None if set(dangles) <= set(dangled) and had == has else _leads_nowhere(dangles)
        if _targets(had) != _targets(has) or note:
            key, source = place
            action: ChangeAction = "added" if had is None else "removed" if has is None else "changed"
            yield ConfigChange("fallback", action, source, key, _targets(had), _targets(has), note)


def _targets(fallback: Fallback | None) -> str | None:
    return None if fallback is None else f"[{', '.join(fallback.targets)}]"


def _leads_nowhere(names: tuple[str, ...]) -> str | None:
    return f"{', '.join(names)}: no such name in the config" if names else None


def _settings(old: Config | None, new: Config) -> Iterator[ConfigChange]:
    before, after = _leaves(old), _leaves(new)
    for key in sorted(before.keys() | after.keys()):
        if (a := before.get(key)) != (b := after.get(key)):
            action: ChangeAction = "added" if a is None else "removed" if b is None else "changed"
            yield ConfigChange("setting", action, key, None, a.shown if a else None, b.shown if b else None)


def _leaves(config: Config | None) -> dict[str, Leaf]:
    """Return every setting outside model_list by its dotted key."""
    found: dict[str, Leaf] = {}
    for section, value in config.merged.value.items() if config else ():
        if section == _MODELS or value in (None, {}):
            continue  # an empty section says nothing
        kept = {k: v for k, v in value.items() if f"{section}.{k}" not in _APART} if isinstance(value, dict) else value
        found |= leaves(kept, (str(section),)) if kept not in ({}, None) else {}
    return found


def _references(old: Config | None, new: Config, env_names: Collection[str] | None) -> Iterator[ConfigChange]:
    before = {r.name for r in old.env_references} if old else set()
    after = {r.name for r in new.env_references}
    for name in sorted(before ^ after):
        is_unset = name in after and env_names is not None and name not in env_names
        note = "env_file does not set it" if is_unset else None
        yield ConfigChange("environment", "added" if name in after else "removed", name, note=note)
