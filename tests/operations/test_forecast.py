"""A config that would thrash is refused before anything reaches the host, and by leave only deployed."""

from __future__ import annotations

import pytest

from ccdeploy.errors import Refused
from ccdeploy.findings import Finding
from tests.support.studio import MODEL, Studio

POLLED = """\
http:
  services:
    polled:
      loadBalancer:
        servers: [{{url: "http://127.0.0.1:{port}"}}]
        healthCheck: {{path: /health, interval: 20s, headers: {{Authorization: "Bearer made-up"}}}}
    twice:
      mirroring: {{service: polled, mirrors: [{{name: polled, percent: 100}}]}}
"""
MODELS = """\
models:
  tiny:latest: {file_size: 1GB, layers: 4, heads: 8, kv_heads: 8, embedding: 1024, head_dim: 128,
    feed_forward: 4096, vocabulary: 32000, trained_context: 8192, completion: true}
  qwen-fast:latest: {file_size: 8GB, layers: 4, heads: 8, kv_heads: 8, embedding: 1024, head_dim: 128,
    feed_forward: 4096, vocabulary: 32000, trained_context: 8192, completion: true}
"""


def with_two_models(studio: Studio, memory: str | None) -> str:
    """Give the project its models and the host its memory, and return a config that asks for both of them."""
    (studio.folder / "configs" / "models.yaml").write_text(MODELS)
    studio.entry["ollama"]["memory"] = memory
    studio.settle()
    name = studio.config("two", "coder")
    path = studio.folder / "configs" / "litellm" / f"{name}.yaml"
    both = MODEL.format(name="coder", model="tiny:latest") + MODEL.format(name="fast", model="qwen-fast:latest")
    path.write_text(path.read_text().replace(MODEL.format(name="coder", model="tiny:latest"), both))
    return name


def of_memory(findings: tuple[Finding, ...] | list[Finding]) -> list[tuple[str, str]]:
    """Return code and severity of what was said of the memory."""
    codes = {"thrash", "order-dependent", "plan-unknown", "partial-offload", "context-clamped"}
    return [(f.code, f.severity.value) for f in findings if f.code in codes]


@pytest.mark.parametrize("is_rehearsal", [False, True])
def test_a_config_that_thrashes_is_refused(studio: Studio, is_rehearsal: bool) -> None:
    """The deploy would work, and the gateway would serve hardly anything from then on."""
    studio.deployed("coder", "fast")
    name = with_two_models(studio, "9GB")
    before = studio.checksum()
    with studio.watched() as promises, pytest.raises(Refused) as caught:
        studio.deploy(name, dry_run=is_rehearsal)
    promises.kept(served={"coder", "fast"})
    assert studio.checksum() == before
    assert of_memory(caught.value.findings) == [("thrash", "error")]
    (finding,) = [f for f in caught.value.findings if f.code == "thrash"]
    assert str(finding.where).startswith("configs/litellm/two.yaml:")
    assert "qwen-fast:latest" in finding.message
    assert "tiny:latest" in finding.message
    assert "--allow thrash" in str(finding.hint)


def test_by_leave_it_is_deployed_and_told_all_the_same(studio: Studio) -> None:
    """Whether it is right is for people to judge: they may know that the two are never asked for at one time."""
    attempt = studio.deploy(with_two_models(studio, "9GB"), allow=("thrash",))
    assert attempt.outcome == "deployed"
    assert of_memory(attempt.findings) == [("thrash", "warning")]


@pytest.mark.parametrize(("memory", "told"), [("10.5GB", [("order-dependent", "warning")]), ("64GB", [])])
def test_what_can_work_is_told_and_not_refused(studio: Studio, memory: str, told: list[tuple[str, str]]) -> None:
    """An order that works is a matter of who asks first, and stops nobody."""
    attempt = studio.deploy(with_two_models(studio, memory), dry_run=True)
    assert attempt.outcome == "rehearsed"
    assert of_memory(attempt.findings) == told


def test_a_health_check_of_traefik_that_would_thrash_is_refused(studio: Studio) -> None:
    """Phases keep the models apart, and Traefik asks for all of them at once, every 20 s."""
    name = with_two_models(studio, "9GB")
    path = studio.folder / "configs" / "litellm" / f"{name}.yaml"
    first, rest = path.read_text().split("model_info: {disable_background_health_check: true}", 1)
    rest = rest.replace("disable_background_health_check: true", "phases: [2]")
    path.write_text(f"{first}model_info: {{phases: [1]}}{rest}")
    studio.entry["traefik"] = studio.around.traefik
    studio.settle()
    assert of_memory(studio.deploy(name, dry_run=True).findings) == []
    with studio.around.dynamic(POLLED.format(port=studio.port), service="polled"), pytest.raises(Refused) as caught:
        studio.deploy(name, dry_run=True)
    assert of_memory(caught.value.findings) == [("thrash", "error")]
    told = {f.code: f.message for f in caught.value.findings}
    assert "polls of GET /health every 20 s" in told["thrash"]
    assert "twice@file" in told["traefik-mirroring"]
