"""LiteLLM's answers as values: what it serves, whether that is the config, and whether it asks for a key.

A body that cannot be read raises ValueError with a sentence.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ccdeploy.litellm.config import Config
from ccdeploy.litellm.deployment import Deployment, env_name
from ccdeploy.secret import mask

# What of a deployment has to agree. LiteLLM adds defaults and hides keys: everything else is ignored.
_PARAMS = ("model", "api_base", "num_ctx", "keep_alive")
_OURS = ("phases", "agents")
_HEALTHY = "healthy"


class Auth(StrEnum):
    """What an answer of a protected path says of the key."""

    ACCEPTED = "accepted"
    ENFORCED = "enforced"  # the proxy is well, and wants another key
    UNCLEAR = "unclear"


def auth_of(status: int, body: bytes, *, key_was_sent: bool) -> Auth:
    """Return what a protected path's answer says of the key.

    Without a database LiteLLM 1.106 answers a wrong key with 400 `no_db_connection`, and none with
    500 where the package prisma is missing: neither means that the proxy is down.
    """
    if 200 <= status < 300:
        return Auth.ACCEPTED
    if status in (401, 403) or (status == 400 and b"no_db_connection" in body):
        return Auth.ENFORCED
    if status == 500 and not key_was_sent:
        return Auth.ENFORCED
    return Auth.UNCLEAR


def is_alive(status: int, body: bytes) -> bool:
    """Whether /health/liveliness answered as LiteLLM does; another program's 200 is no life sign."""
    return status == 200 and b"alive" in body


def is_ready(status: int, body: bytes) -> bool:
    """Whether /health/readiness says that requests can be served."""
    if status != 200:
        return False
    try:
        answer = _json(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and str(answer.get("status", "")).lower() in (_HEALTHY, "connected")


def model_names(body: bytes) -> tuple[str, ...]:
    """Return the names that /v1/models shows, in its order."""
    return tuple(str(row["id"]) for row in _rows(body, "/v1/models") if "id" in row)


def model_info(body: bytes) -> tuple[dict[str, Any], ...]:
    """Return the rows of /v1/model/info."""
    return tuple(_rows(body, "/v1/model/info"))


def health_counts(body: bytes) -> tuple[int, int]:
    """Return (healthy, unhealthy) of GET /health."""
    answer = _json(body)
    counts = [answer.get("healthy_count"), answer.get("unhealthy_count", 0)] if isinstance(answer, dict) else []
    if not counts or not all(isinstance(count, int) and not isinstance(count, bool) for count in counts):
        raise ValueError("/health answered without counts")
    return counts[0], counts[1]


def in_flight(status: int, body: bytes) -> int:
    """Return the requests in flight that /health/backlog tells, its own among them."""
    answer = _json(body) if status == 200 else None
    count = answer.get("in_flight_requests") if isinstance(answer, dict) else None
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ValueError("/health/backlog answered without a count")
    return count


def compare_model_info(config: Config, answer: bytes, env: Mapping[str, str]) -> list[str]:
    """Return where /v1/model/info and the config differ, a sentence each; none when they agree.

    `env` is the environment that the proxy has, to resolve references with. Deployments of one
    alias are compared as a multiset. A value that LiteLLM does not show is not judged.
    """
    rows = model_info(answer)
    differences: list[str] = []
    aliases = dict.fromkeys(d.alias for d in config.deployments if _is_judged(d))
    for alias in aliases:
        wanted = [_wanted(d, env) for d in config.deployments if d.alias == alias and _is_judged(d)]
        shown = [_shown(row) for row in rows if row.get("model_name") == alias]
        differences.extend(_differences(alias, wanted, shown))
    return differences


def _is_judged(deployment: Deployment) -> bool:
    # Wildcards are shown expanded; a dropped or hidden deployment is told by the served set.
    return deployment.provider is not None and not deployment.is_wildcard and not deployment.is_hidden


def _wanted(deployment: Deployment, env: Mapping[str, str]) -> dict[str, Any]:
    params = {key: _resolved(deployment.params.get(key), env) for key in _PARAMS}
    return {**params, **{key: deployment.info.get(key) for key in _OURS}}


def _resolved(value: Any, env: Mapping[str, str]) -> Any:
    name = env_name(value)
    return value if name is None else env.get(name)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    params, info = row.get("litellm_params"), row.get("model_info")
    params = params if isinstance(params, dict) else {}
    info = info if isinstance(info, dict) else {}
    return {**{key: params.get(key) for key in _PARAMS}, **{key: info.get(key) for key in _OURS}}


def _differences(alias: str, wanted: list[dict[str, Any]], shown: list[dict[str, Any]]) -> list[str]:
    left, right = Counter(map(_key, wanted)), Counter(map(_key, shown))
    missing, extra = list((left - right).elements()), list((right - left).elements())
    if len(missing) == 1 and len(extra) == 1:
        return _pair(alias, json.loads(missing[0]), json.loads(extra[0]))
    told = [f"alias '{alias}': no deployment serves {_described(json.loads(key))}" for key in missing]
    return told + [f"alias '{alias}': serves {_described(json.loads(key))}, which the config has not" for key in extra]


def _pair(alias: str, wanted: dict[str, Any], shown: dict[str, Any]) -> list[str]:
    return [
        f"alias '{alias}': {key} is {_value(shown[key])}, the config says {_value(wanted[key])}"
        for key in (*_PARAMS, *_OURS)
        if wanted[key] != shown[key]
    ]


def _key(values: dict[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, default=str)


def _value(value: Any) -> str:
    return "not set" if value is None else mask(json.dumps(value, ensure_ascii=False, default=str))


def _described(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {_value(value)}" for key, value in values.items() if value is not None)


def _rows(body: bytes, path: str) -> list[dict[str, Any]]:
    answer = _json(body)
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise ValueError(f"{path} answered without a list of models")
    return [row for row in rows if isinstance(row, dict)]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise ValueError("the answer is no JSON") from exc
