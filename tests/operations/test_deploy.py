"""A deploy that goes well: what serves, what is written down, what it costs."""

from __future__ import annotations

import threading

import pytest

from ccdeploy.errors import DeployFailed, Refused
from tests.support.outages import assert_agree, overheard
from tests.support.stream import Stream, endless
from tests.support.studio import KEY, Studio


def test_a_changed_config_serves_and_is_written_down(host: Studio) -> None:
    """The main job."""
    first = host.deployed("coder")
    with host.watched() as promises:
        second = host.deploy(host.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=second.release)
    assert second.previous == first.release
    line = host.history[-1]
    assert (line["verb"], line["outcome"], line["release"]) == ("deploy", "deployed", second.release)
    assert line["downtime_ms"] == second.downtime_ms
    assert host.manifest()["state"] == "verified"


def test_the_downtime_that_is_told_is_the_one_that_users_had(host: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that nobody can rely on is worse than none."""
    host.deployed("coder")
    told = overheard(monkeypatch)
    host.misbehave({"boot_s": 0.6, "only_port": host.port})
    with host.watched() as promises:
        attempt = host.deploy(host.config("second", "coder", "fast"))
    assert attempt.downtime_ms is not None
    assert attempt.downtime_ms >= 600
    assert_agree(attempt.downtime_ms, told, promises.probe, promises.downtime_ms)


def test_a_deploy_needs_at_most_eight_channels_for_commands(studio: Studio) -> None:
    """Each costs a round trip and a shell; over a slow line they are the time that a deploy takes."""
    studio.by_hand("coder")
    before = studio.around.commands()
    attempt = studio.deployed("coder", "fast")
    waits = 2 if "drain" in attempt.phases else 0  # for an old one that took its time to end, and the record of it
    assert 0 < studio.around.commands() - before <= 8 + waits


def test_a_stream_that_runs_across_the_switch_ends_complete(host: Studio) -> None:
    """Users wait minutes for an answer; a deploy that cuts it makes them start again."""
    enough = endless(host)
    host.deployed("coder")
    host.when("drain", threading.Timer(1, enough.touch).start)
    with Stream(host.port, KEY, "coder") as stream, host.watched() as promises:
        stream.wait_for_chunks(1)
        attempt = host.deploy(host.config("second", "coder", "fast"))
        assert stream.is_over, "the deploy ended before the old proxy had"
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release, user_traffic=True)
    assert stream.finished().is_complete
    assert "drain" in attempt.phases


def test_a_stream_longer_than_drain_timeout_is_cut_and_told(studio: Studio) -> None:
    """The old proxy cannot be kept for ever; whoever deploys learns that somebody was cut off."""
    studio.entry["drain_timeout"] = "1s"
    studio.settle()
    studio.misbehave({"stream_s": 30})
    studio.deployed("coder")
    with Stream(studio.port, KEY, "coder") as stream, studio.watched() as promises:
        stream.wait_for_chunks(1)
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release, user_traffic=True)
    assert not stream.finished().is_complete
    assert any("streams were cut" in note for note in attempt.notes)


def test_a_proxy_that_is_deaf_to_sigterm_is_killed_after_drain_timeout(studio: Studio) -> None:
    """It holds the port: without SIGKILL the new one could never start."""
    studio.entry["drain_timeout"] = "1s"
    studio.settle()
    studio.misbehave({"deaf_to_sigterm": True, "only_port": studio.port})
    studio.deployed("coder")
    old = studio.pid()
    studio.misbehave()
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert studio.pid() != old
    assert any("had to be killed" in note for note in attempt.notes)


def test_a_slow_boot_is_waited_for(studio: Studio) -> None:
    """LiteLLM takes ten seconds; a slow disk makes it thirty."""
    studio.deployed("coder")
    studio.misbehave({"boot_s": 1.2})
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)


def test_old_releases_are_forgotten_and_the_way_back_is_kept(studio: Studio) -> None:
    """Ten deploys a day would fill the disk."""
    first = studio.deployed("coder").release
    older = [studio.copy_of_release(first, f"2020010{day}-120000-abcd") for day in range(1, 6)]
    with studio.watched() as promises:
        second = studio.deploy(studio.config("second", "coder", "fast")).release
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=second)
    kept = sorted(path.name for path in (studio.root / "releases").iterdir())
    assert kept == [*older[2:], first, second]


def test_bad_releases_do_not_count_as_ways_back(studio: Studio) -> None:
    """Five failed attempts in a row must not push out the release that serves before them."""
    first = studio.deployed("coder").release
    second = studio.deployed("coder", "fast").release
    for day in range(1, 9):
        studio.copy_of_release(first, f"2030010{day}-120000-abcd", state="bad")
    studio.misbehave({"exit_while_booting": 3})
    with studio.watched() as promises, pytest.raises(DeployFailed):
        studio.deploy(studio.config("third", "coder", "fast", "slow"))
    promises.kept(served={"coder", "fast"}, release=second)
    kept = {path.name for path in (studio.root / "releases").iterdir()}
    assert {first, second} <= kept


def test_blue_green_without_a_file_of_traefiks_is_refused(studio: Studio) -> None:
    """Silently doing something else would break the promise of the word."""
    studio.deployed("coder")
    before = studio.checksum()
    with studio.watched() as promises, pytest.raises(Refused) as caught:
        studio.deploy(studio.config("second", "fast"), strategy="blue-green")
    promises.kept(served={"coder"})
    assert "blue-green" in str(caught.value.findings)
    assert studio.checksum() == before
