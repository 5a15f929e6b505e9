"""Which promises a host can keep, and what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccdeploy.findings import Finding, error, note, warning
from ccdeploy.operations.candidate import from_files
from ccdeploy.operations.doctor import promises
from ccdeploy.operations.doctor.seen import Seen
from ccdeploy.results import HistoryEntry, HostPromise
from tests.operations.doctor.words import facts
from tests.support.studio import config_text


def judged(seen: Seen, *found: Finding, config: str = "") -> list[HostPromise]:
    """Judge a host on which this config serves."""
    now = from_files({"config.yaml": (config or config_text("coder")).encode()}, "config.yaml", {})
    return list(promises.judge(replace(seen, now=now), found))


def test_a_host_in_order_keeps_one_promise_and_most_of_two(plain_seen: Seen) -> None:
    """A gap of a restart, and no start after a boot, are what a host has that nobody has set up for more."""
    lost, loaded, stranded = judged(plain_seen)
    assert [p.holds for p in (lost, loaded, stranded)] == ["partly", "yes", "partly"]
    assert loaded.missing == ()
    assert any("blue-green" in text for text in lost.missing)
    assert any("after a reboot" in text for text in stranded.missing)


def test_blue_green_keeps_the_first_promise_while_traefik_can_be_switched(plain_seen: Seen) -> None:
    """Whoever has set it up wants to know whether it holds."""
    seen = replace(plain_seen, host=plain_seen.host.model_copy(update={"strategy": "blue-green"}))
    assert judged(seen)[0].holds == "yes"
    broken = judged(seen, error("dynamic-foreign", "studio", "a file of another hand", "move it"))[0]
    assert (broken.holds, broken.because) == ("no", "Traefik's file is another's")


def test_the_gap_that_was_measured_is_told(plain_seen: Seen) -> None:
    """It says more than `one boot`."""
    entry = HistoryEntry("2026-01-31T12:00:00Z", "deploy", "deployed", "r1", None, "tdd", "ada", 20.0, 6475)
    (lost, *_) = judged(facts(plain_seen, history=(entry,)))
    assert "6.5 s the last time" in lost.because


def test_a_config_that_calls_models_breaks_the_second_promise(plain_seen: Seen) -> None:
    """Whatever else is in order: LiteLLM does it by itself."""
    text = config_text("coder").replace("health_check_skip", "background_health_checks: true\n  health_check_skip")
    text = text.replace("{disable_background_health_check: true}", "{}")
    assert judged(plain_seen, config=text)[1].holds == "no"


def test_a_health_that_anybody_may_ask_dents_it(plain_seen: Seen) -> None:
    """A deploy loads none; a stranger with the key can."""
    text = config_text("coder").replace("health_check_skip_disabled_background_models: true", "")
    assert judged(plain_seen, config=text)[1].holds == "partly"


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (error("traefik-health", "studio", "x"), ["partly", "no", "partly"]),
        (error("traefik-mirroring", "studio", "x"), ["partly", "no", "partly"]),
        (note("traefik-unseen", "studio", "x"), ["partly", "partly", "partly"]),
        (error("kill-user-processes", "studio", "x"), ["no", "yes", "no"]),
        (error("supervisor", "studio", "x"), ["no", "yes", "no"]),
        (warning("supervisor", "studio", "x"), ["partly", "yes", "partly"]),
        (error("forwarding", "studio", "x"), ["partly", "yes", "no"]),
        (error("disk-full", "studio", "x"), ["partly", "yes", "no"]),
        (error("stopped", "studio", "x"), ["partly", "yes", "no"]),
        (note("stopped", "studio", "x"), ["partly", "yes", "partly"]),
        (error("env-unset", "studio", "x"), ["partly", "yes", "no"]),
        (error("route-dns", "studio", "x"), ["no", "yes", "partly"]),
        (warning("clock", "studio", "x"), ["partly", "yes", "partly"]),
    ],
)
def test_what_a_finding_does_to_the_promises(plain_seen: Seen, finding: Finding, expected: list[str]) -> None:
    """An error breaks those that it speaks against, and no other; what is missing names it."""
    found = judged(plain_seen, finding)
    assert [promise.holds for promise in found] == expected
    told = [any(finding.code in text for text in promise.missing) for promise in found]
    assert any(told) == (finding.code != "clock")
