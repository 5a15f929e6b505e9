"""The dynamic file of Traefik that ccdeploy writes, as text and back."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ccdeploy import yamltext
from ccdeploy.traefik.dynamic import MARKER, Slot, Wiring, Written, read, text
from ccdeploy.traefik.services import Seen, of_file, shows

BLUE, GREEN = Slot(8081, "http://127.0.0.1:8081"), Slot(8082, "http://127.0.0.1:8082")
TOLD = {"X-Ccdeploy-Slot": "8082", "X-Ccdeploy-Switch": "1"}
PLAIN = Wiring("ccproxy", "ccproxy", "Host(`coder.example.com`)")
FULL = dataclasses.replace(
    PLAIN,
    entry_points=("websecure", "web"),
    middlewares=("auth@docker", "limit"),
    is_tls=True,
    cert_resolver="le",
    health_interval_s=2.5,
)
HOSTILE = st.text(max_size=200) | st.sampled_from(
    ["{{ env `HOME` }}", "{{{", '"\n  evil: 1', "null", "yes", "1", "- a", "a: b", "\x85", "\u2028", "😀", "\\", "#"]
)


def seen(written: str) -> Seen:
    """What Traefik makes of the file."""
    return of_file(yamltext.load(written.encode(), "dynamic.yml").value)


def test_a_steady_file_leads_to_one_slot() -> None:
    """All of it, once: what else it holds is what every request passes through."""
    assert yaml.safe_load(text(FULL, GREEN))["http"] == {
        "routers": {
            "ccproxy": {
                "rule": "Host(`coder.example.com`)",
                "entryPoints": ["websecure", "web"],
                "tls": {"certResolver": "le"},
                "middlewares": ["auth@docker", "limit", "ccproxy-slot"],
                "service": "ccproxy",
            }
        },
        "middlewares": {"ccproxy-slot": {"headers": {"customResponseHeaders": TOLD}}},
        "services": {"ccproxy": balancer(GREEN, "2500ms")},
    }


def test_a_request_that_a_proxy_ended_with_is_sent_once_more_where_traefik_can() -> None:
    """An older Traefik would take nothing of such a file; and more than once could make a model run for nothing."""
    wired = dataclasses.replace(PLAIN, resends=True)
    found = yaml.safe_load(text(wired, GREEN, BLUE))["http"]
    assert found["routers"]["ccproxy"]["middlewares"][-2:] == ["ccproxy-resend", "ccproxy-retry"]
    assert found["middlewares"]["ccproxy-resend"]["retry"]["attempts"] == 2
    assert "ccproxy-resend" not in text(PLAIN, GREEN, BLUE)
    assert text(wired, GREEN) == text(PLAIN, GREEN)


def test_a_file_of_transition_falls_back_and_tries_again() -> None:
    """What the new proxy does not take goes to the old one, and soon."""
    found = yaml.safe_load(text(PLAIN, GREEN, BLUE))["http"]
    assert found["services"] == {
        "ccproxy": {"failover": {"service": "ccproxy-8082", "fallback": "ccproxy-8081", "healthCheck": {}}},
        "ccproxy-8082": balancer(GREEN, "250ms"),
        "ccproxy-8081": balancer(BLUE, "250ms"),
    }
    assert found["routers"]["ccproxy"]["middlewares"] == ["ccproxy-slot", "ccproxy-retry"]
    assert found["middlewares"]["ccproxy-retry"] == {"retry": {"attempts": 20, "initialInterval": "100ms"}}


def balancer(slot: Slot, interval: str) -> dict[str, Any]:
    """One server, and how it is watched: by what loads no model."""
    check = {"path": "/health/readiness", "interval": interval, "timeout": "5s"}
    return {"loadBalancer": {"servers": [{"url": slot.url}], "healthCheck": check}}


def test_what_is_not_set_is_not_in_the_file() -> None:
    """Traefik's own defaults hold: an empty list of entry points would be none at all."""
    router = yaml.safe_load(text(PLAIN, BLUE))["http"]["routers"]["ccproxy"]
    assert set(router) == {"rule", "middlewares", "service"}
    with_tls = text(dataclasses.replace(PLAIN, is_tls=True), BLUE)
    assert yaml.safe_load(with_tls)["http"]["routers"]["ccproxy"]["tls"] == {}


