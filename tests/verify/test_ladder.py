"""All checks together: their order, where they stop, whom they blame, and what they cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from ccdeploy.results import Check, Verification
from ccdeploy.secret import Secret
from ccdeploy.verify.ladder import climb
from ccdeploy.verify.ollama import Before
from tests.verify.fakes import (
    BASE,
    CONFIG,
    ENV,
    LISTENER,
    Clock,
    Server,
    guarded,
    models,
    ollama_server,
    plain,
    proxy_server,
    refused,
    subject,
    tags,
)

BOTH = ("coder", "fast")


def route(reply: Any, base_url: str = "https://coder.example.com") -> Server:
    """Return the way through Traefik with one answer for /v1/models, or a list of answers."""
    path = httpx.URL(base_url).path.rstrip("/")
    return Server({f"{path}/v1/models": reply}, base_url=base_url)


def verify(local: Server, before: Before | None = None, **more: Any) -> Verification:
    """Verify a proxy, and hold that every check was told as it ended."""
    seen: list[Check] = []
    found = climb(subject(local, **more), LISTENER, before or Before(), seen.append)
    assert tuple(seen) == found.checks
    return found


def statuses(found: Verification) -> dict[str, str]:
    """Return the status of each check by its name."""
    return {check.name: check.status for check in found.checks}


def detail(found: Verification, name: str) -> str:
    """Return what one check says."""
    return next(check.detail for check in found.checks if check.name == name)


def test_a_proxy_that_is_well_passes_every_check_in_order() -> None:
    """And no request of ours can have loaded a model."""
    found = verify(proxy_server(), public=route(guarded(models(*BOTH))))
    assert [check.name for check in found.checks] == [
        "listener", "liveliness", "readiness", "models", "model info", "health", "ollama", "ollama models", "route",
    ]  # fmt: skip
    assert set(statuses(found).values()) == {"ok"}
    assert (found.healthy, found.unhealthy, found.models, found.model_loads) == (2, 0, BOTH, 0)
    assert (found.exit_code, found.residents_changed) == (0, None)


def test_after_the_first_failure_of_the_proxy_it_is_asked_no_more() -> None:
    """What follows would only repeat it; and a route to a faulty proxy says nothing of the route."""
    local, public = proxy_server(readiness=httpx.Response(503)), route(guarded(models(*BOTH)))
    found = verify(local, public=public)
    assert local.paths == ["/health/liveliness", "/health/readiness"]
    assert (statuses(found)["readiness"], public.paths) == ("failed", [])
    assert (found.proxy_is_well, found.exit_code, found.unhealthy) == (False, 8, 2)
    assert "ollama" in statuses(found)


def test_a_listener_that_is_not_ours_ends_it_at_once() -> None:
    """An old process that did not die answers every question well."""
    local = proxy_server()
    stranger = Check("listener", "process", "failed", "port 8081 is answered by pid 7, not by pid 5")
    found = climb(subject(local), stranger, Before(), lambda check: None)
    assert (found.proxy_is_well, local.paths) == (False, [])


@pytest.mark.parametrize(
    ("before", "status", "code"), [(Before(), "failed", 8), (Before(silent=frozenset({BASE})), "known", 0)]
)
def test_an_ollama_that_was_down_before_is_known(before: Before, status: str, code: int) -> None:
    """A deploy is not blamed for it, and does not go back for it."""
    found = verify(proxy_server(), before, ollama=ollama_server(refused()))
    assert (statuses(found)["ollama"], found.exit_code, found.proxy_is_well) == (status, code, True)
    assert detail(found, "ollama") == f"{BASE}: nothing listens there"
    assert (found.healthy, found.unhealthy) == (0, 2)


@pytest.mark.parametrize(
    ("missing", "status", "code"), [(set(), "failed", 8), ({"fast:latest"}, "known", 0), ({"tiny:latest"}, "failed", 8)]
)
def test_a_model_that_was_missing_before_is_known(missing: set[str], status: str, code: int) -> None:
    """Only what this config asks for anew counts against it."""
    found = verify(proxy_server(), Before(missing=frozenset(missing)), ollama=ollama_server(tags("tiny:latest")))
    assert (statuses(found)["ollama models"], found.exit_code) == (status, code)
    assert detail(found, "ollama models").startswith("not in Ollama: fast:latest")
    assert (found.healthy, found.unhealthy, found.models) == (1, 1, BOTH)


def test_names_of_models_compare_as_ollama_does() -> None:
    """Without case, and `fast` is `fast:latest`."""
    found = verify(proxy_server(), ollama=ollama_server(tags("TINY:Latest", "Fast")))
    assert (statuses(found)["ollama models"], found.unhealthy) == ("ok", 0)


@pytest.mark.parametrize(
    "reply",
    [
        plain(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={}),
        httpx.ReadTimeout("slow"),
    ],
)
def test_an_ollama_that_answers_nonsense_has_unknown_models(reply: Any) -> None:
    """Unknown is not missing."""
    found = verify(proxy_server(), ollama=ollama_server(reply))
    assert statuses(found)["ollama"] == "failed"
    assert "ollama models" not in statuses(found)


def test_an_ollama_that_cannot_be_asked_is_skipped() -> None:
    """The host reaches it over TLS, or by a name that only the proxy knows."""
    found = climb(replace(subject(proxy_server()), ollamas={}), LISTENER, Before(), lambda check: None)
    assert statuses(found)["ollama"] == "skipped"
    assert (found.unhealthy, found.exit_code) == (0, 0)


def test_an_alias_with_another_deployment_that_can_answer_is_healthy() -> None:
    """Two deployments with one name are LiteLLM's load balancing."""
    two = CONFIG.replace("model_name: fast", "model_name: coder")
    local = proxy_server(models=models("coder"))
    found = verify(local, text=two, ollama=ollama_server(tags("tiny:latest")))
    assert (found.healthy, found.unhealthy) == (1, 0)


