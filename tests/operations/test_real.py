"""The main job once with the real LiteLLM: adopt, deploy, go back. Everything else is tried on the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.findings import errors_in
from ccdeploy.sandbox.aliases import INCIDENT
from ccdeploy.sandbox.lifecycle import State, down, up
from ccdeploy.sandbox.options import SandboxOptions
from tests.support.promises import Promises, Site
from tests.support.studio import config_text


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[State]:
    """The embedded host, with a hand-started LiteLLM behind the real Traefik."""
    yield up(tmp_path, options=SandboxOptions(load_s=0.01, tokens_per_s=1000.0))
    down(tmp_path)


@pytest.mark.real
@pytest.mark.xdist_group("real")
def test_the_main_job_with_the_real_litellm(sandbox: State) -> None:
    """What the stand-in only claims: two boots a deploy, names, keys, ports, SIGTERM, the way through Traefik."""
    configs = sandbox.folder / "configs" / "litellm"
    configs.mkdir(parents=True)
    (configs / "second.yaml").write_text(config_text("coder", "fast"))
    (configs.parent / "hosts.yaml").write_text(yaml.safe_dump({"hosts": {"sandbox": dict(sandbox.host)}}))
    project = app.Project(sandbox.folder, lambda event: None, dict)
    site = Site.of(sandbox.host)

    with pytest.raises(Refused) as refused:
        app.deploy(project, "sandbox", "second")
    assert [finding.code for finding in errors_in(refused.value.findings)] == ["removal"]

    with Promises(site) as promises:
        deployed = app.deploy(project, "sandbox", "second", allow=("removal",))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=deployed.release)
    assert (deployed.outcome, deployed.exit_code) == ("deployed", 0)
    assert deployed.downtime_ms is not None
    assert abs(deployed.downtime_ms - promises.downtime_ms) <= 100

    assert app.deploy(project, "sandbox", "second").outcome == "nothing-to-do"

    with Promises(site) as promises:
        back = app.rollback(project, "sandbox")
    promises.kept(served=set(INCIDENT), gap_allowed=True, release=deployed.previous)
    assert (back.outcome, back.exit_code) == ("rolled-back", 0)
