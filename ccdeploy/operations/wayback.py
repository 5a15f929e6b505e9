"""The way back after a run: to the release that served before, unless another was deployed meanwhile.

It is gone over a new connection when the old one was lost, and for as long as the host may come back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ccdeploy.errors import CcdeployError, ConnectFailed, Locked, LockLost
from ccdeploy.events import Steps
from ccdeploy.findings import errors_in
from ccdeploy.operations import applied
from ccdeploy.operations.adopt import adopt
from ccdeploy.operations.leftovers import end_leftovers
from ccdeploy.operations.rollback import change_to, chosen, leave_current, refuse_unfit
from ccdeploy.operations.standing import refreshed
from ccdeploy.remote.facts import gather
from ccdeploy.units import human_seconds

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts
    from ccdeploy.results import Attempt

TRIED_FOR_S = 120.0  # a Wi-Fi or a VPN that comes back; a lock of another's that lapses after 60
TRIED_EVERY_S = 2.0


class Overtaken(Exception):
    """Another release is current by now: whoever deployed it does not want it to be left again."""


@dataclass(frozen=True)
class Leaving:
    """Which release is left for which, and why."""

    release: str
    to: str
    why: str


def go_back(work: Work, leaving: Leaving) -> Attempt:
    """Bring the release that served before into service again. Raises Overtaken, and what a rollback raises.

    A host that cannot be reached, or whose lock another holds, is tried again for a while.
    """
    work = replace(work, steps=Steps(work.steps.observer, work.clock.monotonic))  # with times of its own
    deadline = work.clock.monotonic() + TRIED_FOR_S
    was_told = False
    while True:
        try:
            return _gone_back(work, leaving)
        except CcdeployError as exc:
            if isinstance(exc, LockLost) and work.keeping is not None:
                work.keeping.lock = None  # whoever took it over may have deployed: that is looked at anew
            elif not _may_pass(exc):
                raise
            if work.clock.monotonic() + TRIED_EVERY_S > deadline:
                raise
            if not was_told:
                work.warn(f"{exc.message}; going back is tried again for {human_seconds(TRIED_FOR_S)}")
                was_told = True
        work.clock.sleep(TRIED_EVERY_S)


def _may_pass(exc: CcdeployError) -> bool:
    """Whether it was the network, before or in the middle of it, or a lock that may be given back."""
    return isinstance(exc, ConnectFailed | Locked) or isinstance(exc.__cause__, ConnectFailed)


def _gone_back(work: Work, leaving: Leaving) -> Attempt:
    began = work.clock.monotonic()
    facts = gather(work.transport, work.host)
    if not facts.deadmen:  # else what is current was not confirmed: an earlier try, which is gone back from first
        _demand_ours(work, facts.current, leaving)
    with work.lock(facts.root, f"go back to release {leaving.to}").held() as lock:
        facts = refreshed(work, facts, lock)
        _demand_ours(work, facts.current, leaving)
        facts = end_leftovers(work, facts, lock)
        facts = adopt(work, facts, lock)
        work = _by_a_way_that_is_open(work, facts)
        release = chosen(work, facts, leaving.to)
        refuse_unfit(work, facts, release)
        change = change_to(work, facts, lock, release, "run")
        change.began, change.why = began, leaving.why
        return leave_current(change, f"it served for a run: {leaving.why}")


def _by_a_way_that_is_open(work: Work, facts: Facts) -> Work:
    """Return the same work, with a gap where Traefik cannot be switched: the way back is not given up for it."""
    if not errors_in(list(applied.judge_switch(work, facts))):
        return work
    work.warn("Traefik does not show that it goes by its file, so going back has a gap")
    return replace(work, host=work.host.model_copy(update={"strategy": "restart"}))


def _demand_ours(work: Work, current: str | None, leaving: Leaving) -> None:
    if current != leaving.release:
        raise Overtaken(
            f"{work.host.name}: another deployed meanwhile: release {current} serves, and is left as it is; "
            f"release {leaving.to} served before the run"
        )
