"""What differs between the names that two configs serve: aliases of model_list, and names of model_group_alias."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ccdeploy.litellm.config import Config
from ccdeploy.litellm.deployment import OLLAMA_PROVIDERS, Deployment
from ccdeploy.litellm.leaves import Leaf, leaves, shown
from ccdeploy.litellm.promise import answered, gone
from ccdeploy.results import ChangeAction, ConfigChange

# Reads a keep_alive as Ollama does, in seconds; raises ValueError for what Ollama refuses.
Seconds = Callable[[object], float]
_Facts = dict[str, Leaf]

_PARAMS = "litellm_params"
_FIRST = ("model", "api_base", "num_ctx", "keep_alive")  # what people look for first
_TAKES_AWAY = ("model_info.blocked", "model", "custom_llm_provider", "deployment", "target")
GOES_AWAY = "answered now: deploy needs --allow removal"
AWAY = "away while phase {phase} lasts"
STILL_ANSWERED = "a wildcard or alias still answers for it"


@dataclass(frozen=True)
class _Name:
    """What stands behind one name: deployments of model_list, the target that model_group_alias gives it, or both."""

    models: tuple[Deployment, ...] = ()
    alias: str | None = None

    @property
    def is_alias(self) -> bool:
        """Whether it leads to another name only."""
        return self.alias is not None and not self.models

    def __str__(self) -> str:
        return f"alias of {self.alias}" if self.is_alias else _described(self.models)


def changed_models(old: Config | None, new: Config, seconds: Seconds) -> Iterator[ConfigChange]:
    """Yield what was added, removed and changed, by name; the order of deployments says nothing.

    Each name that `old` answers and `new` does not is marked, be it for another name that it leads to.
    """
    before, after = _names(old), _names(new)
    answered_before = answered(old).all_names if old else ()
    lost = gone(old, new) if old else ()
    for name in sorted({*before, *after, *lost}):
        had, has = before.get(name, _Name()), after.get(name, _Name())
        found = list(_changed_name(name, had, has, seconds))
        if name in lost:
            yield from _marked(found or [_as_before(name, has)], _why(name, new))
        else:
            yield from (
                _noted(one, STILL_ANSWERED) if name in answered_before and _is_end(one) else one for one in found
            )


def _changed_name(name: str, old: _Name, new: _Name, seconds: Seconds) -> Iterator[ConfigChange]:
    """Yield what became of one name."""
    if (old.models and new.is_alias) or (old.is_alias and new.models):
        yield ConfigChange("model", "changed", name, "target", str(old), str(new))
        return
    if old.models and new.models:
        yield from _changed_model(name, old.models, new.models, seconds)
    elif old.models:
        yield ConfigChange("model", "removed", name, before=str(old))
    elif new.models:
        yield ConfigChange("model", "added", name, after=str(new))
    if old.alias != new.alias:
        yield _changed_alias(name, old.alias, new.alias)


def _as_before(name: str, now: _Name) -> ConfigChange:
    """Return the change of a name that is lost by that of another: it is written as it was."""
    if now.is_alias:
        return ConfigChange("alias", "changed", name, "target", now.alias, now.alias)
    return ConfigChange("model", "removed", name, before="routing group")


def _why(name: str, new: Config) -> str:
    """Return what is to be said of a name that goes away: another phase of the config may bring it back."""
    comes_back = new.whole is not None and answered(new.whole).covers(name)
    return AWAY.format(phase=new.phase) if comes_back else GOES_AWAY


def _marked(changes: Sequence[ConfigChange], why: str) -> Iterator[ConfigChange]:
    """Yield the changes of a name that goes away, that which takes it away with a note."""
    marked = [one for one in changes if _is_end(one)] or [min(changes, key=lambda one: one.key not in _TAKES_AWAY)]
    yield from (_noted(one, why) if one in marked else one for one in changes)


def _is_end(change: ConfigChange) -> bool:
    return change.action == "removed" and change.key is None


def _noted(change: ConfigChange, note: str) -> ConfigChange:
    return replace(change, note=note)


def _names(config: Config | None) -> dict[str, _Name]:
    if config is None:
        return {}
    models: dict[str, list[Deployment]] = {}
    for one in config.deployments:
        models.setdefault(one.alias, []).append(one)
    hidden = config.hidden_aliases
    leads = {name: f"{to} (hidden)" if name in hidden else to for name, to in config.model_group_alias.items()}
    return {name: _Name(tuple(models.get(name, ())), leads.get(name)) for name in models.keys() | leads.keys()}


def _changed_alias(name: str, led: str | None, leads: str | None) -> ConfigChange:
    action: ChangeAction = "added" if led is None else "removed" if leads is None else "changed"
    return ConfigChange("alias", action, name, None if action != "changed" else "target", led, leads)


def _changed_model(
    name: str, had: Sequence[Deployment], has: Sequence[Deployment], seconds: Seconds
) -> Iterator[ConfigChange]:
    is_one = len(had) == len(has) == 1
    for old, new in _paired([_facts(d, seconds) for d in had], [_facts(d, seconds) for d in has]):
        if old is None or new is None:
            action: ChangeAction = "added" if old is None else "removed"
            yield ConfigChange("model", action, name, "deployment", _summary(old), _summary(new))
            continue
        for key in sorted(old.keys() | new.keys(), key=_rank):
            if (a := old.get(key)) != (b := new.get(key)):
                which = None if is_one or key == "model" else new["model"].shown
                yield ConfigChange("model", "changed", name, key, _shown(a), _shown(b), deployment=which)


def _paired(old: list[_Facts], new: list[_Facts]) -> Iterator[tuple[_Facts | None, _Facts | None]]:
    """Yield who became whom among the deployments of one alias; those that are the same are left out."""
    kept = Counter(map(_signature, old)) & Counter(map(_signature, new))
    left, right = _without(old, kept), _without(new, kept)
    for alike in (("model", "api_base"), ("model",)):
        for one in list(left):
            match = next((o for o in right if all(one.get(key) == o.get(key) for key in alike)), None)
            if match is not None:
                yield one, match
                left.remove(one)
                right.remove(match)
    if len(left) == len(right) == 1:
        yield left[0], right[0]
        return
    yield from ((one, None) for one in left)
    yield from ((None, one) for one in right)


def _signature(facts: _Facts) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, leaf.compared) for key, leaf in facts.items()))


def _without(facts: list[_Facts], kept: Counter[tuple[tuple[str, str], ...]]) -> list[_Facts]:
    spare = Counter(kept)
    rest = []
    for one in sorted(facts, key=_signature):
        signature = _signature(one)
        if spare[signature]:
            spare[signature] -= 1
        else:
            rest.append(one)
    return rest


def _shown(leaf: Leaf | None) -> str | None:
    return leaf.shown if leaf else None


def _facts(one: Deployment, seconds: Seconds) -> _Facts:
    """Return all that is said of a deployment; a key without a value is as good as none."""
    params = {key: value for key, value in one.params.items() if value is not None}
    info = {key: value for key, value in one.info.items() if value is not None}
    facts = {key.removeprefix(f"{_PARAMS}."): leaf for key, leaf in leaves(params, (_PARAMS,)).items()}
    facts |= leaves(info, ("model_info",)) if info else {}
    if "keep_alive" in params and one.provider in OLLAMA_PROVIDERS:
        try:
            compared = f"{seconds(params['keep_alive'])} s"
        except ValueError:  # lint tells of it
            return facts
        facts["keep_alive"] = Leaf(compared, shown(params["keep_alive"], (_PARAMS, "keep_alive")))
    return facts


def _rank(key: str) -> tuple[int, str]:
    return (_FIRST.index(key) if key in _FIRST else len(_FIRST), key)


def _summary(facts: _Facts | None) -> str | None:
    if facts is None:
        return None
    told = [f"{key} {facts[key].shown}" for key in _FIRST[1:] if key in facts]
    return ", ".join([facts["model"].shown, *told])


def _described(models: Iterable[Deployment]) -> str:
    summaries = (_summary(_facts(one, _as_written)) for one in models)
    return "; ".join(text for text in summaries if text)


def _as_written(value: object) -> float:
    raise ValueError(f"{value} is only to be shown")
