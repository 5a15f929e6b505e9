"""LiteLLM's answers: recorded ones, and the same ones changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccdeploy.litellm.answers import (
    Auth,
    auth_of,
    compare_model_info,
    health_counts,
    is_alive,
    is_ready,
    model_info,
    model_names,
)
from ccdeploy.litellm.config import Config, parse_config
from ccdeploy.litellm.promise import promise

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "answers"
ENV = {"OLLAMA_API_BASE": "http://127.0.0.1:9"}
MODELS = (FOLDER / "models.json").read_bytes()
INFO = (FOLDER / "model-info.json").read_bytes()


def recorded() -> Config:
    """The config that the recorded answers belong to."""
    return parse_config({"c.yaml": (FOLDER / "config.yaml").read_bytes()}, "c.yaml", "c.yaml")


def changed(change: Callable[[list[dict[str, Any]]], object]) -> list[str]:
    """The differences after `change` was done to the recorded rows."""
    answer = json.loads(INFO)
    change(answer["data"])
    return compare_model_info(recorded(), json.dumps(answer).encode(), ENV)


def test_the_recorded_models_are_what_the_config_promises() -> None:
    """Aliases, a routing group and a wildcard are served; a hidden alias and a dropped provider are not."""
    assert promise(recorded()).compare(model_names(MODELS)) == ((), ())


def test_the_recorded_info_agrees_with_the_config() -> None:
    """What LiteLLM adds, expands or hides is no drift."""
    assert compare_model_info(recorded(), INFO, ENV) == []


def test_the_order_of_deployments_is_no_difference() -> None:
    """LiteLLM keeps no promise on it, so two deployments of one alias are a multiset."""
    assert changed(lambda rows: rows.reverse()) == []


def test_a_changed_context_is_told_with_both_values() -> None:
    """It is what a config edited by hand on the host looks like."""
    told = changed(lambda rows: rows[0]["litellm_params"].update(num_ctx=1024))
    assert told == ["alias 'a': num_ctx is 1024, the config says 8192"]


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("litellm_params", "model", "ollama_chat/other"),
        ("litellm_params", "api_base", "http://192.0.2.1:11434"),
        ("litellm_params", "keep_alive", "5m"),
        ("model_info", "phases", [2]),
        ("model_info", "agents", ["12"]),
    ],
)
def test_each_value_that_matters_is_compared(part: str, key: str, value: object) -> None:
    """A value that nobody compares is one that may drift."""
    told = changed(lambda rows: rows[1][part].update({key: value}))
    assert len(told) == 1
    assert f"{key} is " in told[0]


def test_a_missing_deployment_is_told() -> None:
    """One of two of an alias is gone: the served names are the same, the capacity is not."""
    assert len(changed(lambda rows: rows.pop(0))) == 1


def test_an_api_base_that_the_environment_does_not_set_is_a_difference() -> None:
    """The reference was resolved to something on the host, and to nothing here: not the same environment."""
    assert compare_model_info(recorded(), INFO, {}) != []


def test_a_key_inside_a_value_is_masked() -> None:
    """Differences are shown and logged."""
    told = changed(lambda rows: rows[0]["litellm_params"].update(api_base="http://127.0.0.1/sk-madeupkey123"))
    assert "madeup" not in "".join(told)


@pytest.mark.parametrize(
    ("status", "body", "key_was_sent", "expected"),
    [
        (200, b"{}", True, Auth.ACCEPTED),
        (400, b'{"error":{"message":"No connected db.","type":"no_db_connection","code":"400"}}', True, Auth.ENFORCED),
        (401, b"", True, Auth.ENFORCED),
        (403, b"", True, Auth.ENFORCED),
        (500, b"Internal Server Error", False, Auth.ENFORCED),
        (500, b"Internal Server Error", True, Auth.UNCLEAR),
        (400, b'{"error":{"message":"no such model"}}', True, Auth.UNCLEAR),
        (502, b"Bad Gateway", True, Auth.UNCLEAR),
    ],
)
def test_a_wrong_key_without_a_database_is_no_proxy_that_is_down(
    status: int, body: bytes, key_was_sent: bool, expected: Auth
) -> None:
    """LiteLLM answers 400 to a wrong key and 500 to none; taking that for a fault would roll back."""
    assert auth_of(status, body, key_was_sent=key_was_sent) is expected


def test_readiness_and_liveliness_are_recognised_as_litellms() -> None:
    """Another program that answers 200 on the port is no sign of life."""
    assert is_alive(200, b'"I\'m alive!"')
    assert not is_alive(200, b"<html>welcome</html>")
    assert is_ready(200, b'{"status":"healthy","db":"Not connected"}')
    assert not is_ready(200, b'{"status":"shutting_down"}')
    assert not is_ready(503, b'{"status":"healthy"}')
    assert not is_ready(200, b"[]")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": null}', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_answer_raises_a_sentence(body: bytes) -> None:
    """Whatever listens on the port may answer anything."""
    for parse in (model_names, model_info, health_counts):
        with pytest.raises(ValueError, match=r"answered without|is no JSON"):
            parse(body)


def test_health_counts_are_read() -> None:
    """The summary of verify carries them."""
    assert health_counts(b'{"healthy_endpoints":[],"healthy_count":2,"unhealthy_count":1}') == (2, 1)
