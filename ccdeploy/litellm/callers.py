"""What calls the models of a config besides its users: health checks, in the background or when somebody asks.

Source: LiteLLM 1.108, proxy/health_check.py, and _run_background_health_check in proxy_server.py; run, and its
calls counted at Ollama.
"""

from __future__ import annotations

from dataclasses import dataclass

from ccdeploy.litellm.config import Config
from ccdeploy.litellm.deployment import Deployment

DEFAULT_INTERVAL_S = 300.0  # general_settings.health_check_interval
DEFAULT_TIMEOUT_S = 60.0  # HEALTH_CHECK_TIMEOUT_SECONDS: then the client leaves, and a load is aborted


@dataclass(frozen=True)
class Checks:
    """Health checks that call models: each of the deployments at once, every `every_s` seconds."""

    caller: str
    every_s: float
    deployments: tuple[Deployment, ...]
    timeout_s: float = DEFAULT_TIMEOUT_S


def background_checks(config: Config) -> Checks | None:
    """Return the checks that LiteLLM makes by itself; None when it makes none that call a model."""
    if not config.calls_models_at_boot:
        return None
    general = config.general_settings
    groups = general.get("background_health_check_model_groups")
    every_s = float(general.get("health_check_interval", DEFAULT_INTERVAL_S))
    called = tuple(
        d
        for d in config.deployments
        if not d.info.get("disable_background_health_check") and (not isinstance(groups, list) or d.alias in groups)
    )
    return Checks("background health checks", every_s, called, _timeout_s(called))


def polled_checks(config: Config, every_s: float) -> Checks | None:
    """Return what polls of GET /health call; None when they call no model: from a cache, or because of the settings."""
    general = config.general_settings
    if general.get("background_health_checks") or config.health_is_harmless:
        return None
    respected = general.get("health_check_skip_disabled_background_models") is True
    called = tuple(
        d for d in config.deployments if not (respected and d.info.get("disable_background_health_check") is True)
    )
    return Checks("polls of GET /health", every_s, called, _timeout_s(called)) if called else None


def _timeout_s(deployments: tuple[Deployment, ...]) -> float:
    written = [d.info.get("health_check_timeout") for d in deployments]
    known = [float(value) for value in written if isinstance(value, int | float) and not isinstance(value, bool)]
    return min(known, default=DEFAULT_TIMEOUT_S)
