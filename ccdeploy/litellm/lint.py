"""Lint of a LiteLLM config, offline: what LiteLLM stumbles over, and above all what it lets pass.

Judges the file alone. What the host's environment sets is for unset_references; whether the models
fit into memory is for the plan.
"""

from __future__ import annotations

from collections.abc import Mapping

from ccdeploy.findings import Finding, ordered
from ccdeploy.litellm.config import Config, read_config
from ccdeploy.litellm.lint_health import boot_refusals, lint_health
from ccdeploy.litellm.lint_models import lint_models
from ccdeploy.litellm.lint_names import lint_names
from ccdeploy.litellm.lint_routes import lint_routes
from ccdeploy.litellm.lint_rules import RULES
from ccdeploy.litellm.lint_secrets import lint_secrets, unset_references

__all__ = ["RULES", "boot_refusals", "lint", "lint_config", "lint_for_deploy", "unset_references"]

_LINTERS = (lint_names, lint_models, lint_routes, lint_health, lint_secrets)


def lint(files: Mapping[str, bytes], main: str, shown_as: str) -> list[Finding]:
    """Return every finding of the config, the worst first. Never raises for what the files hold."""
    return lint_config(read_config(files, main, shown_as))


def lint_config(config: Config) -> list[Finding]:
    """Return every finding of a config that was read already, its faults of form included."""
    return ordered([*config.findings, *(finding for linter in _LINTERS for finding in linter(config))])


def lint_for_deploy(config: Config) -> list[Finding]:
    """Return the same findings, with what makes a boot unsafe as errors: a deploy boots, `check` does not."""
    refusals = boot_refusals(config)
    refused = {finding.code for finding in refusals}
    return ordered([*refusals, *(finding for finding in lint_config(config) if finding.code not in refused)])
