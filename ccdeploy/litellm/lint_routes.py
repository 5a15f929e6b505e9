"""Lint: fallbacks and aliases that lead to names which the config does not have."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from ccdeploy.findings import Finding
from ccdeploy.litellm.config import Config
from ccdeploy.litellm.lint_rules import found
from ccdeploy.yamltext import Path

_MAPPED = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")


def lint_routes(config: Config) -> Iterator[Finding]:
    """Find dangling fallbacks and aliases."""
    names = config.groups | frozenset(config.model_group_alias) | frozenset(_routing_groups(config))
    for alias, target in config.model_group_alias.items():
        if not _exists(target, names - {alias}):
            path: Path = ("router_settings", "model_group_alias", alias)
            message = f"model_group_alias '{alias}' leads to '{target}', which model_list does not have"
            yield found(config, "alias-unknown", path, message, _closest(target, names - {alias}))
    for where, name in _fallback_names(config):
        if not _exists(name, names):
            message = f"{where[0]}.{where[1]}: model_list has no '{name}'"
            yield found(config, "fallback-unknown", where, message, _closest(name, names))


def _routing_groups(config: Config) -> Iterator[str]:
    groups = config.router_settings.get("routing_groups")
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, dict):
            yield str(group.get("group_name"))


def _fallback_names(config: Config) -> Iterator[tuple[Path, str]]:
    for section in ("litellm_settings", "router_settings"):
        settings = config.section(section)
        for key in _MAPPED:
            yield from _mapped(settings.get(key), (section, key))
        targets = settings.get("default_fallbacks")
        for name in targets if isinstance(targets, list) else []:
            yield from _target(name, (section, "default_fallbacks"))


def _mapped(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield both sides of `[{from: [to, …]}]`."""
    for index, item in enumerate(value if isinstance(value, list) else []):
        for source, targets in item.items() if isinstance(item, dict) else ():
            here = (*path, index, str(source))
            if source != "*":
                yield here, str(source)
            for target in targets if isinstance(targets, list) else [targets]:
                yield from _target(target, here)


def _target(target: Any, path: Path) -> Iterator[tuple[Path, str]]:
    name = target.get("model") if isinstance(target, dict) else target
    if isinstance(name, str):
        yield path, name


def _exists(name: str, names: frozenset[str]) -> bool:
    return name in names or any("*" in pattern and fnmatchcase(name, pattern) for pattern in names)


def _closest(name: str, names: frozenset[str]) -> str:
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else "add it to model_list, or remove it here"
