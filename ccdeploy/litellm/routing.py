"""Which deployments LiteLLM's router may choose for the name that a client asks for.

Source: LiteLLM 1.108, router.py (_common_checks_available_deployment) and router_utils/pattern_match_deployments.py:
model_group_alias, one step of it; then a routing group; then the aliases; then the wildcards, the
longest pattern first; then the model of a deployment, written as the config writes it. Which one of
several is chosen is up to chance. Fallbacks, which name another group, and teams are for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ccdeploy.litellm.config import Config
from ccdeploy.litellm.deployment import Deployment, with_model

_PATTERN_SIGNS = "*+?\\^$|()"  # what LiteLLM counts to tell which of two patterns of one length is more exact


def routed(config: Config, name: str) -> tuple[Deployment, ...]:
    """Return the deployments that may serve `name`, in the order of the file; none when no one answers it.

    What a wildcard serves has its model filled in.
    """
    target = config.model_group_alias.get(name, name)
    # The router leaves out a deployment whose provider it does not know, and one that is blocked.
    usable = [d for d in config.deployments if d.provider is not None and d.info.get("blocked") is not True]
    groups = routing_groups(config)
    members = groups.get(target, (target,))
    named = tuple(d for member in members for d in usable if d.alias == member)
    if named or target in groups:
        return named
    return tuple(_by_wildcard(usable, target)) or tuple(d for d in usable if d.model == target)


def routing_groups(config: Config) -> dict[str, tuple[str, ...]]:
    """Return the aliases that each routing group stands for; what is of another shape is left to LiteLLM."""
    listed = config.router_settings.get("routing_groups")
    groups = [g for g in (listed if isinstance(listed, list) else []) if isinstance(g, dict)]
    return {
        g["group_name"]: tuple(m for m in g["models"] if isinstance(m, str))
        for g in groups
        if isinstance(g.get("group_name"), str) and isinstance(g.get("models"), list)
    }


def _by_wildcard(deployments: list[Deployment], name: str) -> Iterator[Deployment]:
    """Yield those of the most exact pattern that `name` begins with: LiteLLM asks for no match to the end."""
    patterns = {_regex(d.alias): d.alias for d in deployments if d.is_wildcard}
    for regex in sorted(patterns, key=_exactness, reverse=True):
        found = re.match(regex, name)
        if found:
            of_it = (d for d in deployments if d.alias == patterns[regex])
            yield from (with_model(d, _filled(d.model, found)) for d in of_it)
            return


def _regex(wildcard: str) -> str:
    return re.escape(wildcard).replace(r"\*", "(.*)")


def _exactness(regex: str) -> tuple[int, int]:
    return len(regex), sum(regex.count(sign) for sign in _PATTERN_SIGNS)


def _filled(model: str, found: re.Match[str]) -> str:
    """Return `model` with what the pattern's stars stand for; the whole name when there are too few places."""
    if "*" not in model:
        return model
    if len(found.groups()) > model.count("*"):
        return found.string
    for part in found.groups():
        model = model.replace("*", part, 1)
    return model
