"""Lint: health checks that call models, at boot or whenever somebody asks."""

from __future__ import annotations

from collections.abc import Iterator

from ccdeploy.findings import Finding, error
from ccdeploy.litellm.config import Config
from ccdeploy.litellm.deployment import env_name
from ccdeploy.litellm.lint_rules import found
from ccdeploy.yamltext import Path

BACKGROUND_CHECKS = "background-checks"  # the code that `deploy --allow` takes
_GENERAL = "general_settings"
_SWITCH_OFF = "write background_health_checks: false"


def lint_health(config: Config) -> Iterator[Finding]:
    """Find checks that call models, and settings that switch checks off unseen."""
    faulty_groups = list(_groups(config))
    yield from faulty_groups
    yield from _interval(config)
    if config.calls_models_at_boot:
        path: Path = (_GENERAL, "background_health_checks")
        yield found(config, BACKGROUND_CHECKS, path, _boot_sentence(config), _SWITCH_OFF)
    elif not (faulty_groups or config.health_is_harmless) and any(d.ollama_model for d in config.deployments):
        count = len(config.deployments)
        message = f"whoever asks GET /health calls {'the model' if count == 1 else f'all {count} models at once'}"
        hint = (
            "write general_settings.health_check_skip_disabled_background_models: true, and in each model_info "
            "disable_background_health_check: true"
        )
        yield found(config, "health-calls-models", (_GENERAL,), message, hint)


def boot_refusals(config: Config) -> list[Finding]:
    """Return why a shadow of `config` must not boot unasked; `--allow background-checks` admits it.

    `check` only warns of it: the file is sound, but its first boot sweeps over the models before the
    port is bound, beside the proxy that serves.
    """
    if not config.calls_models_at_boot:
        return []
    where = config.where((_GENERAL, "background_health_checks"))
    return [error(BACKGROUND_CHECKS, where, _boot_sentence(config), f"{_SWITCH_OFF}, or --allow {BACKGROUND_CHECKS}")]


def _boot_sentence(config: Config) -> str:
    models = len({d.model for d in config.deployments if not d.info.get("disable_background_health_check")})
    each = config.general_settings.get("health_check_interval", 300)
    what = "the model" if models == 1 else f"{models} models"
    return f"LiteLLM calls {what} while it boots, and again every {each} s: models that do not fit together thrash"


def _interval(config: Config) -> Iterator[Finding]:
    if "health_check_interval" not in config.general_settings:
        return
    value = config.general_settings["health_check_interval"]
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        said = "a reference to the environment, which is text" if env_name(value) else repr(value)
        message = f"health_check_interval is {said}; LiteLLM then runs no background check and says nothing"
        yield found(config, "health-interval", (_GENERAL, "health_check_interval"), message, "write whole seconds")


def _groups(config: Config) -> Iterator[Finding]:
    path: Path = (_GENERAL, "background_health_check_model_groups")
    groups = config.general_settings.get("background_health_check_model_groups")
    if groups is None:
        return
    if not isinstance(groups, list):
        message = "background_health_check_model_groups is no list; LiteLLM would not start"
        yield found(config, "health-groups", path, message, "write [] to check no model")
        return
    for name in groups:
        if name not in config.groups:
            message = f"background_health_check_model_groups: model_list has no '{name}'"
            yield found(config, "health-groups", path, message, "remove it")
