"""Traefik's services, as its API told them of the dynamic file beside it (Traefik 3.7.15)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy import yamltext
from ccdeploy.traefik.services import Seen, of_api, of_file, version

CASES = Path(__file__).parents[1] / "cases" / "doctor"
UPSTREAM = "http://localhost:8081"


def by_api() -> Seen:
    """What the API told."""
    return of_api((CASES / "traefik-services.json").read_bytes(), (CASES / "traefik-routers.json").read_bytes())


def by_file() -> Seen:
    """What the file says."""
    return of_file(yamltext.load((CASES / "traefik-dynamic.yml").read_bytes(), "dynamic.yml").value)


@pytest.mark.parametrize("seen", [by_api(), by_file()], ids=["api", "file"])
def test_the_services_that_lead_to_a_proxy(seen: Seen) -> None:
    """Those with it as a server, and those made of them; the same whichever way it is seen."""
    ours = {one.name: one for one in seen.leading_to([UPSTREAM])}
    assert set(ours) == {"cc@file", "w@file", "mir@file", "unused@file"}
    assert (ours["cc@file"].health_path, ours["cc@file"].sends_key) == ("/health", True)
    assert ours["mir@file"].mirrors == ("other@file",)
    assert "mir@file" in seen.routed


def test_another_port_is_led_to_by_others() -> None:
    """A slash at the end of a server's URL is none of its address."""
    assert {one.name for one in by_api().leading_to(["http://127.0.0.1:8083"])} >= {"other@file"}
    assert by_api().leading_to(["http://127.0.0.1:9999"]) == ()


@pytest.mark.parametrize(
    "document",
    [
        None,
        1,
        {"http": []},
        {"http": {"services": {"a": 1, "b": {"loadBalancer": {"servers": 3}}}}},
        {
            "http": {
                "services": {"a": {"loadBalancer": {"servers": [{"url": "http://[::1"}, {"url": "http://h:99999"}]}}}
            }
        },
    ],
)
def test_a_dynamic_file_of_any_shape_is_read(document: object) -> None:
    """Traefik keeps its old state then; a look at it must not end in a traceback."""
    assert of_file(document).leading_to([UPSTREAM]) == ()


@pytest.mark.parametrize("body", [b"404 page not found", b"{}", b"[" * 10_000])
def test_what_is_not_traefiks_api_is_told(body: bytes) -> None:
    """Whatever else may listen at the address of the settings."""
    with pytest.raises(ValueError, match="is it Traefik's API"):
        of_api(body, body)
    with pytest.raises(ValueError, match="is it Traefik's API"):
        version(body)


def test_the_version_is_read() -> None:
    """As `/api/version` tells it."""
    assert version(b'{"Version":"3.7.15","Codename":"langres"}') == "3.7.15"
