"""The first deploy: what a person left on the host becomes a release, and the way back."""

from __future__ import annotations

import pytest

from ccdeploy import app
from ccdeploy.errors import DeployFailed, Refused, Stranded
from tests.support.proxies import proxies
from tests.support.studio import Studio, config_text


def test_the_first_deploy_adopts_what_a_person_left(host: Studio) -> None:
    """Without it, the first rollback would have nowhere to go."""
    by_hand = host.by_hand("coder")
    written = (host.root / "config.yaml").read_bytes()
    with host.watched() as promises:
        attempt = host.deploy(host.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert attempt.outcome == "deployed"
    assert host.pid() != by_hand
    assert attempt.previous
    assert host.manifest(attempt.previous)["state"] == "adopted"
    assert (host.root / "releases" / attempt.previous / "config.yaml").read_bytes() == written


def test_the_first_rollback_returns_to_the_hand_made_config(host: Studio) -> None:
    """It is what served for months: the one state that everybody knows to work."""
    host.by_hand("coder")
    adopted = host.deployed("coder", "fast").previous
    with host.watched() as promises:
        attempt = app.rollback(host.project, None)
    promises.kept(served={"coder"}, gap_allowed=True, release=adopted)
    assert (attempt.outcome, attempt.release) == ("rolled-back", adopted)


def test_includes_of_a_hand_made_config_are_adopted_with_it(studio: Studio) -> None:
    """LiteLLM resolves them from the folder of the config: without them the release would not boot."""
    (studio.root / "more").mkdir()
    (studio.root / "more" / "models.yaml").write_text(config_text("fast").split("general_settings")[0])
    studio.by_hand("coder", more="include:\n  - more/models.yaml\n")
    adopted = studio.deployed("other").previous
    assert sorted(studio.manifest(adopted)["files"]) == ["config.yaml", "more/models.yaml"]
    with studio.watched() as promises:
        app.rollback(studio.project, None)
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=adopted)


def test_every_worker_of_a_hand_started_proxy_makes_place(studio: Studio) -> None:
    """The workers share the port, and only their parent's command line says litellm."""
    studio.by_hand("coder", args=("--num_workers", "2"))
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)


def test_workers_of_ours_are_known_as_one_proxy(studio: Studio) -> None:
    """A host with several workers is deployed to again and again, and has nothing to do in between."""
    studio.entry["litellm_args"] = ["--num_workers", "2"]
    studio.settle()
    studio.deployed("coder")
    assert studio.deploy("first").outcome == "nothing-to-do"
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)


def test_a_host_on_which_nothing_ran_serves_after_the_first_deploy(studio: Studio) -> None:
    """A fresh host has no config to adopt and no downtime to measure."""
    with studio.watched() as promises:
        attempt = studio.deployed("coder")
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release)
    assert attempt.previous is None
    assert attempt.downtime_ms is None
    assert [line["outcome"] for line in studio.history] == ["deployed"]


def test_a_failed_shadow_where_nothing_served_leaves_nothing_serving(studio: Studio) -> None:
    """Exit 7: there is no release that a person could be told to rely on."""
    studio.misbehave({"exit_while_booting": 3})
    with studio.watched() as promises, pytest.raises(Stranded) as caught:
        studio.deploy(studio.config("first", "coder"))
    promises.kept(served=None, gap_allowed=True)
    assert caught.value.result
    assert caught.value.result["outcome"] == "stranded"
    assert not (studio.root / "current").exists()


def test_a_hand_started_proxy_survives_a_failed_first_deploy(studio: Studio) -> None:
    """The first contact with the tool must not cost a host its service."""
    pid = studio.by_hand("coder")
    studio.misbehave({"exit_while_booting": 3})
    with studio.watched() as promises, pytest.raises(DeployFailed):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"})
    assert [proxy.pid for proxy in proxies(studio.root)] == [pid]


def test_a_hand_started_proxy_whose_environment_is_unknown_is_not_replaced(studio: Studio) -> None:
    """Its owner's shell had a variable that env_file lacks: there would be no way back."""
    studio.env(EXTRA_BASE=studio.around.ollama_url)
    studio.by_hand("coder", more="litellm_settings: {some_base: os.environ/EXTRA_BASE}\n")
    studio.env()
    before = studio.checksum()
    with studio.watched() as promises, pytest.raises(Refused) as caught:
        studio.deploy(studio.config("second", "coder"))
    promises.kept(served={"coder"})
    assert "EXTRA_BASE" in str(caught.value.findings)
    assert studio.checksum() == before


def test_a_config_that_is_edited_while_it_is_adopted_is_left_alone(studio: Studio) -> None:
    """The release would hold other bytes than its checksum says, and no rollback would trust it."""
    studio.by_hand("coder")
    edited = config_text("coder", "edited").encode()
    studio.when("adopt", lambda: (studio.root / "config.yaml").write_bytes(edited))
    with studio.watched() as promises, pytest.raises(Refused):
        studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder"})
    assert (studio.root / "config.yaml").read_bytes() == edited
    studio.at = lambda event: None
    with pytest.raises(Refused) as again:  # what runs is not that file: it would be no way back
        studio.deploy("second")
    assert any("it does not serve edited" in finding.message for finding in again.value.findings)
