"""The table of lint rules: code, severity, why, and which may be overruled; docs/reference/lint.md lists them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ccdeploy.errors import UsageFault
from ccdeploy.findings import Finding, Severity
from ccdeploy.litellm.config import Config
from ccdeploy.yamltext import Path

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

RULES: dict[str, tuple[Severity, str]] = {
    # form: yamltext, includes and config find these
    "yaml-syntax": (_ERROR, "The text is not YAML"),
    "yaml-empty": (_ERROR, "The file is empty"),
    "yaml-encoding": (_ERROR, "The text is not UTF-8"),
    "yaml-control-character": (_ERROR, "The text holds a control character"),
    "yaml-value": (_ERROR, "A value looks like a date or number and is none"),
    "yaml-documents": (_ERROR, "The file holds a second YAML document"),
    "yaml-unsafe-tag": (_ERROR, "A tag would build more than plain values"),
    "yaml-too-large": (_ERROR, "The text is larger, deeper or expands to more than any config needs"),
    "yaml-duplicate-key": (_ERROR, "A key stands twice in one mapping; the first has no effect"),
    "config-shape": (_ERROR, "A part of the config is of another type than LiteLLM expects"),
    "config-no-models": (_ERROR, "There is no model_list, or an empty one, so nothing would be served"),
    "include-shape": (_ERROR, "`include:` is no list of file names"),
    "include-outside": (_ERROR, "An included file lies outside the config's folder and cannot travel with it"),
    "include-missing": (_ERROR, "An included file does not exist"),
    "include-again": (_WARNING, "A file is included twice, or includes itself; LiteLLM skips it"),
    "include-replaces": (_WARNING, "A section of an included file replaces the whole section; keys get lost"),
    # names
    "typo-key": (_ERROR, "A key is close to one that LiteLLM knows; LiteLLM ignores it without a word"),
    "unknown-key": (_WARNING, "A key that LiteLLM does not know; it ignores it without a word"),
    "misplaced-key": (_ERROR, "A key that LiteLLM reads in another section only"),
    # models
    "unknown-provider": (_ERROR, "LiteLLM does not know the provider; it boots, and drops the model"),
    "no-provider": (_ERROR, "The model names no provider; LiteLLM boots, and drops the model"),
    "no-api-base": (_ERROR, "An Ollama model without api_base makes LiteLLM start `ollama serve` itself"),
    "bad-api-base": (_ERROR, "api_base is no http URL, or one that the provider cannot use"),
    "duplicate-deployment": (_ERROR, "Two entries of model_list are identical; two different ones are load balancing"),
    "keep-alive-type": (_ERROR, "Ollama refuses the value: a string needs a unit (`30m`, `-1m`); -1 is a number"),
    "keep-alive-ignored": (
        _ERROR,
        "Under this provider keep_alive never reaches Ollama; the model leaves after 5 minutes",
    ),
    "num-ctx-type": (_ERROR, "num_ctx is no whole number above zero"),
    "num-ctx-ignored": (_WARNING, "Under this provider num_ctx never reaches Ollama"),
    "context-ping-pong": (_WARNING, "One Ollama model with two values of num_ctx is loaded anew at each change"),
    "phases-shape": (_ERROR, "model_info.phases is no list of whole numbers"),
    "agents-shape": (_ERROR, "model_info.agents is no list of agents such as `1-10` or `11`"),
    "port-4000": (_WARNING, "Port 4000 is LiteLLM's own default; when it is busy LiteLLM takes a random port"),
    # routes
    "fallback-unknown": (_ERROR, "A fallback from or to a name that the config does not have"),
    "fallback-circular": (_WARNING, "Fallbacks lead back to where they began; each round loads their models again"),
    "alias-unknown": (_ERROR, "model_group_alias leads to a name that the config does not have"),
    # health
    "background-checks": (
        _WARNING,
        "LiteLLM calls models at boot and ever after; deploy asks for --allow background-checks",
    ),
    "health-calls-models": (_WARNING, "Whoever asks GET /health loads every model at once"),
    "health-interval": (_ERROR, "health_check_interval is no whole number above zero, which ends the checks silently"),
    "health-groups": (_ERROR, "background_health_check_model_groups is no list, or names a group that does not exist"),
    # secrets and the environment
    "literal-secret": (_ERROR, "A secret stands in the config; it belongs into env_file"),
    "weak-master-key": (_ERROR, "The master key is empty or the one of the documentation; LiteLLM refuses to start"),
    "env-spelling": (_ERROR, "A reference to the environment in a form that LiteLLM takes for plain text"),
    "env-in-list": (_WARNING, "LiteLLM does not resolve a reference that stands right inside a list"),
}

# Of these `deploy --allow` takes leave: LiteLLM boots all the same, and whether it is right is for people to judge.
# Never of a text that cannot be read as a config, of what cannot travel, or of a host that is not fit.
ALLOWABLE = frozenset(
    {
        *("typo-key", "misplaced-key", "unknown-provider", "no-provider", "no-api-base", "bad-api-base"),
        *("duplicate-deployment", "keep-alive-type", "keep-alive-ignored", "num-ctx-type"),
        *("fallback-unknown", "alias-unknown", "background-checks", "health-interval", "health-groups"),
        *("literal-secret", "env-spelling", "env-unset", "removal", "thrash"),
    }
)


def demand_allowable(codes: Iterable[str]) -> None:
    """Raise UsageFault for what `--allow` does not take: a word that is no code, or a rule without exceptions."""
    for code in codes:
        if code in ALLOWABLE:
            continue
        close = get_close_matches(code, sorted(ALLOWABLE), n=1, cutoff=0.6)
        if code in RULES and RULES[code][0] is _WARNING:
            raise UsageFault(f"--allow: '{code}' is a warning and refuses nothing", hint="leave it out")
        meant = f"; did you mean {close[0]}?" if close else ""
        raise UsageFault(
            f"--allow: '{code}' is no code that can be allowed{meant}",
            hint=f"these can be: {', '.join(sorted(ALLOWABLE))}",
        )


def found(config: Config, code: str, path: Path, message: str, hint: str | None = None) -> Finding:
    """Return the finding of rule `code` at `path`."""
    return Finding(RULES[code][0], code, config.where(path), message, hint)
