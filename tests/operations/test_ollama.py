"""Ollama behind the proxy: its faults are told, and are blamed on no deploy that did not cause them."""

from __future__ import annotations

from ccdeploy import app
from tests.support.cable import cable
from tests.support.free_port import free_port
from tests.support.studio import Studio


def test_an_ollama_that_was_down_before_holds_no_deploy_up(studio: Studio) -> None:
    """Its machine reboots for an hour; the config can be mended meanwhile. Verify by itself says 8."""
    studio.env(OLLAMA_API_BASE=f"http://127.0.0.1:{free_port()}")
    studio.by_hand("coder")
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert (attempt.outcome, attempt.exit_code) == ("deployed", 0)
    assert attempt.verification
    assert "known" in {c.status for c in attempt.verification.checks if c.layer == "ollama"}
    _, seen = app.verify(studio.project, None)
    assert seen.exit_code == 8


def test_an_ollama_that_goes_down_meanwhile_is_told_and_nothing_goes_back(studio: Studio) -> None:
    """Exit 8: the previous config could not reach it either."""
    with cable(int(studio.around.ollama_url.rsplit(":", 1)[1])) as ollama:
        studio.env(OLLAMA_API_BASE=f"http://127.0.0.1:{ollama.port}")
        studio.deployed("coder")
        studio.when("verify", ollama.close)
        with studio.watched() as promises:
            attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)
    assert (attempt.outcome, attempt.exit_code) == ("deployed", 8)


def test_a_deploy_and_a_verify_load_no_model(studio: Studio) -> None:
    """The incident began with somebody looking whether all was well."""
    before = studio.site.loads()
    studio.deployed("coder", "fast")
    studio.deployed("coder", "slow", config="second")
    app.verify(studio.project, None)
    app.rollback(studio.project, None)
    assert before is not None
    assert studio.site.loads() == before
