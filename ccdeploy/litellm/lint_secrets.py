"""Lint: secrets in the config, and references to the environment that LiteLLM takes for plain text.

No finding shows a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ccdeploy.findings import Finding, error
from ccdeploy.litellm.config import MASTER_KEY, Config
from ccdeploy.litellm.deployment import ENV_PREFIX, env_name
from ccdeploy.litellm.lint_rules import found
from ccdeploy.litellm.masking import NO_SECRETS
from ccdeploy.secret import SECRET_SHAPE, is_secret_name
from ccdeploy.yamltext import Path

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MISSPELT = re.compile(
    r"\$\{?[A-Za-z_]\w*\}?|\{\{.*\}\}|(?:os[._]?environ?|os\.getenv|environ?)\s*[.\[(/:].*|os\.environ/(?![A-Za-z_]\w*$).*",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"[a-z][a-z0-9+.\-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)
_WEAK = "sk-1234"
_PERMIT = "dangerously_permit_weak_or_unset_master_key"


def lint_secrets(config: Config) -> Iterator[Finding]:
    """Find literal secrets, weak master keys, and references that would not be resolved."""
    yield from _master_key(config)
    for path, value, in_list in _strings(config.merged.value, ()):
        if path == ("general_settings", "master_key") and value in (_WEAK, ""):
            continue  # said by _master_key
        if env_name(value) and _NAME.fullmatch(env_name(value) or ""):
            if in_list:
                message = f"LiteLLM does not resolve '{value}' right inside a list"
                yield found(config, "env-in-list", path, message, "write the value itself")
        elif _MISSPELT.fullmatch(value):
            message = f"{_dotted(path)}: LiteLLM takes this for plain text"
            yield found(config, "env-spelling", path, message, f"write {ENV_PREFIX}NAME")
        elif _is_secret(path, value):
            message = f"{_dotted(path)} holds a secret"
            yield found(config, "literal-secret", path, message, f"write {ENV_PREFIX}NAME, and NAME=… into env_file")


def unset_references(config: Config, set_names: Iterable[str]) -> list[Finding]:
    """Return a finding for each variable that the config needs and that `set_names` lacks.

    LiteLLM resolves an unset reference to nothing without a word. The master key counts even where
    the config does not name it: LiteLLM then reads LITELLM_MASTER_KEY.
    """
    names = frozenset(set_names)
    findings = [
        error("env-unset", r.where, f"{r.key_path} needs {r.name}, which is not set", f"write {r.name}=… into env_file")
        for r in config.env_references
        if r.name not in names
    ]
    implied = "master_key" not in config.general_settings and not config.general_settings.get(_PERMIT)
    if implied and MASTER_KEY not in names:
        message = f"the config names no master_key and {MASTER_KEY} is not set, so LiteLLM refuses to start"
        findings.append(error("env-unset", config.where(("general_settings",)), message, "`ccdeploy setup` makes one"))
    return findings


def _master_key(config: Config) -> Iterator[Finding]:
    general = config.general_settings
    if "master_key" not in general or general.get(_PERMIT):
        return
    key = general["master_key"]
    if not isinstance(key, str) or not key.strip() or key == _WEAK:
        message = "the master key is empty or known to everybody, so LiteLLM refuses to start"
        hint = f"write master_key: {ENV_PREFIX}{MASTER_KEY}"
        yield found(config, "weak-master-key", ("general_settings", "master_key"), message, hint)


def _strings(value: Any, path: Path, in_list: bool = False) -> Iterator[tuple[Path, str, bool]]:
    if isinstance(value, str):
        yield path, value, in_list
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*path, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*path, index), True)


def _is_secret(path: Path, value: str) -> bool:
    if SECRET_SHAPE.search(value) or _URL_PASSWORD.match(value):
        return True
    names = [str(part) for part in path if isinstance(part, str)]
    name = names[-1] if names else ""
    return is_secret_name(name) and "public" not in name.lower() and not NO_SECRETS.fullmatch(value)


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))
