"""Nothing to do: what is wanted serves already, which is proved before it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.operations import verify
from ccdeploy.results import Attempt

if TYPE_CHECKING:
    from ccdeploy.operations.candidate import Candidate
    from ccdeploy.operations.work import Work
    from ccdeploy.release.process import Digests
    from ccdeploy.remote.facts import Facts
    from ccdeploy.verify.ollama import Before


def nothing_to_do(work: Work, facts: Facts, target: Candidate, wanted: Digests, before: Before) -> Attempt | None:
    """Return the attempt that does nothing: health, and four equal digests, wanted and running."""
    running = facts.running
    if running is None or running.digests != wanted or running.release != facts.current or facts.drifted_files:
        return None
    if facts.config_kind != "link" or facts.current_release is None or not facts.current_release.is_good:
        return None
    with work.steps.step("verify", "verify what serves") as told:
        found = verify.checked(work, target, running.port, verify.listener_of(work, facts), before)
        told.detail = verify.summary(found)
    if not found.proxy_is_well:
        return None
    return Attempt(
        "deploy",
        work.host.name,
        "nothing-to-do",
        release=facts.current,
        config=facts.current_release.config,
        litellm_version=facts.litellm.version,
        seconds=round(sum(work.steps.seconds.values()), 3),
        downtime_ms=0,
        phases=dict(work.steps.seconds),
        verification=found,
        phase=facts.current_release.phase,
    )
