"""What Traefik does to the proxy, as its API or its file shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccdeploy.operations.doctor import traefik
from ccdeploy.operations.doctor.seen import Seen, TraefikSeen
from ccdeploy.settings import Traefik
from ccdeploy.traefik import services
from ccdeploy.traefik.services import Service
from tests.operations.doctor.words import Said, heard, settings


def judged(seen: Seen, *found: Service, routed: tuple[str, ...] = ("cc@file",)) -> Said:
    """Judge a Traefik with these services."""
    known = settings(seen, traefik=Traefik(url="https://coder.example.com", api="http://127.0.0.1:8080"))
    shown = services.Seen(found, frozenset(routed))
    return heard(traefik.judge(replace(known, traefik=TraefikSeen("3.7.15", shown, "http://127.0.0.1:8080"))))


def proxy(seen: Seen, path: str | None = "/health/readiness", *, sends_key: bool = False) -> Service:
    """The service of the proxy."""
    return Service("cc@file", (f"http://127.0.0.1:{seen.host.listen.ports[0]}/",), path, sends_key)


@pytest.mark.parametrize("path", ["/health", "/health/", "/health?model=coder", "/v1/chat/completions", "/made-up"])
def test_a_health_check_that_calls_models_is_an_error(plain_seen: Seen, path: str) -> None:
    """Every half minute it would load every model at once."""
    said = judged(plain_seen, proxy(plain_seen, path))
    assert (said.only.code, said.only.severity) == ("traefik-health", "error")
    assert "healthCheck: {path: /health/readiness}" in str(said.only.hint)


def test_with_a_key_it_calls_them_and_without_one_the_proxy_is_down(plain_seen: Seen) -> None:
    """Both are wrong, and look differently from outside."""
    with_key = judged(plain_seen, proxy(plain_seen, "/health", sends_key=True)).only.message
    without = judged(plain_seen, proxy(plain_seen, "/health")).only.message
    assert "each look calls every model at once" in with_key
    assert "takes the proxy for down" in without


@pytest.mark.parametrize("path", ["/health/readiness", "/health/liveliness", "/v1/models", None])
def test_a_health_check_that_calls_none_is_in_order(plain_seen: Seen, path: str | None) -> None:
    """And so is none."""
    said = judged(plain_seen, proxy(plain_seen, path))
    assert said.findings == ()
    assert any(word.startswith("health check: ") for word in said.in_order)


def test_a_mirror_is_an_error(plain_seen: Seen) -> None:
    """Each completion would run twice."""
    mirror = Service("mir@file", parts=("cc@file",), mirrors=("other@file",))
    said = judged(plain_seen, proxy(plain_seen), mirror, routed=("mir@file",))
    assert said.only.code == "traefik-mirroring"
    assert "other@file" in said.only.message
    assert "`service: cc`" in str(said.only.hint)


def test_a_traefik_that_leads_elsewhere_is_told(plain_seen: Seen) -> None:
    """Users would talk to another proxy, or to nobody."""
    other = Service("cc@file", (f"http://127.0.0.1:{plain_seen.host.listen.ports[1]}",))
    said = judged(plain_seen, other)
    assert said.only.code == "traefik-upstream"
    assert f"it leads to {other.servers[0]}" in said.only.message
    assert judged(plain_seen, proxy(plain_seen), routed=()).only.code == "traefik-upstream"


def test_a_file_without_the_router_is_not_the_whole_of_traefik(plain_seen: Seen) -> None:
    """The router may stand in another file, or at a container; the API would show it."""
    known = settings(plain_seen, traefik=Traefik(url="https://coder.example.com", dynamic_file="dyn.yml"))
    shown = services.Seen((proxy(plain_seen),), frozenset())
    assert heard(traefik.judge(replace(known, traefik=TraefikSeen(None, shown, "dyn.yml")))).findings == ()


@pytest.mark.parametrize(
    ("api", "fault", "severity"), [("http://127.0.0.1:8080", "does not answer", "warning"), (None, "no api", "note")]
)
def test_what_cannot_be_seen_is_said(plain_seen: Seen, api: str | None, fault: str, severity: str) -> None:
    """Silence would be taken for health."""
    known = settings(plain_seen, traefik=Traefik(url="https://coder.example.com", api=api))
    said = heard(traefik.judge(replace(known, traefik=TraefikSeen(fault=fault))))
    assert (said.only.code, said.only.severity) == ("traefik-unseen", severity)


def test_without_traefik_that_is_said(plain_seen: Seen) -> None:
    """`traefik: null` is a choice, not a fault."""
    said = heard(traefik.judge(settings(plain_seen, traefik=None)))
    assert said == Said((), ("traefik: none in the settings; the way of the users is not looked at",))
