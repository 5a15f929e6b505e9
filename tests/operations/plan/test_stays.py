"""Who is loaded when, in the hour that a plan simulates."""

from __future__ import annotations

from ccdeploy.operations.plan.phase import Traffic, planned_phase
from ccdeploy.operations.plan.working_set import WorkingSet
from tests.ollama.planning.incident import CODER, FAST, QUALITY, asked, metal


def test_thrash_fills_the_hour_with_stays() -> None:
    """Each load of the hour is one of them: a picture of them shows as many as the text says."""
    working = WorkingSet(asked((FAST, 32_768), (CODER, 32_768), (QUALITY, 131_072)))
    planned = planned_phase(1, working, metal(30), Traffic(30.0, 2.2e9))
    assert (planned.simulated_s, len(planned.stays)) == (3600.0, planned.loads_per_hour)
    assert max(stay.until_s for stay in planned.stays) == 3600.0
    assert all(stay.from_s + stay.loading_s <= stay.until_s for stay in planned.stays)


def test_only_whole_rounds_are_simulated_and_the_plan_says_how_long_that_is() -> None:
    """Rounds of 25 min make 50: what is loaded then stays for longer, but nobody has looked."""
    planned = planned_phase(1, WorkingSet(asked((FAST, 8192))), metal(30), Traffic(1500.0, 2.2e9))
    assert planned.simulated_s == 3000.0
    assert max(stay.until_s for stay in planned.stays) <= 3000.0
