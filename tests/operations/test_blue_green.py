"""Blue-green: the shadow becomes the new slot, Traefik is pointed at it, and the old one drains; nothing is lost."""

from __future__ import annotations

from ccdeploy import app
from tests.support.stream import Stream
from tests.support.studio import KEY, Studio


def test_a_deploy_moves_to_the_other_port_without_a_gap(green: Studio) -> None:
    """The promise of the word: one boot, no request lost, no model loaded."""
    green.deployed("coder")
    old = green.port
    with green.watched() as promises:
        attempt = green.deploy(green.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, release=attempt.release)
    assert (attempt.outcome, attempt.downtime_ms) == ("deployed", 0)
    assert sorted([old, green.port]) == sorted(green.entry["listen"]["ports"])
    assert "switch" not in green.steps()


def test_streams_end_before_the_old_one_does(green: Studio) -> None:
    """A stream that was cut is a request lost."""
    green.deployed("coder")
    old = green.pid()
    with Stream(green.entry["traefik"]["url"], KEY, "coder", max_tokens=400) as stream:
        stream.wait_for_chunks(3)
        with green.watched() as promises:
            attempt = green.deploy(green.config("second", "coder", "fast"))
        assert stream.finished().is_complete
    promises.kept(served={"coder", "fast"}, release=attempt.release, user_traffic=True)
    assert green.pid() != old


def test_the_log_of_the_shadow_is_that_of_what_serves(green: Studio) -> None:
    """Its boot and its requests stand in one log, and what served before keeps its own."""
    green.deployed("coder")
    served = app.logs(green.project, None, lines=1000).lines
    release = green.deploy(green.config("second", "coder", "fast")).release
    logs = green.root / "logs"
    assert not (logs / f"shadow-{release}.log").exists()
    assert (logs / "litellm.log.1").read_text().startswith("\n".join(served[:2]))
    (last,) = app.logs(green.project, None, release=release, lines=1).lines
    assert last in (logs / "litellm.log").read_text().splitlines()  # Traefik asks on, and each time adds a line
