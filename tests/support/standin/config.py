"""What LiteLLM's config means to the stand-in: the deployments, the names, the key.

Reads the YAML as LiteLLM does: includes from the folder of the path as given, `os.environ/X`
resolved in dicts and in dicts inside lists. Leaves every judgement of the config to others.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

PROVIDERS = frozenset({"ollama", "ollama_chat", "openai", "anthropic", "azure", "gemini"})
REFERENCE = "os.environ/"
# What LiteLLM shows of every deployment although no config says it (1.106.2, /v1/model/info).
PARAM_DEFAULTS = {
    "allow_client_keepalive_override": False,
    "use_in_pass_through": False,
    "use_litellm_proxy": False,
    "use_xai_oauth": False,
    "merge_reasoning_content_in_choices": False,
}
# SHA-256 of the master keys that LiteLLM refuses because everybody knows them.
KNOWN_KEYS = frozenset({"88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"})


class BootFailure(Exception):
    """LiteLLM would not start with this config; it exits with `status` after its start-up log."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Deployment(NamedTuple):
    """One entry of model_list whose provider LiteLLM knows."""

    alias: str
    params: dict[str, Any]
    info: dict[str, Any]

    @property
    def is_wildcard(self) -> bool:
        """Whether the name is a pattern."""
        return "*" in self.alias

    @property
    def provider(self) -> str:
        """The part of the model's name before the slash."""
        return str(self.params["model"]).partition("/")[0]

    @property
    def ollama_model(self) -> str:
        """The name that Ollama knows the model by."""
        return str(self.params["model"]).partition("/")[2]

    @property
    def api_base(self) -> str:
        """Where Ollama answers."""
        return str(self.params.get("api_base") or "http://127.0.0.1:11434").rstrip("/")

    @property
    def model_id(self) -> str:
        """A SHA-256 of the parameters: it changes when one of them does."""
        return hashlib.sha256(json.dumps([self.alias, self.params], sort_keys=True).encode()).hexdigest()


class Config(NamedTuple):
    """A config as a running proxy knows it; `skipped` are aliases of unknown providers."""

    deployments: tuple[Deployment, ...]
    skipped: tuple[Deployment, ...]
    aliases: dict[str, str]  # model_group_alias: name -> group; hidden ones left out
    hidden: dict[str, str]
    general: dict[str, Any]
    master_key: str
    fallbacks: dict[str, list[str]]  # group -> the groups that take over for it

    def deployment_of(self, name: str) -> Deployment | None:
        """Return the deployment that a request for `name` would reach."""
        group = self.aliases.get(name) or self.hidden.get(name) or name
        exact = next((d for d in self.deployments if d.alias == group), None)
        return exact or next((d for d in self.deployments if _matches(d, group)), None)

    @property
    def checks_at_boot(self) -> bool:
        """Whether LiteLLM would call models before it binds its port."""
        return self.general.get("background_health_checks") is True and self.checked_groups != []

    @property
    def checked_groups(self) -> list[str] | None:
        """The groups that background checks are limited to; None is all of them."""
        groups = self.general.get("background_health_check_model_groups")
        return None if groups is None else list(groups)


def load(path: str) -> Config:
    """Return the config at `path`. Raises BootFailure as LiteLLM would end, but for the master key."""
    raw = _resolved(_with_includes(path))
    entries = [_deployment(entry) for entry in raw.get("model_list") or []]
    general = dict(raw.get("general_settings") or {})
    _check_callbacks(raw.get("litellm_settings") or {}, path)
    aliases, hidden = _group_aliases((raw.get("router_settings") or {}).get("model_group_alias") or {})
    key = general.get("master_key") or os.environ.get("LITELLM_MASTER_KEY") or ""
    return Config(
        tuple(d for d in entries if d.provider in PROVIDERS),
        tuple(d for d in entries if d.provider not in PROVIDERS),
        aliases,
        hidden,
        general,
        str(key),
        _fallbacks(raw),
    )


