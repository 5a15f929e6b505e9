"""History, logs, verify: what one may look at, and what none of it shows."""

from __future__ import annotations

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed, Refused
from tests.support.studio import KEY, Studio


def test_history_tells_every_attempt_newest_first_and_the_releases(studio: Studio) -> None:
    """What happened here, before anybody asks who did it."""
    first = studio.deployed("coder").release
    studio.misbehave({"exit_while_booting": 3})
    with pytest.raises(DeployFailed):
        studio.deploy(studio.config("second", "coder", "fast"))
    seen = app.history(studio.project, None)
    assert [(entry.verb, entry.outcome, entry.downtime_ms) for entry in seen.entries] == [
        ("deploy", "failed", 0),
        ("deploy", "deployed", None),
    ]
    assert [(release.state, release.is_current) for release in seen.releases] == [("bad", False), ("verified", True)]
    assert seen.releases[-1].release == first
    assert len(app.history(studio.project, None, limit=1).entries) == 1


def test_logs_show_the_end_of_the_log_without_the_key(studio: Studio) -> None:
    """LiteLLM writes keys into its log; whoever is shown a log must not learn them."""
    studio.deployed("coder")
    with (studio.root / "logs" / "litellm.log").open("a") as log:
        log.write(f"line one\nsent {KEY} somewhere\n")
    seen = app.logs(studio.project, None, lines=2)
    assert seen.lines[0] == "line one"
    assert len(seen.lines) == 2
    assert KEY not in str(seen)


def test_the_log_of_a_failed_release_can_be_asked_for(studio: Studio) -> None:
    """Its shadow is gone, what it said is not."""
    studio.deployed("coder")
    studio.misbehave({"exit_while_booting": 3})
    with pytest.raises(DeployFailed):
        studio.deploy(studio.config("second", "coder", "fast"))
    seen = app.logs(studio.project, None, release=studio.history[-1]["release"])
    assert any("Application startup failed" in line for line in seen.lines)


def test_a_log_that_is_not_there_is_told_with_the_releases_that_are(studio: Studio) -> None:
    """A typo is answered with what could have been meant."""
    first = studio.deployed("coder").release
    with pytest.raises(Refused) as caught:
        app.logs(studio.project, None, release="yesterday")
    assert str(first) in str(caught.value.hint)


def test_verify_finds_a_host_well_and_loads_nothing(host: Studio) -> None:
    """It may run every minute."""
    first = host.deployed("coder", "fast")
    with host.watched() as promises:
        name, seen = app.verify(host.project, None)
    promises.kept(served={"coder", "fast"}, release=first.release)
    assert (name, seen.exit_code, seen.healthy, seen.unhealthy, seen.model_loads) == ("studio", 0, 2, 0, 0)
    assert set(seen.models) == {"coder", "fast"}


def test_verify_says_that_nothing_serves(studio: Studio) -> None:
    """Exit 8, with the layer that is to blame."""
    studio.deployed("coder")
    studio.kill()
    _, seen = app.verify(studio.project, None)
    assert seen.exit_code == 8
    assert {check.layer for check in seen.failures} == {"process"}


def test_verify_finds_a_proxy_that_serves_other_names_than_its_release(studio: Studio) -> None:
    """Somebody started it from another file."""
    studio.deployed("coder")
    studio.kill()
    text = (studio.root / "config.yaml").read_text().replace("coder", "strange")
    (studio.root / "config.yaml").unlink()
    (studio.root / "config.yaml").write_text(text)
    studio.by_hand_from("config.yaml")
    _, seen = app.verify(studio.project, None)
    assert seen.exit_code == 8
    assert "missing: coder" in str(seen.failures)
