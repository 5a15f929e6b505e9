"""What a hook is told: as JSON on its standard input, the plain values in its environment too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ccdeploy.secret import mask

SCHEMA_VERSION = 1  # it grows when a key changes its meaning or goes away, not when one is added
PREFIX = "CCDEPLOY_"


def _meaning(text: str, default: Any = None) -> Any:
    return field(default=default, metadata={"meaning": text})


@dataclass(frozen=True)
class Occasion:
    """One moment of an attempt at which a hook runs; the meanings are for the page about hooks."""

    event: str = field(metadata={"meaning": "the hook: `pre-deploy`, `post-deploy`, `post-rollback` or `failed`"})
    at: str = field(metadata={"meaning": "now, in UTC"})
    host: str = field(metadata={"meaning": "the host's name in configs/hosts.yaml"})
    verb: str = field(metadata={"meaning": "what was asked for, such as `deploy` or `rollback`"})
    config: str | None = _meaning("the config, a name in configs/litellm/")
    outcome: str | None = _meaning("how it ended, as in `history`; null for `pre-deploy`")
    exit_code: int | None = _meaning("what ccdeploy ends with; null for `pre-deploy`")
    message: str | None = _meaning("the outcome in one sentence; null for `pre-deploy`")
    release: str | None = _meaning("the release that was to serve; null for `pre-deploy`")
    previous: str | None = _meaning("the release that was current before; null on a first deploy")
    seconds: float | None = _meaning("how long it took; null for `pre-deploy`")
    downtime_ms: int | None = _meaning("how long nothing served; null where nothing served before")
    who: str | None = _meaning("who deploys")
    from_where: str | None = _meaning("from which machine, or which CI")
    commit: str | None = _meaning("the commit of the project, with `-dirty` where files differ from it")
    run_url: str | None = _meaning("the run of a CI")
    models: tuple[str, ...] = _meaning("the names that serve now", ())
    findings: tuple[Mapping[str, Any], ...] = _meaning("what the judges found", ())
    notes: tuple[str, ...] = _meaning("what else was told", ())
    changes: tuple[Mapping[str, Any], ...] = _meaning("what differs in meaning from before, as in `diff --json`", ())
    phase: int | None = _meaning("the phase that the config was narrowed to; null for a whole config")

    def to_json(self) -> str:
        """Return the document for the hook's standard input, secrets masked."""
        return json.dumps(_masked({"schema_version": SCHEMA_VERSION, **asdict(self)}), indent=2) + "\n"

    def environment(self) -> dict[str, str]:
        """Return a variable for each plain value; empty where there is none, so that `set -u` does no harm."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            variable(name): _sayable(mask("" if value is None else str(value)))
            for name, value in values.items()
            if not isinstance(value, tuple)
        }


def variable(name: str) -> str:
    """Return the name of the environment variable that carries a key."""
    return f"{PREFIX}{name.upper()}"


def _sayable(text: str) -> str:
    """Return text that an environment can hold: no NUL, and no half of a pair, which a host's JSON may have."""
    return text.replace("\0", "").encode(errors="backslashreplace").decode()


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: _masked(item) for key, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, list | tuple) else value
