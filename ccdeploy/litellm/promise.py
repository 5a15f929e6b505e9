"""What a config promises to serve: the names that /v1/models must show, and patterns for wildcards.

LiteLLM drops a deployment of an unknown provider and boots without it, so an answer of 200 says
nothing; the served set does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ccdeploy.litellm.config import Config
from ccdeploy.litellm.deployment import Deployment
from ccdeploy.litellm.routing import routing_groups


@dataclass(frozen=True)
class Promise:
    """Exact names, and wildcard patterns such as `w/*`, for which LiteLLM shows names that it knows itself."""

    names: frozenset[str]
    wildcards: frozenset[str] = frozenset()

    def compare(self, served: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return (missing, unexpected), both sorted. What a pattern covers is neither."""
        shown = frozenset(served)
        patterns = [_pattern(w) for w in self.wildcards]
        unexpected = (n for n in shown - self.names if not any(p.fullmatch(n) for p in patterns))
        return tuple(sorted(self.names - shown)), tuple(sorted(unexpected))

    def covers(self, name: str) -> bool:
        """Whether `name`, or a wildcard as it is written, is answered."""
        return name in self.names or any(_pattern(w).fullmatch(name) for w in self.wildcards)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Names and patterns, sorted, for people."""
        return tuple(sorted(self.names | self.wildcards))


def promise(config: Config) -> Promise:
    """Return what `config` promises: resolvable aliases, and model_group_alias names that lead to one."""
    served, reached = _reached(config, [d for d in config.deployments if not d.is_hidden])
    return _sorted_out(served | (reached - config.hidden_aliases))


def answered(config: Config) -> Promise:
    """Return every name that `config` answers, those that /v1/models hides included.

    A blocked deployment answers nobody. An alias may lead to a name that only a wildcard answers.
    """
    served, reached = _reached(config, [d for d in config.deployments if d.info.get("blocked") is not True])
    by_wildcard = _sorted_out(served)
    reached |= {name for name, target in config.model_group_alias.items() if by_wildcard.covers(target)}
    return _sorted_out(served | reached)


def gone(old: Config, new: Config) -> tuple[str, ...]:
    """Return the names that `old` answers and `new` does not, sorted; a wildcard of `new` may answer for them."""
    now = answered(new)
    return tuple(name for name in answered(old).all_names if not now.covers(name))


def _reached(config: Config, deployments: Iterable[Deployment]) -> tuple[set[str], set[str]]:
    """Return the names that lead to one of `deployments`: by themselves, and by model_group_alias."""
    groups = {d.alias for d in deployments if d.provider is not None}
    served = groups | {name for name, models in routing_groups(config).items() if groups & set(models)}
    return served, {n for n, target in config.model_group_alias.items() if target in served}


def _sorted_out(names: set[str]) -> Promise:
    wildcards = frozenset(n for n in names if "*" in n)
    return Promise(frozenset(names - wildcards), wildcards)


def _pattern(wildcard: str) -> re.Pattern[str]:
    # A lone `*` shows every model of the provider, with and without its prefix.
    return re.compile(".*".join(map(re.escape, wildcard.split("*"))))
