"""Lint: fallbacks and aliases that lead to names which the config does not have."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from ccdeploy.findings import Finding
from ccdeploy.litellm.config import Config
from ccdeploy.litellm.fallbacks import circles, fallbacks, is_covered, known_names
from ccdeploy.litellm.lint_rules import found
from ccdeploy.yamltext import Path


def lint_routes(config: Config) -> Iterator[Finding]:
    """Find fallbacks and aliases that lead nowhere, or back."""
    names = known_names(config)
    for alias, target in config.model_group_alias.items():
        if not is_covered(target, names - {alias}):
            path: Path = ("router_settings", "model_group_alias", alias)
            message = f"model_group_alias '{alias}' leads to '{target}', which model_list does not have"
            yield found(config, "alias-unknown", path, message, _closest(target, names - {alias}))
    for fallback in fallbacks(config):
        for name in fallback.dangling(names):
            message = f"{fallback.key}: model_list has no '{name}'"
            yield found(config, "fallback-unknown", fallback.path, message, _closest(name, names))
    for fallback, way in circles(config):
        message = (
            f"{fallback.key} goes round: {' → '.join(way)}; a request that fails loads all of them, again and again"
        )
        yield found(config, "fallback-circular", fallback.path, message, f"let {way[-2]} fall back to none of them")


def _closest(name: str, names: frozenset[str]) -> str:
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else "add it to model_list, or remove it here"