def _fallbacks(raw: Any) -> dict[str, list[str]]:
    sections = [raw.get(name) or {} for name in ("litellm_settings", "router_settings")]
    return {
        group: names for section in sections for one in section.get("fallbacks") or [] for group, names in one.items()
    }


def check_master_key(config: Config) -> None:
    """Refuse to start without a key that is one. Raises BootFailure (3)."""
    permitted = os.environ.get("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "").lower() == "true"
    if permitted or config.general.get("dangerously_permit_weak_or_unset_master_key") is True:
        return
    if not config.master_key.strip():
        raise BootFailure("LiteLLM proxy refused to start: no master key is set", 3)
    if hashlib.sha256(config.master_key.encode()).hexdigest() in KNOWN_KEYS:
        raise BootFailure("LiteLLM proxy refused to start: the master key is a publicly known default", 3)


def _matches(deployment: Deployment, name: str) -> bool:
    head, star, tail = deployment.alias.partition("*")
    return bool(star) and name.startswith(head) and name.endswith(tail)


def _deployment(entry: Any) -> Deployment:
    try:
        params = dict(entry["litellm_params"])
        params["model"] = str(params["model"])
        return Deployment(str(entry["model_name"]), params, dict(entry.get("model_info") or {}))
    except (KeyError, TypeError) as exc:
        raise BootFailure(f"a deployment without {exc}: {entry!r}", 3) from exc


def _group_aliases(mapping: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    shown: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for name, target in mapping.items():
        if isinstance(target, dict):
            (hidden if target.get("hidden") else shown)[str(name)] = str(target["model"])
        else:
            shown[str(name)] = str(target)
    return shown, hidden


def _check_callbacks(settings: dict[str, Any], path: str) -> None:
    callbacks = settings.get("callbacks") or []
    for callback in [callbacks] if isinstance(callbacks, str) else callbacks:
        module, dot, instance = str(callback).rpartition(".")
        if dot and not _module_exists(module, path):
            raise BootFailure(f"Could not import {instance} from {module}", 3)


def _module_exists(module: str, path: str) -> bool:
    import importlib.util  # here, since few boots need it

    if (Path(path).parent / (module.replace(".", "/") + ".py")).is_file():
        return True
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def _with_includes(path: str) -> dict[str, Any]:
    merged = _read(path)
    read = {_unlinked(path)}
    pending = [(str(name), path) for name in merged.pop("include", None) or []]
    while pending:
        name, declared_in = pending.pop(0)
        found = _unlinked(str(Path(declared_in).parent / name))
        if found in read:
            continue
        read.add(found)
        included = _read(found)
        pending += [(str(more), found) for more in included.pop("include", None) or []]
        for key, value in included.items():
            both_lists = isinstance(value, list) and isinstance(merged.get(key), list)
            merged[key] = [*merged[key], *value] if both_lists else value
    return merged


def _unlinked(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - LiteLLM leaves links unresolved


def _read(path: str) -> dict[str, Any]:
    import yaml  # after the search path is complete: `python -S` leaves site-packages out

    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as exc:
        raise BootFailure(f"Config file not found: {path}", 1) from exc
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise BootFailure(f"Error loading yaml file {path}: {exc}", 1) from exc
    if not isinstance(loaded, dict):
        raise BootFailure(f"Config cannot be None or Empty: {path}", 1)
    return loaded


def _resolved(mapping: dict[str, Any]) -> dict[str, Any]:
    return {key: _resolved_value(value) for key, value in mapping.items()}


def _resolved_value(value: Any) -> Any:
    if isinstance(value, dict):
        return _resolved(value)
    if isinstance(value, list):  # bare strings in a list stay as they are, as in LiteLLM
        return [_resolved(item) if isinstance(item, dict) else item for item in value]
    if isinstance(value, str) and value.startswith(REFERENCE):
        return os.environ.get(value.removeprefix(REFERENCE))
    return value
