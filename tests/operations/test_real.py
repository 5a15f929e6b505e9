"""The main job once with the real LiteLLM: adopt, deploy, go back. Everything else is tried on the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.findings import errors_in
from ccdeploy.ollama.server import Server
from ccdeploy.operations.plan import EVERY_S
from ccdeploy.sandbox.aliases import INCIDENT
from ccdeploy.sandbox.lifecycle import State, down, up
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.units import size_bytes
from tests.operations import planned_traffic
from tests.support.outages import assert_agree, overheard
from tests.support.promises import Promises, Site
from tests.support.stream import Stream

TOKENS_PER_S = 200.0
STREAMED = 3000  # tokens: 15 s, which is more than a boot


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[State]:
    """The embedded host, with a hand-started LiteLLM behind the real Traefik."""
    yield up(tmp_path, options=SandboxOptions(load_s=0.01, tokens_per_s=TOKENS_PER_S))
    down(tmp_path)


@pytest.mark.real
@pytest.mark.xdist_group("real")
def test_the_main_job_with_the_real_litellm(sandbox: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the stand-in only claims: two boots a deploy, names, keys, ports, SIGTERM, the way through Traefik.

    Between the deploy and the way back, traffic shows that models come and go as the plan says that they will.
    The way back is one without a gap, by Traefik, with a stream under way.
    """
    text = planned_traffic.config_text(sandbox.host["ollama"]["url"])
    configs = sandbox.folder / "configs" / "litellm"
    configs.mkdir(parents=True)
    (configs / "second.yaml").write_text(text)
    (configs / "initial-thrashing.yaml").write_bytes(planned_traffic.INCIDENT.read_bytes())
    (configs.parent / "hosts.yaml").write_text(yaml.safe_dump({"hosts": {"sandbox": dict(sandbox.host)}}))
    project = app.Project(sandbox.folder, lambda event: None, dict)
    site = Site.of(sandbox.host)

    with pytest.raises(Refused) as refused:
        app.deploy(project, "sandbox", "second")
    assert [finding.code for finding in errors_in(refused.value.findings)] == ["removal"]

    told = overheard(monkeypatch)
    with Promises(site) as promises:
        deployed = app.deploy(project, "sandbox", "second", allow=("removal",))
    promises.kept(served=planned_traffic.SERVED, gap_allowed=True, release=deployed.release)
    assert (deployed.outcome, deployed.exit_code) == ("deployed", 0)
    assert deployed.downtime_ms is not None
    assert_agree(deployed.downtime_ms, told, promises.probe, promises.downtime_ms)

    assert app.deploy(project, "sandbox", "second").outcome == "nothing-to-do"

    what_is_planned_happens(sandbox, project, text)
    before = site.loads()
    _, seen = app.verify(project, "sandbox", deep=True)
    assert seen.deep is not None
    assert {one.name for one in seen.deep.asked if one.is_answered} == planned_traffic.SERVED, seen.failures
    assert seen.deep.announced_loads == (site.loads() or 0) - (before or 0)

    moved = replace(site, front=sandbox.ports["traefik"], dynamic_file=Path(sandbox.host["traefik"]["dynamic_file"]))
    with Stream(f"http://127.0.0.1:{moved.front}", str(site.key), "kept", max_tokens=STREAMED) as stream:
        stream.wait_for_chunks(1)
        with Promises(moved) as promises:
            back = app.rollback(project, "sandbox", strategy="blue-green")
        assert stream.finished().is_complete
    promises.kept(served=set(INCIDENT), release=deployed.previous, user_traffic=True)
    assert (back.outcome, back.exit_code, back.downtime_ms) == ("rolled-back", 0, 0)
    assert site.first_port != moved.serving_port


def what_is_planned_happens(sandbox: State, project: app.Project, config: str) -> None:
    """Hold the plan against what LiteLLM and Ollama's scheduler make of the same requests: each load, each eviction."""
    app.models(project, "sandbox", save=True)
    server = Server("0.33.0", gpu_total_bytes=size_bytes(sandbox.host["ollama"]["memory"]))
    planned = planned_traffic.planned(project, config, server, sandbox.host["ollama"]["url"])
    key = str(Site.of(sandbox.host).key)
    happened = planned_traffic.happened(sandbox.ports["traefik"], key, sandbox.ports["ollama"])
    assert happened.events == planned
    assert {why.split(" ")[0] for _, _, _, why in planned} == {"request", "room", "options", "keep_alive"}

    (phase,) = app.plan(project, "sandbox", "initial-thrashing").phases
    assert phase.verdict == "thrash"
    assert phase.loads_per_hour == happened.loads_per_round * 3600 / EVERY_S
