"""`verify --deep`: every name is asked once, what that loads is announced first, and counted."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from ccdeploy import app
from ccdeploy.events import Checked, Noted
from ccdeploy.results import Verification
from tests.support.studio import Studio, config_text

HEAD = """\
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
  health_check_skip_disabled_background_models: true
router_settings:
  model_group_alias: {quick: {model: fast, hidden: true}}
  fallbacks: [{fast: [small]}]
model_list:
"""
ENTRY = """\
  - model_name: {name}
    litellm_params: {{model: {model}, api_base: {base}}}
    model_info: {{phases: {phases}, disable_background_health_check: true}}
"""
OLLAMA = "os.environ/OLLAMA_API_BASE"


def entry(name: str, model: str, phase: int = 1, base: str = OLLAMA) -> str:
    """Return one entry of model_list."""
    return ENTRY.format(name=name, model=model, phases=[phase], base=base)


def deployed(studio: Studio, *entries: str) -> None:
    """Let the studio serve a config with these entries, by an Ollama whose memory is known."""
    studio.entry["ollama"]["memory"] = "32GB"
    studio.settle()
    (studio.folder / "configs" / "litellm" / "phases.yaml").write_text(HEAD + "".join(entries))
    assert studio.deploy("phases", allow=("removal",)).exit_code == 0
    studio.events.clear()


def deep(studio: Studio, timeout_s: float | None = None) -> Verification:
    """Return what came of it."""
    return app.verify(studio.project, None, deep=True, timeout_s=timeout_s)[1]


def said(studio: Studio) -> list[str]:
    """Return what was announced, before the first answer."""
    answers = [isinstance(event, Checked) and event.name.startswith("answer") for event in studio.events]
    before = studio.events[: answers.index(True)]
    return [event.text for event in before if isinstance(event, Noted)]


def status_of(seen: Verification, name: str) -> tuple[str, str]:
    """Return what became of one check."""
    return next((check.status, check.detail) for check in seen.checks if check.name == name)


@contextmanager
def silence() -> Iterator[str]:
    """Listen and never answer; the value is its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as sock:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"


def test_every_name_is_asked_once_and_its_loads_are_announced_and_counted(studio: Studio) -> None:
    """What it costs is known before it is spent, and it costs no more."""
    deployed(
        studio,
        entry("large", "ollama_chat/qwen-quality-128k", 2),
        entry("small", "ollama_chat/tiny", 3),
        entry("coder", "ollama_chat/qwen2.5-coder:32b-instruct", 2),
        entry("fast", "ollama_chat/qwen-fast"),
        entry('"any/*"', '"ollama_chat/*"'),
    )
    deep(studio)
    first = studio.site.loads()
    studio.events.clear()
    seen = deep(studio)
    second = studio.site.loads()
    assert first is not None
    assert second is not None
    assert seen.deep is not None
    assert seen.exit_code == 0
    assert (seen.deep.announced_loads, seen.deep.counted_loads, seen.model_loads) == (second - first,) * 3
    assert [(one.phase, one.name) for one in seen.deep.asked][:2] == [(1, "fast"), (1, "quick")]
    assert all(one.is_answered and not one.is_away for one in seen.deep.asked)
    assert [one.announced for one in seen.deep.asked] == [bool(one.loads) for one in seen.deep.asked]
    assert status_of(seen, "answer of any/*")[0] == "skipped"
    assert said(studio)[0].startswith("asks 5 names for a small answer each: phase 1: fast, quick; phase 2: ")


def test_a_name_that_its_own_model_does_not_answer_ends_with_8(studio: Studio) -> None:
    """A fallback hides a broken alias from everybody but its users, who wonder why the answers are poor."""
    closed = f"http://127.0.0.1:{studio.spare}"
    deployed(studio, entry("fast", "openai/gpt", base=closed), entry("small", "ollama_chat/tiny", 2))
    seen = deep(studio)
    status, detail = status_of(seen, "answer of fast")
    assert (seen.exit_code, status, status_of(seen, "answer of small")[0]) == (8, "failed", "ok")
    assert detail.startswith("answered 500: litellm.APIConnectionError")
    assert "Received Model Group" not in detail
    assert seen.deep is not None
    assert [(one.name, one.loads) for one in seen.deep.asked if not one.is_answered] == [("fast", ()), ("quick", ())]

    studio.misbehave({"always_falls_back": True})
    assert app.restart(studio.project, None).exit_code == 0
    assert status_of(deep(studio), "answer of fast") == (
        "failed",
        "its own model did not answer; 'small' did, the fallback after 1 of them",
    )


def test_what_leaves_the_host_is_said_and_is_not_waited_for_for_ever(studio: Studio) -> None:
    """It may cost money, and it may hang."""
    with silence() as url:
        deployed(
            studio,
            entry("small", "ollama_chat/tiny"),
            entry("fast", "ollama_chat/qwen-fast"),
            entry("away", "openai/gpt", 2, url),
        )
        seen = deep(studio, 0.3)
        assert any("may cost money" in text and "away (openai/gpt)" in text for text in said(studio))
        assert status_of(seen, "answer of away") == ("failed", "no answer within 300 ms; --timeout waits longer")
        assert seen.deep is not None
        assert [one.name for one in seen.deep.asked if one.is_away] == ["away"]

        process = studio.start("ccdeploy verify --deep")
        assert process.stderr is not None
        for line in process.stderr:
            if "answer of small" in line:
                break
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        assert process.wait() == 130


def test_a_proxy_that_is_not_well_is_not_asked(studio: Studio) -> None:
    """A load that proves nothing is a load too many."""
    (studio.root / "config.yaml").write_text(config_text("coder"))
    seen = deep(studio)
    assert status_of(seen, "answers") == ("skipped", "not asked: the proxy itself is not well")
    assert (seen.exit_code, seen.deep, seen.model_loads) == (8, None, 0)