@pytest.mark.parametrize("interval_s", [0.1, 1.0, 5.0])
def test_the_checks_of_a_transition_are_never_rarer_than_the_settings_ask(interval_s: float) -> None:
    """A switch is when it matters most."""
    wiring = dataclasses.replace(PLAIN, health_interval_s=interval_s)
    services = yaml.safe_load(text(wiring, GREEN, BLUE))["http"]["services"]
    checks = {services[name]["loadBalancer"]["healthCheck"]["interval"] for name in ("ccproxy-8081", "ccproxy-8082")}
    assert checks == {"100ms" if interval_s < 0.25 else "250ms"}


@given(HOSTILE, HOSTILE, HOSTILE, st.booleans())
def test_nothing_of_the_settings_breaks_out(name: str, rule: str, other: str, is_switching: bool) -> None:
    """Whatever stands in a name, a rule or a URL is that name, rule or URL, to YAML and to Go's templates."""
    wiring = Wiring(name, name, rule, (other,), (other,), True, other)
    slot = Slot(8082, other)
    written = text(wiring, slot, BLUE if is_switching else None)
    found = yaml.safe_load(written)["http"]
    router = found["routers"][name]
    assert set(found) == {"routers", "middlewares", "services"}
    assert (router["rule"], router["service"], router["entryPoints"]) == (rule, name, [other])
    assert router["tls"] == ({"certResolver": other} if other else {})
    assert router["middlewares"][0] == other
    assert set(found["services"]) == {name, f"{name}-8082", f"{name}-8081"} if is_switching else {name}
    balanced = found["services"][f"{name}-8082" if is_switching else name]["loadBalancer"]
    assert balanced["servers"] == [{"url": other}]
    assert "{{" not in written


@given(HOSTILE, st.sampled_from([None, BLUE]), st.integers(1, 10**6))
def test_a_file_tells_what_it_leads_to(rule: str, fallback: Slot | None, number: int) -> None:
    """The next deploy, of whoever, goes on from what the file says."""
    written = text(dataclasses.replace(PLAIN, rule=rule), GREEN, fallback, number)
    assert read(written) == Written(8082, fallback.port if fallback else None, is_whole=True, number=number)


@pytest.mark.parametrize(
    "edited",
    [
        lambda written: written.replace("127.0.0.1", "127.0.0.2"),
        lambda written: written.replace("to=8082", "to=8081"),
        lambda written: written + "\n",
        lambda written: written + "# a word\n",
        lambda written: written.rstrip("\n"),
        lambda written: written.replace("ccdeploy-sha256", "sha256"),
        lambda written: written[: len(written) // 2],
    ],
)
def test_a_file_that_somebody_edited_is_not_whole(edited: Any) -> None:
    """What they wrote there must not be lost by the next switch."""
    found = read(edited(text(FULL, GREEN)))
    assert found is not None
    assert not found.is_whole


@pytest.mark.parametrize("other", ["", "\n\n\n", MARKER, "http:\n  routers: {}\n", "# mine\n" + text(PLAIN, BLUE)])
def test_a_file_of_another_hand_is_none_of_ours(other: str) -> None:
    """It is never overwritten."""
    assert read(other) is None


@pytest.mark.parametrize("fallback", [None, BLUE])
def test_what_traefik_shows_is_held_to_the_file(fallback: Slot | None) -> None:
    """A switch is made when Traefik leads there, not when the file is written."""
    shown = seen(text(FULL, GREEN, fallback))
    assert shows(shown, "ccproxy", GREEN, fallback)
    assert not shows(shown, "other", GREEN, fallback)
    assert not shows(shown, "ccproxy", BLUE, GREEN if fallback else None)
    assert not shows(shown, "ccproxy", GREEN, None if fallback else BLUE)
    assert not shows(Seen((), frozenset()), "ccproxy", GREEN, fallback)


def test_a_child_that_leads_elsewhere_is_seen() -> None:
    """The failover alone proves nothing."""
    other = Slot(8082, "http://127.0.0.1:9999")
    assert not shows(seen(text(PLAIN, other, BLUE)), "ccproxy", GREEN, BLUE)


def test_a_port_written_another_way_is_the_same_place() -> None:
    """Traefik may show a slash, or a loopback by its name."""
    shown = seen(text(PLAIN, Slot(8082, "http://localhost:8082/")))
    assert shows(shown, "ccproxy", GREEN, None)


def test_the_service_of_the_file_is_watched_without_a_load() -> None:
    """What ccdeploy asks of others it keeps to itself."""
    (ours,) = seen(text(PLAIN, GREEN)).leading_to([GREEN.url])
    assert (ours.health_path, ours.sends_key, ours.health_interval) == ("/health/readiness", False, "5s")
