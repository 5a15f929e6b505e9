"""A litellm of somebody else's on our port is a stranger: it is named, and never stopped."""

from __future__ import annotations

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.litellm.promise import Promise
from ccdeploy.operations.preflight import judge_adoption
from ccdeploy.remote.facts import gather
from ccdeploy.settings import host_from_mapping
from ccdeploy.transport.ssh import SshTransport
from tests.support.proxies import proxies
from tests.support.studio import Studio, config_text


def a_foreign_litellm(studio: Studio) -> int:
    """Start a litellm from a config that lies elsewhere, on our port; return its pid."""
    elsewhere = studio.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "config.yaml").write_text(config_text("private"))
    return studio.by_hand_from(str(elsewhere / "config.yaml"))


def assert_it_is_refused_and_lives(studio: Studio, pid: int) -> None:
    """Deploy, which must be refused with the stranger's command line."""
    before = studio.checksum()
    with pytest.raises(Refused) as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    assert studio.checksum() == before
    (found,) = [finding for finding in caught.value.findings if finding.severity.value == "error"]
    assert found.code == "port-taken"
    assert "elsewhere/config.yaml" in found.message
    assert found.hint
    assert caught.value.exit_code == 3
    assert [proxy.pid for proxy in proxies(studio.root)] == [pid]


def test_a_litellm_of_another_config_is_not_replaced_by_a_deploy(studio: Studio) -> None:
    """Its owner would find it gone, and nothing of ours would know how to start it again."""
    studio.deployed("coder")
    app.stop(studio.project, None)
    assert_it_is_refused_and_lives(studio, a_foreign_litellm(studio))


def test_a_litellm_of_another_config_is_not_adopted_for_the_hand_made_one(studio: Studio) -> None:
    """The first rollback would start a config that never served in its place."""
    (studio.root / "config.yaml").write_text(config_text("coder"))
    assert_it_is_refused_and_lives(studio, a_foreign_litellm(studio))


def test_a_litellm_that_was_started_with_the_absolute_path_is_adopted(studio: Studio) -> None:
    """It is the root's own, however its path is written."""
    (studio.root / "config.yaml").write_text(config_text("coder"))
    studio.by_hand_from(f"{studio.root}/config.yaml")
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert attempt.previous is not None
    assert studio.manifest(attempt.previous)["state"] == "adopted"


@pytest.mark.parametrize(
    ("served", "told"),
    [
        (("coder", "fast"), None),
        (("coder",), "it does not serve fast"),
        (("coder", "fast", "private"), "it serves private besides"),
        ((), "does not take the key"),
        (None, "does not answer"),
    ],
)
def test_what_serves_is_adopted_only_for_the_config_that_it_serves(
    studio: Studio, served: tuple[str, ...] | None, told: str | None
) -> None:
    """`--config config.yaml` is a path from a folder that nobody knows: what it serves has to tell whose it is."""
    host = host_from_mapping("studio", studio.entry, "here")
    transport = SshTransport("studio", host.ssh, lambda event: None)
    try:
        facts = gather(transport, host)
    finally:
        transport.close()
    found = judge_adoption(facts, host, Promise(frozenset({"coder", "fast"})), served)
    assert [finding.code for finding in found] == (["adopt"] if told else [])
    assert (told or "") in "".join(finding.message for finding in found)
