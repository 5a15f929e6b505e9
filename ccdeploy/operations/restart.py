"""Restart: the current release again, with the env_file and the LiteLLM that the host has now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.operations import planned, switch
from ccdeploy.operations.adopt import adopt
from ccdeploy.operations.leftovers import end_leftovers
from ccdeploy.operations.rollback import change_to, into_service, refuse_unfit
from ccdeploy.operations.standing import ask, expected_gap, held_by, refreshed, serving_process
from ccdeploy.operations.work import Attempted
from ccdeploy.results import Attempt

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.release.manifest import Manifest
    from ccdeploy.remote.facts import Facts


def restart(work: Work, *, is_rehearsal: bool = False, wait_s: float = 0.0, quiet_s: float = 0.0) -> Attempt:
    """Start the current release again. While something serves, a shadow proves first that it would boot.

    Raises Refused when there is no release, and what a deploy raises.
    """
    began = work.clock.monotonic()
    facts = ask(work)
    release = _current(work, facts)
    refuse_unfit(work, facts, release)
    if is_rehearsal:
        return _rehearsed(work, facts, release, quiet_s)
    attempted = Attempted("restart", release.config, release.phase)
    with work.lock(facts.root, "restart", attempt=attempted).held(wait_s) as lock:
        facts = end_leftovers(work, refreshed(work, facts, lock), lock)
        facts = adopt(work, facts, lock)
        release = _current(work, facts)  # again: somebody may have been at work here meanwhile
        refuse_unfit(work, facts, release)
        change = change_to(work, facts, lock, release, "restart")
        change.began, change.quiet_s = began, quiet_s
        if work.host.strategy == "restart" and serving_process(work, facts) is None:
            switch.replace(change, "restarted")
        else:
            into_service(change, "restarted")
        return change.attempt("restarted")


def _rehearsed(work: Work, facts: Facts, release: Manifest, quiet_s: float) -> Attempt:
    return Attempt(
        "restart",
        work.host.name,
        "rehearsed",
        release=release.release,
        planned=(
            *planned.first(work, facts),
            f"take release {release.release} as it is",
            *planned.into_service(work, facts, quiet_s),
        ),
        expected_gap=expected_gap(facts, work.host),
        notes=held_by(facts),
    )


def _current(work: Work, facts: Facts) -> Manifest:
    if facts.current_release is None:
        raise Refused(
            f"{work.host.name}: there is no release to restart",
            hint=f"`ccdeploy deploy --host {work.host.name}` makes the first one",
        )
    return facts.current_release
