"""What the real Traefik makes of our dynamic file: a dead proxy is seen, and no check loads a model."""

from __future__ import annotations

import re
from typing import Any

from ccdeploy.sandbox.traefik import dynamic_config
from ccdeploy.traefik.dynamic import HEALTH_PATH, Slot
from ccdeploy.traefik.services import ROUTERS, SERVICES, Seen, of_api, shows
from tests.support.gateway import Answer, ask
from tests.support.studio import Studio
from tests.support.waiting import until


def seen(studio: Studio) -> Seen:
    """What Traefik's API shows."""
    api = studio.around.state.ports["traefik_api"]
    return of_api(ask(api, SERVICES).body, ask(api, ROUTERS).body)


def status(studio: Studio, name: str, port: int) -> str | None:
    """What Traefik's health check found of a server."""
    (one,) = [service for service in seen(studio).services if service.name == f"{name}@file"]
    return one.status.get(f"http://127.0.0.1:{port}")


def through(studio: Studio) -> Answer:
    """Ask by the way of the users."""
    return ask(studio.around.state.ports["traefik"], "/health/readiness")


def asked(studio: Studio) -> list[str]:
    """The paths that the proxy was asked for, by its access log."""
    return re.findall(r'"(?:GET|POST|HEAD) (\S+) HTTP', (studio.root / "logs" / "litellm.log").read_text())


def loads(studio: Studio) -> Any:
    """What the stand-in for Ollama loaded so far."""
    return ask(studio.around.state.ports["ollama"], "/sandbox/log").json["loads"]


def test_a_dead_proxy_is_down_and_nothing_was_loaded(studio: Studio) -> None:
    """Without a health check Traefik shows a dead server as UP for ever; with /health it would load every model."""
    before = loads(studio)
    pid = studio.by_hand("coder")
    studio.around.route_to(studio.port)
    until(lambda: asked(studio).count(HEALTH_PATH) >= 3, "Traefik checks the proxy")
    assert through(studio).status == 200
    assert through(studio).headers["x-ccdeploy-slot"] == str(studio.port)
    studio.kill(pid)
    until(lambda: status(studio, "ccproxy", studio.port) == "DOWN", "Traefik sees that it died", within_s=10)
    answer = through(studio)
    assert (answer.status, answer.body.strip()) == (503, b"no available server")
    assert set(asked(studio)) == {HEALTH_PATH}
    assert loads(studio) == before


def test_while_two_slots_serve_the_old_one_takes_what_the_new_one_does_not(studio: Studio) -> None:
    """The new proxy may die in the very moment of the switch."""
    studio.by_hand("coder")
    studio.around.route_to(studio.port)
    text = dynamic_config(studio.spare, studio.port)
    with studio.around.dynamic(text, f"ccproxy-{studio.spare}"):
        to, fallback = (Slot(port, f"http://127.0.0.1:{port}") for port in (studio.spare, studio.port))
        assert shows(seen(studio), "ccproxy", to, fallback)
        assert not shows(seen(studio), "ccproxy", to, None)
        until(lambda: status(studio, f"ccproxy-{studio.spare}", studio.spare) == "DOWN", "nobody is there")
        assert through(studio).status == 200
    assert shows(seen(studio), "ccproxy", fallback, None)
