"""Traefik in front of the proxy: its faults are told, and are no reason to go back."""

from __future__ import annotations

from typing import Any

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.operations.public import judge_upstream
from ccdeploy.settings import host_from_mapping
from tests.support.cable import cable
from tests.support.free_port import free_port
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


def test_without_traefik_the_route_is_skipped_and_that_is_said(studio: Studio) -> None:
    """`traefik: null` is a setup like another; whoever reads `well` must know what was not looked at."""
    studio.entry["traefik"] = None
    studio.settle()
    done = studio.run(f"ccdeploy deploy {studio.config('first', 'coder')}")
    assert done.returncode == 0
    assert "route   the settings name no traefik" in done.stdout
    for verb in ("verify", "status"):
        shown = studio.run(f"ccdeploy {verb}")
        assert shown.returncode == 0
        assert "the settings name no traefik: the way that users take is not verified" in shown.stdout
    _, seen = app.verify(studio.project, None)
    assert [c.status for c in seen.checks if c.layer == "route"] == ["skipped"]
    assert "no traefik" in str(app.status(studio.project, None).notes)


@pytest.mark.parametrize(
    ("traefik", "code", "said"),
    [
        ({"ca_file": "certs/none.pem"}, "ca-file", "certs/none.pem: it cannot be read: no such file"),
        ({"ca_file": "configs/hosts.yaml"}, "ca-file", "configs/hosts.yaml: it holds no certificates in PEM"),
        ({"headers": {"X-Gate": "os.environ/NO_SUCH_TOKEN"}}, "header-unset", "needs NO_SUCH_TOKEN"),
    ],
    ids=["no-file", "no-pem", "no-variable"],
)
def test_a_way_that_cannot_be_asked_is_found_before_anything_is_touched(
    studio: Studio, traefik: dict[str, Any], code: str, said: str
) -> None:
    """Found after the switch, it would make a good deploy go back."""
    studio.entry["traefik"] = {"url": f"https://localhost:{free_port()}", **traefik}
    studio.settle()
    before = studio.checksum()
    with pytest.raises(Refused) as caught:
        studio.deploy(studio.config("first", "coder"))
    assert [finding.code for finding in caught.value.findings] == [code]
    assert said in str(caught.value.findings[0])
    assert studio.checksum() == before
    assert code in {finding.code for finding in app.doctor(studio.project, None).findings}
    with pytest.raises(Refused):
        app.verify(studio.project, None)


@pytest.mark.parametrize(
    ("upstream", "listens", "system", "is_told"),
    [
        ("http://127.0.0.1:{port}", "127.0.0.1", "Linux", False),
        ("http://localhost:{port}", "::1", "Linux", False),
        ("http://host.docker.internal:{port}", "127.0.0.1", "Linux", True),
        ("http://host.docker.internal:{port}", "127.0.0.1", "Darwin", False),
        ("http://192.0.2.10:{port}", "127.0.0.1", "Darwin", True),
        ("http://192.0.2.10:{port}", "0.0.0.0", "Linux", False),  # noqa: S104
        ("http://192.0.2.10:{port}", "192.0.2.10", "Linux", False),
        ("http://127.0.0.1:{port}", "192.0.2.10", "Linux", True),
    ],
)
def test_an_upstream_that_cannot_be_reached_is_warned_of(
    upstream: str, listens: str, system: str, is_told: bool
) -> None:
    """Traefik in a container has a loopback of its own: users get 502, and the host looks well."""
    entry = {
        "ssh": {"address": "studio.example.com"},
        "listen": {"address": listens},
        "traefik": {"url": "https://coder.example.com", "upstream": upstream},
    }
    told = list(judge_upstream(host_from_mapping("studio", entry, "h.yaml"), system))
    assert bool(told) is is_told
    assert all(f.code == "upstream" and "the proxy listens on" in f.message and f.hint for f in told)
