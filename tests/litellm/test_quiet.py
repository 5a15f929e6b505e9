"""The config of a shadow that may call no model: the same, but for its background checks."""

from __future__ import annotations

from dataclasses import replace

from ccdeploy import yamltext
from ccdeploy.litellm.config import parse_config
from ccdeploy.litellm.promise import promise
from ccdeploy.litellm.quiet import without_background_checks

MAIN = """\
include: [more.yaml]
model_list:
  - {model_name: coder, litellm_params: {model: ollama_chat/tiny, api_key: os.environ/KEY, since: 2026-01-31}}
general_settings: {background_health_checks: true, health_check_interval: 60, master_key: os.environ/MASTER}
"""
MORE = "model_list:\n  - {model_name: fast, litellm_params: {model: ollama_chat/fast}}\n"


def test_a_quiet_config_serves_the_same_and_calls_no_model_at_boot() -> None:
    """The shadow is verified against the promise of the real one."""
    loud = parse_config({"config.yaml": MAIN.encode(), "more.yaml": MORE.encode()}, "config.yaml", "config.yaml")
    quiet = parse_config({"config.yaml": without_background_checks(loud)}, "config.yaml", "config.yaml")
    assert (loud.calls_models_at_boot, quiet.calls_models_at_boot) == (True, False)
    assert promise(quiet) == promise(loud)
    assert quiet.env_references == tuple(
        replace(reference, where=quiet.env_references[i].where) for i, reference in enumerate(loud.env_references)
    )


def test_a_quiet_config_differs_in_nothing_else() -> None:
    """Includes are merged, so that it stands alone."""
    loud = parse_config({"config.yaml": MAIN.encode(), "more.yaml": MORE.encode()}, "config.yaml", "config.yaml")
    quiet = yamltext.load(without_background_checks(loud), "").value
    expected = {**loud.merged.value, "general_settings": {**loud.general_settings, "background_health_checks": False}}
    assert quiet["general_settings"] == expected["general_settings"]
    assert "include" not in quiet
    assert [m["model_name"] for m in quiet["model_list"]] == ["coder", "fast"]
