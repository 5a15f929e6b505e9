"""A config that does not work is found out by its shadow: exit 6, and nobody noticed."""

from __future__ import annotations

from typing import Any

import pytest

from ccdeploy.errors import DeployFailed
from tests.support.studio import Studio, config_text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"exit_while_booting": 3}, "it ended while booting"),
        ({"drop_models": ["fast"]}, "missing: fast"),
        ({"serve_wrong_models": ["coder", "fast", "strange"]}, "unexpected: strange"),
        ({"readiness_status": 503}, "does not get ready"),
        ({"never_ready": True}, "it did not listen on its port in time"),
        ({"bind_other_port": True}, "it did not listen on its port in time"),
        ({"model_info_changes": {"coder": {"model": "ollama_chat/qwen-fast"}}}, "model info"),
        ({"exit_while_booting": 3, "log_flood": 5000}, "it ended while booting"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_shadow_that_is_not_right_costs_nobody_anything(studio: Studio, wrong: dict[str, Any], said: str) -> None:
    """The new proxy is tried where no user is."""
    first = studio.deployed("coder")
    if set(wrong) & {"readiness_status", "never_ready", "bind_other_port"}:  # which are waited for
        studio.entry["ready_timeout"] = "3s"
        studio.settle()
    studio.misbehave({"only_port": studio.spare, **wrong})
    with studio.watched() as promises, pytest.raises(DeployFailed, match=said) as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first.release)
    assert f"release {first.release} serves" in caught.value.message
    assert studio.history[-1]["outcome"] == "failed"
    assert studio.history[-1]["downtime_ms"] == 0


def test_a_shadow_that_dies_once_it_listens_is_not_waited_for(host: Studio) -> None:
    """Its port is closed again: to wait for ready_timeout would hold the deploy up by minutes."""
    host.entry["ready_timeout"] = "60s"
    host.settle()
    first = host.deployed("coder")
    host.misbehave({"only_port": host.spare, "die_after_ready_s": 0.02, "readiness_status": 503})
    with host.watched() as promises, pytest.raises(DeployFailed, match=r"nothing listens there|it ended"):
        host.deploy(host.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first.release)


def test_the_release_of_a_failed_shadow_is_kept_as_bad_with_its_log(host: Studio) -> None:
    """Whoever looks the next morning finds what was tried, and what it said."""
    first = host.deployed("coder")
    host.misbehave({"exit_while_booting": 3, "only_port": host.spare})
    with host.watched() as promises, pytest.raises(DeployFailed) as caught:
        host.deploy(host.config("second", "coder", "fast"))
    promises.kept(served={"coder"}, release=first.release)
    assert any("Application startup failed" in line for line in caught.value.evidence)
    bad = host.history[-1]["release"]
    assert host.manifest(bad)["state"] == "bad"
    assert "Application startup failed" in (host.root / "logs" / f"shadow-{bad}.log").read_text()


def test_a_model_that_ollama_lacks_is_found_before_the_switch(studio: Studio) -> None:
    """LiteLLM boots happily and answers 404 to every request for it."""
    first = studio.deployed("coder")
    with studio.watched() as promises, pytest.raises(DeployFailed, match="qwen3-absent"):
        studio.deploy(studio.config("second", "coder", model="qwen3-absent:7b"))
    promises.kept(served={"coder"}, release=first.release)


def test_a_model_that_was_missing_before_is_told_and_stops_nothing(studio: Studio) -> None:
    """A deploy that mends something else must not be held up by what was broken before."""
    studio.by_hand("coder", more="")
    (studio.root / "config.yaml").write_text(config_text("coder", model="qwen3-absent:7b"))
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast", model="qwen3-absent:7b"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert attempt.verification
    assert [c.name for c in attempt.verification.checks if c.status == "known"] == ["ollama models"]
    assert attempt.exit_code == 0


def test_a_stranger_on_the_spare_port_is_left_alone(studio: Studio) -> None:
    """Another program's process is not ours to end."""
    first = studio.deployed("coder")
    studio.misbehave({"only_port": studio.spare, "boot_s": 0.5})
    with studio.stranger_on(studio.spare, after="shadow") as stranger, studio.watched() as promises:
        with pytest.raises(DeployFailed):
            studio.deploy(studio.config("second", "coder", "fast"))
        assert stranger.is_listening
    promises.kept(served={"coder"}, release=first.release)


@pytest.mark.parametrize(
    "changed", [{"LITELLM_MASTER_KEY": "sk-another-made-up-key"}, {"OLLAMA_API_BASE": "http://127.0.0.1:9"}]
)
def test_a_proxy_of_an_older_env_file_still_counts_as_serving(studio: Studio, changed: dict[str, str]) -> None:
    """It keeps its own key and addresses; judged by the new ones it would be called stranded."""
    first = studio.deployed("coder")
    old = (studio.root / ".env").read_text()
    studio.env(**changed)
    studio.misbehave({"exit_while_booting": 3, "only_port": studio.spare})
    with studio.watched() as promises, pytest.raises(DeployFailed) as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    assert f"release {first.release} serves" in caught.value.message
    (studio.root / ".env").write_text(old)  # the promises ask with the key that the proxy has
    promises.kept(served={"coder"}, release=first.release)
