"""A release whose background checks call models: the way back to it loads none before it serves."""

from __future__ import annotations

import pytest

from ccdeploy import app
from ccdeploy.events import Event, Noted, StepStarted, Warned
from tests.support.gateway import ask
from tests.support.studio import Studio, config_text


def calls(studio: Studio) -> int:
    """Return how many calls of a model Ollama has seen so far."""
    return int(ask(int(studio.around.ollama_url.rsplit(":", 1)[1]), "/sandbox/log").json["calls"])


def sweeping(studio: Studio) -> None:
    """Leave the host as the incident's owner did: a proxy that calls all its models at boot, and ever again."""
    text = config_text("coder", "fast", more="  background_health_checks: true\n")
    (studio.root / "config.yaml").write_text(text.replace("disable_background_health_check: true", "mode: chat"))
    before = calls(studio)
    studio.by_hand_from("config.yaml")
    assert calls(studio) > before  # else the test would prove nothing


def calls_at_steps(studio: Studio) -> dict[str, int]:
    """Note how many calls there had been when each step began."""
    noted: dict[str, int] = {}

    def note(event: Event) -> None:
        if isinstance(event, StepStarted):
            noted[event.step] = calls(studio)

    studio.at = note
    return noted


@pytest.mark.parametrize("verb", ["rollback", "restart"])
def test_the_shadow_of_a_release_that_calls_models_calls_none(studio: Studio, verb: str) -> None:
    """A shadow that sweeps would swap models while the users of the old proxy wait for theirs."""
    sweeping(studio)
    adopted = studio.deployed("coder").previous
    if verb == "restart":
        app.rollback(studio.project, None)
    studio.events.clear()
    noted = calls_at_steps(studio)
    attempt = getattr(app, verb)(studio.project, None)
    assert attempt.release == adopted
    assert noted["switch"] == noted["shadow"]
    assert any(isinstance(e, Warned) and "calls its models while it boots" in e.text for e in studio.events)
    assert "background_health_checks: true" in (studio.root / "current" / "config.yaml").read_text()


def test_a_start_without_a_shadow_speaks_of_none(studio: Studio) -> None:
    """Nothing serves, so that there is nobody to spare: to tell of a quiet copy would be untrue."""
    sweeping(studio)
    studio.deployed("coder")
    app.rollback(studio.project, None)
    studio.kill()
    studio.events.clear()
    app.restart(studio.project, None)
    told = " ".join(e.text for e in studio.events if isinstance(e, Noted | Warned))
    assert "calls its models while it boots" in told
    assert "shadow" not in told
