"""Lint: keys that LiteLLM would ignore without a word, because they are misspelt or in the wrong section."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from ccdeploy.findings import Finding
from ccdeploy.litellm import known
from ccdeploy.litellm.config import Config
from ccdeploy.litellm.lint_rules import found
from ccdeploy.yamltext import Path

# Passed through to Ollama, which LiteLLM's lists do not have. Source: Ollama 0.33, api/types.go, Options.
OLLAMA_PARAMS = frozenset(
    """
    num_ctx keep_alive num_predict num_batch num_gpu main_gpu num_thread num_keep use_mmap draft_num_predict think
    top_k top_p min_p typical_p tfs_z repeat_last_n repeat_penalty mirostat mirostat_eta mirostat_tau template system
    format num_gqa
    """.split()  # noqa: SIM905 - one name a line would be longer than the rest of the file
)
OURS = frozenset({"phases", "agents"})  # beside LiteLLM's own in model_info
_ENTRY = frozenset({"model_name", "litellm_params", "model_info"})
_PRICES = re.compile(r".*_cost(?:_.*)?|cost_.*|supports_.*")
_SECTIONS: dict[str, frozenset[str]] = {
    "general_settings": known.GENERAL_SETTINGS,
    "litellm_settings": known.LITELLM_SETTINGS,
    "router_settings": known.ROUTER_SETTINGS,
}
# LiteLLM's lists of known names hold its own state too, so these would pass as known where they are ignored.
_ONLY_IN = {
    "master_key": "general_settings",
    "health_check_interval": "general_settings",
    "background_health_checks": "general_settings",
    "health_check_concurrency": "general_settings",
    "model_group_alias": "router_settings",
    "routing_strategy": "router_settings",
    "callbacks": "litellm_settings",
    "drop_params": "litellm_settings",
}
CUTOFF = 0.84  # closer than this is a slip of the finger: `api_bse`; `top_a` is another option, perhaps a new one


def lint_names(config: Config) -> Iterator[Finding]:
    """Find misspelt, unknown and misplaced keys."""
    yield from _judge_keys(config, (), config.merged.value, known.TOP_LEVEL, "the top level")
    for section, names in _SECTIONS.items():
        yield from _judge_keys(config, (section,), config.section(section), names, section)
    for deployment in config.deployments:
        entry = config.merged.value["model_list"][deployment.path[1]]
        yield from _judge_keys(config, deployment.path, entry, _ENTRY, "model_list")
        params = known.LITELLM_PARAMS | OLLAMA_PARAMS
        yield from _judge_keys(
            config, (*deployment.path, "litellm_params"), deployment.params, params, "litellm_params"
        )
        info = known.MODEL_INFO | OURS | {"disable_background_health_check"}
        yield from _judge_keys(config, (*deployment.path, "model_info"), deployment.info, info, "model_info")


def _judge_keys(
    config: Config, path: Path, keys: Iterable[object], names: frozenset[str], section: str
) -> Iterator[Finding]:
    for key in map(str, keys):
        here = (*path, key)
        home = _home_of(key, section, names)
        if home:
            message = f"nothing reads '{key}' in {section}; it belongs in {home}"
            yield found(config, "misplaced-key", here, message, "move it there")
        elif key not in names and not _PRICES.fullmatch(key):
            close = get_close_matches(key, names, n=1, cutoff=CUTOFF)
            if close:
                message = f"nothing reads '{key}' in {section}; did you mean {close[0]}?"
                yield found(config, "typo-key", here, message)
            elif section != "litellm_params":  # those go to the provider, which may know more
                message = f"LiteLLM {known.VERSION} knows no '{key}' in {section}"
                yield found(config, "unknown-key", here, message, "remove it, or leave it for a newer LiteLLM")


def _home_of(key: str, section: str, names: frozenset[str]) -> str | None:
    """Return the one section that LiteLLM reads `key` in, when that is not this one."""
    if section == "model_list":
        return "litellm_params" if key in {"model", "api_base", "api_key"} | OLLAMA_PARAMS else None
    if section == "model_info":
        return "litellm_params" if key in ("api_base", "keep_alive", "num_ctx") else None
    if section == "litellm_params":
        return "model_info" if key in OURS | {"disable_background_health_check"} else None
    only = _ONLY_IN.get(key)
    if only:
        return only if only != section else None
    if key in names or section not in (*_SECTIONS, "the top level"):
        return None
    homes = [name for name, inner in _SECTIONS.items() if key in inner]
    return homes[0] if len(homes) == 1 else None
