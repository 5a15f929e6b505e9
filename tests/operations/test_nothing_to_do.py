"""When a deploy has nothing to do, and everything that ends that."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.support.studio import Studio


def _env_file_changed(studio: Studio) -> None:
    studio.env(ANOTHER="value")


def _litellm_upgraded(studio: Studio) -> None:
    packages = studio.root / "venv" / "lib" / "python3.11" / "site-packages"
    (packages / "litellm-1.106.2.dist-info").rename(packages / "litellm-1.108.0.dist-info")


def _arguments_changed(studio: Studio) -> None:
    studio.entry["litellm_args"] = ["--num_workers", "1"]
    studio.settle()


def _proxy_gone(studio: Studio) -> None:
    studio.kill()


def _link_replaced(studio: Studio) -> None:
    (studio.root / "config.yaml").unlink()
    (studio.root / "config.yaml").write_text("model_list: []\n")


def test_the_same_again_changes_nothing(host: Studio) -> None:
    """A pipeline that deploys on every commit must not cost a restart each time."""
    first = host.deployed("coder")
    before, pid = host.checksum(), host.pid()
    with host.watched() as promises:
        again = host.deploy("first")
    promises.kept(served={"coder"}, release=first.release)
    assert (again.outcome, again.release, again.downtime_ms) == ("nothing-to-do", first.release, 0)
    assert host.pid() == pid
    assert host.checksum() == before


def test_force_deploys_all_the_same(studio: Studio) -> None:
    """Whoever insists gets a fresh process."""
    studio.deployed("coder")
    pid = studio.pid()
    with studio.watched() as promises:
        attempt = studio.deploy("first", force=True)
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release)
    assert attempt.outcome == "deployed"
    assert studio.pid() != pid


@pytest.mark.parametrize(
    "change", [_env_file_changed, _litellm_upgraded, _arguments_changed, _proxy_gone, _link_replaced]
)
def test_a_change_around_the_config_ends_it(studio: Studio, change: Callable[[Studio], None]) -> None:
    """The same bytes started in another way serve otherwise."""
    first = studio.deployed("coder")
    change(studio)
    with studio.watched() as promises:
        attempt = studio.deploy("first")
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release)
    assert attempt.outcome == "deployed"
    assert attempt.release != first.release


def test_a_proxy_that_is_not_well_ends_it(studio: Studio) -> None:
    """Equal digests say nothing of a proxy that answers with an error."""
    studio.deployed("coder")
    studio.kill()
    studio.misbehave({"readiness_status": 503})
    studio.by_hand_from(f"releases/{studio.current}/config.yaml")
    studio.misbehave()
    with studio.watched() as promises:
        attempt = studio.deploy("first")
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release)
    assert attempt.outcome == "deployed"


@pytest.mark.parametrize("left", ["lock", "releases/.incoming-20260101-000000-0000"])
def test_what_a_client_that_was_killed_left_goes_all_the_same(studio: Studio, left: str) -> None:
    """Else `status` would tell of it after each deploy that promised to see to it, for ever."""
    first = studio.deployed("coder")
    (studio.root / left).mkdir()
    os.utime(studio.root / left, (1, 1))
    with studio.watched() as promises:
        again = studio.deploy("first")
    promises.kept(served={"coder"}, release=first.release)
    assert again.outcome == "nothing-to-do"
    assert not (studio.root / left).exists()
