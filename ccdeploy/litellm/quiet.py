"""A config for a shadow that may call no model: the same, with its background health checks off."""

from __future__ import annotations

import json

from ccdeploy.litellm.config import Config


def without_background_checks(config: Config) -> bytes:
    """Return the merged config with the checks off, as JSON, which is YAML too; secrets stay references."""
    general = {**config.general_settings, "background_health_checks": False}
    merged = {key: value for key, value in config.merged.value.items() if key != "include"}
    return (json.dumps({**merged, "general_settings": general}, indent=1, default=str) + "\n").encode()
