"""How long LiteLLM waits for an answer of a deployment, and how often it asks again.

Source: LiteLLM, router.py (_get_stream_timeout, _get_non_stream_timeout), read: a deployment's own comes before those
for all, but for streams request_timeout comes before its `timeout`. A request that timed out is sent again as often
as num_retries says: twice where nobody says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ccdeploy.litellm.config import Config
from ccdeploy.litellm.deployment import Deployment
from ccdeploy.yamltext import Path

DEFAULT_RETRIES = 2
_REQUEST: Path = ("litellm_settings", "request_timeout")
_ROUTER: Path = ("router_settings", "timeout")


@dataclass(frozen=True)
class Patience:
    """After how many seconds LiteLLM leaves, by the setting at `path`."""

    seconds: float
    path: Path

    @property
    def key(self) -> str:
        """The setting by its own name."""
        return str(self.path[-1])


def patience(config: Config, deployment: Deployment) -> Iterator[Patience]:
    """Yield what holds for a deployment and is written: for its answers, and for its streams."""
    params = (*deployment.path, "litellm_params")
    own: list[Path] = [(*params, "timeout"), (*params, "request_timeout")]
    stream: list[Path] = [(*params, "stream_timeout"), ("router_settings", "stream_timeout"), _REQUEST]
    for paths in ([*own, _REQUEST, _ROUTER], [*stream, *own, _ROUTER]):
        if (found := _first(deployment.params, config, paths)) is not None:
            yield found


def retries(config: Config, deployment: Deployment) -> int:
    """Return how often a request that failed is sent again."""
    written = (
        deployment.params.get("num_retries"),
        config.router_settings.get("num_retries"),
        config.litellm_settings.get("num_retries"),
    )
    return next((n for n in written if isinstance(n, int) and not isinstance(n, bool) and n >= 0), DEFAULT_RETRIES)


def _first(params: Mapping[str, Any], config: Config, paths: list[Path]) -> Patience | None:
    for path in paths:
        written = params if path[0] == "model_list" else config.section(str(path[0]))
        seconds = _seconds(written.get(str(path[-1])))
        if seconds is not None:
            return Patience(seconds, path)
    return None


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if 0 < seconds < float("inf") else None
