"""From the settings to what Traefik's dynamic file is made of."""

from __future__ import annotations

from typing import Any

import pytest

from ccdeploy.operations.wiring import slot, wiring
from ccdeploy.settings import Host
from ccdeploy.settings.reading import host_from_mapping
from ccdeploy.traefik.dynamic import Slot, Wiring


def studio(**traefik: Any) -> Host:
    """A host with a dynamic file."""
    route = {"url": "https://coder.example.com", "dynamic_file": "dynamic.yml", **traefik}
    return host_from_mapping("studio", {"ssh": {"address": "studio.example.com"}, "traefik": route}, "h.yaml")


def wired(**traefik: Any) -> Wiring:
    """The wiring of such a host."""
    host = studio(**traefik)
    assert host.traefik is not None
    return wiring(host.traefik)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://coder.example.com", "Host(`coder.example.com`)"),
        ("https://Coder.example.com:8443/", "Host(`coder.example.com`)"),
        ("http://127.0.0.1/llm/v2/", "Host(`127.0.0.1`) && PathPrefix(`/llm/v2`)"),
    ],
)
def test_the_rule_is_that_of_the_url(url: str, rule: str) -> None:
    """Nobody should have to write a rule for what stands one line above."""
    assert wired(url=url).rule == rule


def test_a_rule_of_the_users_own_is_taken_as_it_is() -> None:
    """A proxy behind a header, or several hosts, is theirs to describe."""
    assert wired(url="https://x`.example.com", rule="Host(`a`) || Host(`b`)").rule == "Host(`a`) || Host(`b`)"


@pytest.mark.parametrize(
    ("url", "tls", "is_tls"),
    [
        ("https://a.example.com", None, True),
        ("http://a.example.com", None, False),
        ("https://a.example.com", False, False),
        ("http://a.example.com", True, True),
    ],
)
def test_tls_follows_the_url_unless_it_is_said(url: str, tls: bool | None, is_tls: bool) -> None:
    """TLS may end before Traefik."""
    assert wired(url=url, tls=tls).is_tls is is_tls


def test_every_other_key_goes_into_the_file() -> None:
    """A key without effect would be a promise broken."""
    assert wired(
        router="r",
        service="s",
        entry_points=["web"],
        middlewares=["a@docker"],
        cert_resolver="le",
        health_interval="2s",
    ) == Wiring("r", "s", "Host(`coder.example.com`)", ("web",), ("a@docker",), True, "le", 2.0)


def test_a_slot_is_reached_as_traefik_reaches_the_proxy() -> None:
    """Traefik may stand in a container, where 127.0.0.1 is itself."""
    host = studio(upstream="http://host.docker.internal:{port}")
    assert slot(host, 8082) == Slot(8082, "http://host.docker.internal:8082")
