"""What a config may be asked to prove that it answers: each name once, and the smallest request for it.

A request names no context and no keep_alive: what the config says arrives. It forbids fallbacks, so that the name's
own models answer or nobody does. LiteLLM 1.108, router.py, async_function_with_fallbacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ccdeploy.litellm.config import Config
from ccdeploy.litellm.deployment import Deployment
from ccdeploy.litellm.masking import is_secret_at
from ccdeploy.litellm.promise import answered
from ccdeploy.litellm.routing import routed
from ccdeploy.secret import Secret

EMBEDDING = "embedding"
MAX_TOKENS = 16  # as LiteLLM's own health checks; some providers refuse fewer
_PROMPT = "Answer with one word: ready"
_PATHS = {"chat": "/v1/chat/completions", "completion": "/v1/completions", EMBEDDING: "/v1/embeddings"}


@dataclass(frozen=True)
class Question:
    """One name that may be asked for. `phase` is the first that uses it, None where the config knows no phases.

    `why_not` says why it is not asked.
    """

    name: str
    phase: int | None
    mode: str
    deployments: tuple[Deployment, ...]
    why_not: str | None = None

    @property
    def is_embedding(self) -> bool:
        """Whether it wants a text to embed."""
        return self.mode == EMBEDDING

    @property
    def path(self) -> str:
        """Where it is asked."""
        return _PATHS[self.mode]

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What its deployments hold that an answer may repeat and nobody must see, beside the environment."""
        return tuple(
            Secret(value)
            for d in self.deployments
            for name, value in d.params.items()
            if isinstance(value, str) and is_secret_at((*d.path, "litellm_params", name), value)
        )

    def body(self, mark: str) -> dict[str, Any]:
        """Return the request; `mark` makes it unlike every earlier one, whose answer a cache may have."""
        text = f"{_PROMPT} ({mark})"
        common: dict[str, Any] = {"model": self.name, "disable_fallbacks": True}
        match self.mode:
            case "embedding":
                return common | {"input": text}
            case "completion":
                return common | {"prompt": text, "max_tokens": MAX_TOKENS}
        return common | {"messages": [{"role": "user", "content": text}], "max_tokens": MAX_TOKENS}


def questions(config: Config) -> tuple[Question, ...]:
    """Return every name that the config answers, phase by phase, in the order of the file: aliases, then other names.

    Hidden names are among them. A wildcard stands for names that nobody has listed: it is one that is not asked.
    """
    first = min((number for d in config.deployments for number in d.phases), default=None)
    promised = answered(config)
    listed = [d.alias for d in config.deployments] + sorted(config.model_group_alias) + list(promised.all_names)
    names = [n for n in dict.fromkeys(listed) if n in promised.names | promised.wildcards]
    found = [_question(config, name, first) for name in names]
    return tuple(sorted(found, key=lambda one: (one.phase is None, one.phase or 0)))


def _question(config: Config, name: str, first: int | None) -> Question:
    deployments = () if "*" in name else routed(config, name)
    modes = list(dict.fromkeys(str(d.info.get("mode") or "chat") for d in deployments)) or ["chat"]
    phases = [min(d.phases, default=first) for d in deployments]
    phase = min((number for number in phases if number is not None), default=first)
    return Question(name, phase, modes[0], deployments, _why_not(name, deployments, modes))


def _why_not(name: str, deployments: tuple[Deployment, ...], modes: list[str]) -> str | None:
    if "*" in name:
        return "not asked: a pattern, and nobody says for which names"
    if any(d.info.get("team_id") for d in deployments):
        return "not asked: only the keys of its team may"
    if unknown := [mode for mode in modes if mode not in _PATHS]:
        return f"not asked: there is no small request for mode '{unknown[0]}'"
    return None
