"""Traefik in front of the proxy: its faults are told, and are no reason to go back."""

from __future__ import annotations

import pytest

from ccdeploy import app
from tests.support.cable import cable
from tests.support.gateway import free_port
from tests.support.studio import Studio


def through(studio: Studio, url: str) -> None:
    """Let the users' way to the host be this URL."""
    studio.entry["traefik"] = {"url": url}
    studio.settle()


def test_a_deploy_is_verified_through_traefik(studio: Studio) -> None:
    """It is the way that users take; Traefik needs a moment to see that the proxy is back."""
    studio.by_hand("coder")
    studio.around.route_to(studio.port)
    through(studio, studio.around.traefik["url"])
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert attempt.verification
    assert [c.status for c in attempt.verification.checks if c.layer == "route"] == ["ok"]
    assert attempt.exit_code == 0


def test_a_route_that_was_down_before_is_told_and_nothing_goes_back(studio: Studio) -> None:
    """Exit 9: the host is well, and the deploy did not break the route."""
    studio.deployed("coder")
    through(studio, f"http://127.0.0.1:{free_port()}")
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert (attempt.outcome, attempt.exit_code) == ("deployed", 9)


def test_a_route_that_breaks_meanwhile_is_told_and_nothing_goes_back(studio: Studio) -> None:
    """Going back would mend nothing, and cost another gap."""
    studio.deployed("coder")
    with cable(studio.port) as traefik:
        through(studio, f"http://127.0.0.1:{traefik.port}")
        studio.when("verify", traefik.close)
        with studio.watched() as promises:
            attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert (attempt.outcome, attempt.exit_code) == ("deployed", 9)


def test_a_route_to_another_proxy_is_told(studio: Studio) -> None:
    """Traefik answers with 200 and somebody else's models."""
    studio.deployed("coder")
    other = free_port()
    (studio.root / "other.yaml").write_text((studio.root / "config.yaml").read_text().replace("coder", "strange"))
    env = dict(line.split("=", 1) for line in (studio.root / ".env").read_text().splitlines())
    studio.start_process(f"venv/bin/litellm --config other.yaml --port {other} --host 127.0.0.1", env)
    studio.wait_for(other)
    through(studio, f"http://127.0.0.1:{other}")
    _, seen = app.verify(studio.project, None)
    assert seen.exit_code == 9
    assert "serves another list" in str(seen.checks)


@pytest.mark.parametrize("is_down", [False, True])
def test_nothing_to_do_tells_the_state_of_the_route_too(studio: Studio, is_down: bool) -> None:
    """A pipeline that only looks must see that users are not served."""
    studio.deployed("coder")
    through(studio, f"http://127.0.0.1:{free_port() if is_down else studio.port}")
    attempt = studio.deploy("first")
    assert (attempt.outcome, attempt.exit_code) == ("nothing-to-do", 9 if is_down else 0)
