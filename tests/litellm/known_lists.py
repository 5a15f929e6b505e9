"""What the installed LiteLLM knows: run this file to write ccdeploy/litellm/known.py from it.

.venv/bin/python tests/litellm/known_lists.py
"""

from __future__ import annotations

import importlib.metadata
import inspect
import os
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path

KNOWN = Path(__file__).resolve().parents[2] / "ccdeploy" / "litellm" / "known.py"
# The proxy reads these settings by name and without a model: they stand in its source only.
_READ_BY_NAME = {
    section: re.compile(section + r"""(?:\.get\(|\[)\s*['"]([a-z][a-z0-9_]+)['"]""")
    for section in ("general_settings", "litellm_settings")
}
_TOP_LEVEL = re.compile(r"""\bconfig\.get\(\s*['"]([a-z][a-z0-9_]+)['"]""")
# `config.get` is also said of other things in proxy_server.py: jobs that reload the price list.
_NO_TOP_LEVEL = {"enabled", "force_reload", "interval_hours", "plugins", "classifier_plugin", "pass_through_endpoints"}
# Variables of the module that are LiteLLM's own state, not settings.
_STATE = re.compile(r".*(?:_models|_key|_instance|_completions?|_embeddings?|_transcriptions|_transformation|_handler)")
# Prices and abilities: hundreds of names, told by their shape (lint_names.py).
_PRICES = re.compile(r".*_cost(?:_.*)?|cost_.*|supports_.*")
# What the proxy reads of a deployment's model_info by name; facts in health_check.py and router.py.
_MODEL_INFO = re.compile(r"""model_info(?:\s+or\s+\{\}\))?(?:\.get\(|\[)\s*['"]([a-z][a-z0-9_]+)['"]""")


def collect() -> dict[str, tuple[str, ...]]:
    """Return each list of names, from the LiteLLM that is installed here."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else the import asks the network
    import litellm
    from litellm import router
    from litellm.proxy._types import ConfigGeneralSettings, ConfigYAML
    from litellm.types.router import LiteLLM_Params, ModelInfo, UpdateRouterConfig
    from litellm.types.utils import ModelInfo as ModelPrice
    from litellm.types.utils import all_litellm_params

    package = Path(inspect.getfile(litellm)).parent
    source = _source(package)
    server = (package / "proxy" / "proxy_server.py").read_text(encoding="utf-8")
    bare = litellm.open_ai_chat_completion_models | litellm.open_ai_text_completion_models | litellm.anthropic_models
    params = {
        *LiteLLM_Params.model_fields,
        *all_litellm_params,
        *litellm.constants.DEFAULT_CHAT_COMPLETION_PARAM_VALUES,
    }
    return {
        "PROVIDERS": _names(str(getattr(p, "value", p)) for p in litellm.provider_list),
        "BARE_MODELS": _names(m for m in bare if "/" not in m and ":" not in m),
        "TOP_LEVEL": _names({*ConfigYAML.model_fields, *_TOP_LEVEL.findall(server), "include"} - _NO_TOP_LEVEL),
        "GENERAL_SETTINGS": _names(
            {*ConfigGeneralSettings.model_fields, *_READ_BY_NAME["general_settings"].findall(source)}
        ),
        "LITELLM_SETTINGS": _names(
            {
                *_READ_BY_NAME["litellm_settings"].findall(source),
                *_module_settings(litellm),
                "cache_params",
                "responses",
            }
        ),
        "ROUTER_SETTINGS": _names({*router.Router.get_valid_args(), *UpdateRouterConfig.model_fields} - {"model_list"}),
        "LITELLM_PARAMS": _names(name for name in params if not name.startswith("_")),
        "MODEL_INFO": _names(
            {*ModelInfo.model_fields, *ModelPrice.__annotations__, *_MODEL_INFO.findall(source), "mode", "description"}
        ),
    }


def version() -> str:
    """Return the version of the LiteLLM that is installed here."""
    return importlib.metadata.version("litellm")


def _source(package: Path) -> str:
    folders = (package / "proxy", package / "router_utils")
    files = [package / "router.py", *(f for folder in folders for f in sorted(folder.rglob("*.py")))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def _module_settings(module: object) -> set[str]:
    """Return the variables of the module: every key of litellm_settings sets one."""
    return {
        name
        for name, value in vars(module).items()
        if re.fullmatch(r"[a-z][a-z0-9_]*", name)
        and not _STATE.fullmatch(name)
        and not inspect.ismodule(value)
        and not inspect.isclass(value)
        and not inspect.isroutine(value)
    }


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if not _PRICES.fullmatch(name)}))


def rendered() -> str:
    """Return the text of known.py."""
    head = f"Names that LiteLLM {version()} knows. Made by tests/litellm/known_lists.py from the installed package."
    lists = (
        f'{name} = frozenset(\n    """\n{_wrapped(values)}\n    """.split()\n)' for name, values in collect().items()
    )
    noqa = "# ruff: noqa: SIM905 - one name a line would be 1,300 lines"
    return f'"""{head}"""\n\n{noqa}\n\nVERSION = "{version()}"\n' + "\n".join(lists) + "\n"


def _wrapped(values: Iterable[str]) -> str:
    line = textwrap.TextWrapper(110, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    return line.fill(" ".join(values))


if __name__ == "__main__":
    KNOWN.write_text(rendered(), encoding="utf-8")
