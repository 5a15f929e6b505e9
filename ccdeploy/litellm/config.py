"""A LiteLLM config as values: what it serves, from where, and which calls it makes by itself.

Tolerant: what cannot be read is a finding beside what can. Whether it is wise is for lint; whether
the environment has what it refers to is judged on the host.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ccdeploy.errors import Refused
from ccdeploy.findings import Finding, error, errors_in, ordered
from ccdeploy.litellm.deployment import Deployment, deployment, env_name
from ccdeploy.litellm.includes import Merged, merge
from ccdeploy.units import counted
from ccdeploy.yamltext import Path

SECTIONS = ("general_settings", "litellm_settings", "router_settings", "environment_variables")
MASTER_KEY = "LITELLM_MASTER_KEY"  # LiteLLM reads it by itself when general_settings names no master_key


@dataclass(frozen=True)
class EnvReference:
    """One `os.environ/NAME` that LiteLLM resolves; `key_path` is such as `model_list.0.litellm_params.api_base`."""

    name: str
    where: str
    key_path: str


@dataclass(frozen=True)
class Config:
    """One config with its includes merged. `findings` are faults of form that LiteLLM stumbles over too."""

    shown_as: str
    deployments: tuple[Deployment, ...]
    env_references: tuple[EnvReference, ...]
    findings: tuple[Finding, ...] = ()
    merged: Merged = field(default_factory=lambda: Merged("", {}, (), ()), repr=False)
    phase: int | None = None  # the one that it was narrowed to
    whole: Config | None = field(default=None, repr=False)  # what it was narrowed from

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a mapping at the top of the config; empty when it is missing or of another type."""
        value = self.merged.value.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def general_settings(self) -> Mapping[str, Any]:
        """The proxy's own settings."""
        return self.section("general_settings")

    @property
    def litellm_settings(self) -> Mapping[str, Any]:
        """The settings of the litellm module."""
        return self.section("litellm_settings")

    @property
    def router_settings(self) -> Mapping[str, Any]:
        """The settings of the router."""
        return self.section("router_settings")

    @property
    def model_group_alias(self) -> Mapping[str, str]:
        """The groups that each further name stands for, hidden names included."""
        return {name: str(item["model"]) if isinstance(item, dict) else item for name, item in self._alias_items()}

    @property
    def hidden_aliases(self) -> frozenset[str]:
        """The names of model_group_alias that /v1/models leaves out."""
        return frozenset(n for n, item in self._alias_items() if isinstance(item, dict) and item.get("hidden") is True)

    @property
    def groups(self) -> frozenset[str]:
        """Every name that model_list gives to a deployment."""
        return frozenset(d.alias for d in self.deployments)

    @property
    def master_key_env(self) -> str | None:
        """The variable that holds the master key, or None when the config holds it itself."""
        key = self.general_settings.get("master_key")
        return MASTER_KEY if key is None else env_name(key)

    @property
    def calls_models_at_boot(self) -> bool:
        """Whether LiteLLM sweeps over models before it binds its port (facts: proxy_server.py, 1.106)."""
        general = self.general_settings
        interval = general.get("health_check_interval", 300)
        if not general.get("background_health_checks") or not isinstance(interval, int) or interval <= 0:
            return False  # a loop whose interval is no positive int ends at once
        groups = general.get("background_health_check_model_groups")
        watched = [d for d in self.deployments if not d.info.get("disable_background_health_check")]
        return any(not isinstance(groups, list) or d.alias in groups for d in watched)

    @property
    def health_is_harmless(self) -> bool:
        """Whether GET /health calls no model, whoever asks: one of the two settings that were seen to hold.

        Either background checks over no group at all, or none, with every deployment taken out and
        /health told to respect that. `background_health_checks: false` alone is not enough.
        """
        general = self.general_settings
        if general.get("background_health_checks") is True:
            return general.get("background_health_check_model_groups") == []
        respected = general.get("health_check_skip_disabled_background_models") is True
        taken_out = all(d.info.get("disable_background_health_check") is True for d in self.deployments)
        return not self.deployments or (respected and taken_out)

    def where(self, path: Path = ()) -> str:
        """Return `file:line` of what stands at `path`."""
        return self.merged.where(path)

    def _alias_items(self) -> Iterator[tuple[str, str | dict[str, Any]]]:
        aliases = self.router_settings.get("model_group_alias")
        for name, item in (aliases if isinstance(aliases, dict) else {}).items():
            if isinstance(item, str) or (isinstance(item, dict) and isinstance(item.get("model"), str)):
                yield str(name), item


