"""The fallbacks of a config, wherever they stand, and the names in them that lead nowhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ccdeploy.litellm.config import Config
from ccdeploy.yamltext import Path

SECTIONS = ("litellm_settings", "router_settings")
MAPPED = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
DEFAULT = "default_fallbacks"
EVERY = "*"  # what fallbacks for all models are from


@dataclass(frozen=True)
class Fallback:
    """Who takes over for `source`, in this order; `path` is where it stands."""

    source: str
    targets: tuple[str, ...]
    path: Path

    @property
    def key(self) -> str:
        """The setting that it stands in, such as `router_settings.fallbacks`."""
        return f"{self.path[0]}.{self.path[1]}"

    def dangling(self, names: frozenset[str]) -> tuple[str, ...]:
        """Return the names on both sides that are none of `names`, and that no wildcard covers."""
        both = (self.source, *self.targets) if self.source != EVERY else self.targets
        return tuple(name for name in both if not is_covered(name, names))


def fallbacks(config: Config) -> Iterator[Fallback]:
    """Yield every fallback in the order of the file; what is of another shape is left to LiteLLM."""
    for section in SECTIONS:
        settings = config.section(section)
        for key in MAPPED:
            yield from _mapped(settings.get(key), (section, key))
        if targets := _names(settings.get(DEFAULT)):
            yield Fallback(EVERY, targets, (section, DEFAULT))


def circles(config: Config) -> Iterator[tuple[Fallback, tuple[str, ...]]]:
    """Yield each fallback that leads back to itself, with the names on the way; each circle once.

    Of one kind: a request that failed is answered by the fallbacks for what it failed of. Those for every name
    lead to themselves by design.
    """
    told: set[frozenset[str]] = set()
    for kind in MAPPED:
        steps = {f.source: f for f in fallbacks(config) if f.path[1] == kind}
        for source, fallback in steps.items():
            way = _way_back(steps, source)
            if way and frozenset(way) not in told:
                told.add(frozenset(way))
                yield fallback, way


def _way_back(steps: Mapping[str, Fallback], source: str) -> tuple[str, ...]:
    """Return the names from `source` back to it, the shortest way; none where no way leads back."""
    came_from: dict[str, str] = {}
    waiting = deque([source])
    while waiting:
        name = waiting.popleft()
        for target in steps[name].targets if name in steps else ():
            if target == source:
                way = [name]
                while way[-1] != source:
                    way.append(came_from[way[-1]])
                return (*reversed(way), source)
            if target not in came_from:
                came_from[target] = name
                waiting.append(target)
    return ()


def known_names(config: Config) -> frozenset[str]:
    """Return every name that a fallback or an alias may lead to."""
    return config.groups | frozenset(config.model_group_alias) | frozenset(_routing_groups(config))


def is_covered(name: str, names: frozenset[str]) -> bool:
    """Whether `name` is one of `names`, or a wildcard among them covers it."""
    return name in names or any("*" in pattern and fnmatchcase(name, pattern) for pattern in names)


def _routing_groups(config: Config) -> Iterator[str]:
    groups = config.router_settings.get("routing_groups")
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, dict):
            yield str(group.get("group_name"))


def _mapped(value: Any, path: Path) -> Iterator[Fallback]:
    """Yield each of `[{from: [to, …]}]`."""
    for index, item in enumerate(value if isinstance(value, list) else []):
        for source, targets in item.items() if isinstance(item, dict) else ():
            listed = targets if isinstance(targets, list) else [targets]
            yield Fallback(str(source), _names(listed), (*path, index, str(source)))


def _names(targets: Any) -> tuple[str, ...]:
    plain = [t.get("model") if isinstance(t, dict) else t for t in (targets if isinstance(targets, list) else [])]
    return tuple(name for name in plain if isinstance(name, str))
