"""Restart: the current release again, with the env_file and the LiteLLM that the host has now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.operations import quiet, switch
from ccdeploy.operations.adopt import adopt
from ccdeploy.operations.rollback import change_to, into_service, refuse_unfit
from ccdeploy.operations.standing import ask, end_leftovers, held_by, refreshed, serving_process
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
        boot = f"boot release {release.release} as a shadow, if something serves"
        planned = (boot, *quiet.planned(work, facts, quiet_s), "stop and start it", "verify it")
        notes = held_by(facts)
        return Attempt("restart", work.host.name, "rehearsed", release=release.release, planned=planned, notes=notes)
    with work.lock(facts.root, "restart").held(wait_s) as lock:
        facts = adopt(work, refreshed(work, facts, lock), lock)
        release = _current(work, facts)  # again: somebody may have been at work here meanwhile
        refuse_unfit(work, facts, release)
        end_leftovers(work, facts, lock)
        change = change_to(work, facts, lock, release, "restart")
        change.began, change.quiet_s = began, quiet_s
        if serving_process(work, facts) is None:
            switch.replace(change, "restarted")
        else:
            into_service(change, "restarted")
        return change.attempt("restarted")


def _current(work: Work, facts: Facts) -> Manifest:
    if facts.current_release is None:
        raise Refused(
            f"{work.host.name}: there is no release to restart",
            hint=f"`ccdeploy deploy --host {work.host.name}` makes the first one",
        )
    return facts.current_release