def read_config(files: Mapping[str, bytes], main: str, shown_as: str) -> Config:
    """Return the config as far as it can be read; its faults of form are in `findings`.

    `files` are the main file and its includes by POSIX path relative to the config's folder
    (see includes.gather).
    """
    return config_of(merge(files, main, shown_as))


def config_of(merged: Merged) -> Config:
    """Return the config that a mapping says; its faults of form are in `findings`."""
    findings = list(merged.findings)
    if not errors_in(findings):
        findings.extend(_faults_of_sections(merged))
    deployments = tuple(_deployments(merged, findings))
    references = tuple(_references(merged.value, merged, ()))
    return Config(merged.shown_as, deployments, references, tuple(ordered(findings)), merged)


def parse_config(files: Mapping[str, bytes], main: str, shown_as: str) -> Config:
    """Return the config. Raises Refused with every fault of form when it cannot be read whole."""
    config = read_config(files, main, shown_as)
    faults = errors_in(config.findings)
    if faults:
        count = counted(len(faults), "fault")
        raise Refused(f"{shown_as}: {count}, nothing was done", findings=config.findings)
    return config


def _faults_of_sections(merged: Merged) -> Iterator[Finding]:
    if "model_list" not in merged.value:
        yield error("config-no-models", merged.where(), "there is no model_list, so nothing would be served")
    for name in SECTIONS:
        value = merged.value.get(name)
        if value is not None and not isinstance(value, dict):
            yield error("config-shape", merged.where((name,)), f"{name} is no mapping; write keys and values under it")


def _deployments(merged: Merged, findings: list[Finding]) -> Iterator[Deployment]:
    entries = merged.value.get("model_list")
    if entries is None:
        return
    if not isinstance(entries, list):
        findings.append(
            error("config-shape", merged.where(("model_list",)), "model_list is no list; begin it with '-'")
        )
        return
    for index, entry in enumerate(entries):
        path: Path = ("model_list", index)
        fault = _fault_of_entry(entry)
        if fault:
            findings.append(error("config-shape", merged.where(path), f"model_list, entry {index + 1}: {fault}"))
        else:
            yield deployment(entry, path, merged.where(path))


def _fault_of_entry(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return "no mapping; write model_name: and litellm_params: under it"
    if not isinstance(entry.get("model_name"), str) or not entry["model_name"].strip():
        return "has no model_name, the name that clients ask for; write one in quotes"
    params = entry.get("litellm_params")
    if not isinstance(params, dict):
        return f"'{entry['model_name']}' has no litellm_params; write them with a model: in them"
    if not isinstance(params.get("model"), str) or not params["model"].strip():
        return f"'{entry['model_name']}' names no model; write litellm_params: {{model: ollama_chat/NAME}}"
    if entry.get("model_info") is not None and not isinstance(entry["model_info"], dict):
        return f"'{entry['model_name']}' has a model_info that is no mapping"
    return None


def _references(value: Any, merged: Merged, path: Path) -> Iterator[EnvReference]:
    """Yield what LiteLLM resolves: strings in mappings, at any depth, but not strings right inside a list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            name, here = env_name(inner), (*path, str(key))
            if name is not None:
                yield EnvReference(name, merged.where(here), ".".join(map(str, here)))
            else:
                yield from _references(inner, merged, here)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if isinstance(inner, dict):
                yield from _references(inner, merged, (*path, index))