def test_a_model_in_another_ollama_does_not_count() -> None:
    """Each Ollama serves only what it has."""
    other = "http://127.0.0.1:11435"
    text = CONFIG.replace('api_base: "http://127.0.0.1:11434"', f'api_base: "{other}"')
    asked = subject(proxy_server(), ollama=ollama_server(tags("tiny:latest", "fast:latest")), text=text)
    ollamas = {**asked.ollamas, other: ollama_server(tags("tiny:latest")).client()}
    found = climb(replace(asked, ollamas=ollamas), LISTENER, Before(), lambda check: None)
    assert detail(found, "ollama models").startswith("not in Ollama: fast:latest")
    assert found.unhealthy == 1


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (plain(404, "404 page not found"), "Traefik has no route for this URL"),
        (plain(502, "Bad Gateway"), "Traefik cannot reach the proxy"),
        (plain(503, "no available server"), "Traefik takes every server of the service for down"),
        (plain(504, "Gateway Timeout"), "Traefik waited too long"),
        (httpx.Response(302, headers={"location": "https://auth.example.com/login"}), "a login in front of the proxy"),
        (models("gpt-4"), "serves another list: missing: coder, fast; unexpected: gpt-4"),
        (refused(), "nothing listens there"),
        (httpx.ConnectError("certificate verify failed"), "certificate verify failed"),
        (httpx.Response(400, json={"error": {"type": "no_db_connection"}}), "the proxy answers 400 there"),
    ],
)
def test_a_faulty_route_is_the_routes_fault(reply: Any, told: str) -> None:
    """Exit 9: the host is well, and nothing is rolled back."""
    found = verify(proxy_server(), public=route(reply))
    assert statuses(found)["route"] == "failed"
    assert told in detail(found, "route")
    assert (found.proxy_is_well, found.host_is_well, found.route_is_well, found.exit_code) == (True, True, False, 9)


def test_a_route_that_was_faulty_before_is_known_and_told() -> None:
    """It is no fault of the change, and still no way for users."""
    found = verify(proxy_server(), Before(route="502"), public=route(plain(502, "Bad Gateway")), route_patience_s=60)
    assert (statuses(found)["route"], found.failures, found.exit_code) == ("known", (), 9)


def test_a_fault_of_traefiks_that_passes_is_waited_for() -> None:
    """Its own health check looks again one interval later."""
    down, clock = plain(503, "no available server"), Clock()
    public = route([down, down, down, guarded(models(*BOTH))])
    found = verify(proxy_server(), public=public, route_patience_s=10, clock=clock)
    assert (statuses(found)["route"], len(public.paths)) == ("ok", 4)
    assert 0 < clock.seconds < 1


@pytest.mark.parametrize(("reply", "waits"), [(plain(503, "no available server"), True), (models("gpt-4"), False)])
def test_only_what_may_pass_is_waited_for_and_not_for_ever(reply: httpx.Response, waits: bool) -> None:
    """A wrong list stays wrong."""
    clock = Clock()
    found = verify(proxy_server(), public=route(reply), route_patience_s=10, clock=clock)
    assert statuses(found)["route"] == "failed"
    assert (round(clock.seconds) == 10) == waits


def test_a_route_below_a_path_costs_no_model_load() -> None:
    """`traefik.url` may be https://host/llm: the request is for /v1/models all the same."""
    found = verify(proxy_server(), public=route(guarded(models(*BOTH)), "https://example.com/llm"))
    assert (statuses(found)["route"], found.model_loads) == ("ok", 0)


def test_a_shadow_has_no_route_and_a_host_without_traefik_is_told_so() -> None:
    """Nothing is skipped in silence, and nothing is told that makes no sense."""
    assert "route" not in statuses(verify(proxy_server(), has_route=False))
    assert statuses(verify(proxy_server()))["route"] == "skipped"


def test_a_loading_request_of_ours_would_be_counted() -> None:
    """The count must be able to be something else than zero: here a health check that calls models."""
    dear = CONFIG.replace("disable_background_health_check: true", "mode: chat")
    asked = subject(proxy_server(), text=dear)

    def meddle(check: Check) -> None:
        asked.local.get("/health")

    found = climb(asked, LISTENER, Before(), meddle)
    assert found.model_loads > 0
    assert found.health.startswith("not polled")


def test_models_that_came_and_went_meanwhile_are_told_and_fail_nothing() -> None:
    """Users have traffic; the cause is not known."""
    resident = [tags("tiny:latest"), tags("fast:latest")]
    found = verify(proxy_server(), ollama=ollama_server(resident=list(resident)))
    assert found.residents_changed == (
        "loaded meanwhile: fast:latest; unloaded meanwhile: tiny:latest (by whom is not known)"
    )
    assert found.exit_code == 0


def test_of_a_config_that_cannot_be_read_only_the_names_count() -> None:
    """An adopted proxy is verified as far as it can be."""
    asked = replace(subject(proxy_server()), config=None, ollamas={})
    found = climb(asked, LISTENER, Before(), lambda check: None)
    assert [c.name for c in found.checks] == ["listener", "liveliness", "readiness", "models", "route"]


def test_the_key_goes_to_the_proxy_and_to_no_ollama() -> None:
    """Ollama has no business with it."""
    local, ollama, public = proxy_server(), ollama_server(), route(guarded(models(*BOTH)))
    verify(local, ollama=ollama, public=public)
    assert not [r for r in ollama.asked if "authorization" in r.headers]
    assert ENV["LITELLM_MASTER_KEY"] == Secret(public.asked[0].headers["authorization"].removeprefix("Bearer "))
