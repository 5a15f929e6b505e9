"""Rollback by hand: to the last good release, or to a named one; verified like a deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.errors import NothingToRollBackTo, Refused, UsageFault
from ccdeploy.findings import errors_in, ordered
from ccdeploy.operations import applied, meaning, planned, public, switch, verify
from ccdeploy.operations.adopt import adopt
from ccdeploy.operations.candidate import from_files
from ccdeploy.operations.change import Change
from ccdeploy.operations.leftovers import end_leftovers
from ccdeploy.operations.preflight import judge_host
from ccdeploy.operations.standing import ask, expected_gap, held_by, kept, previous_of, refreshed
from ccdeploy.operations.work import Attempted
from ccdeploy.release.retention import last_good
from ccdeploy.remote import releases
from ccdeploy.results import Attempt
from ccdeploy.shell import releases as lines

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.release.manifest import Manifest
    from ccdeploy.remote.facts import Facts
    from ccdeploy.remote.lock import HeldLock


def rollback(
    work: Work, to: str | None, *, is_rehearsal: bool = False, wait_s: float = 0.0, quiet_s: float = 0.0
) -> Attempt:
    """Bring an earlier release into service again, and mark the one that it replaces as bad.

    What serves well is left serving until the earlier release is verified as a shadow; what does
    not is replaced at once. Raises NothingToRollBackTo, and what a deploy raises.
    """
    began = work.clock.monotonic()
    facts = ask(work)
    release = chosen(work, facts, to)
    refuse_unfit(work, facts, release)
    if is_rehearsal:
        return _rehearsed(work, facts, release, quiet_s)
    attempted = Attempted("rollback", release.config, release.phase)
    with work.lock(facts.root, f"rollback to {release.release}", attempt=attempted).held(wait_s) as lock:
        facts = end_leftovers(work, refreshed(work, facts, lock), lock)
        facts = adopt(work, facts, lock)
        release = chosen(work, facts, to)  # again: somebody may have been at work here meanwhile
        refuse_unfit(work, facts, release)
        change = change_to(work, facts, lock, release, "rollback")
        change.began, change.quiet_s = began, quiet_s
        return leave_current(change, f"rolled back from by {work.by.who}")


def leave_current(change: Change, reason: str) -> Attempt:
    """Bring the change's release into service in the place of the current one, which is marked as bad for `reason`."""
    work, facts = change.work, change.facts
    change.changes = meaning.told(work, facts, verify.serving(facts).config, change.target.config)
    current = facts.current_release
    if current is not None and current.release != change.release.release:
        abandoned = current.marked("bad", facts.now, reason)
        change.closing.append(lines.write_manifest(abandoned.release, abandoned.to_json()))
        change.also_marked.append(abandoned)
    if work.host.strategy == "blue-green" or _serves_well(work, change, facts):
        into_service(change, "rolled-back")
    else:
        switch.replace(change, "rolled-back")
    return change.attempt("rolled-back")


def chosen(work: Work, facts: Facts, to: str | None) -> Manifest:
    """Return the release to go back to. Raises NothingToRollBackTo, or UsageFault for a name that is none."""
    if to is None:
        good = last_good(facts.releases, facts.current)
        if good is None:
            raise NothingToRollBackTo(
                f"{work.host.name}: there is no earlier release that was verified",
                hint="`ccdeploy history` lists the releases; `--to RELEASE` takes any of them",
            )
        return good
    named = [r for r in facts.releases if r.release == to or r.release.endswith(f"-{to}")]
    if len(named) != 1:
        known = ", ".join(r.release for r in facts.releases) or "none"
        raise UsageFault(f"{work.host.name} has no release '{to}'", hint=f"it has: {known}")
    return named[0]


def refuse_unfit(work: Work, facts: Facts, release: Manifest) -> None:
    """Raise Refused when this host cannot run a proxy of this release."""
    judged = [*judge_host(facts, work.host, release), *verify.adoptable(work, facts), *public.judge_route(work, facts)]
    findings = ordered([*judged, *applied.judge_switch(work, facts)])
    if errors_in(findings):
        raise Refused(f"{work.host.name}: refused, nothing was touched", findings=findings)


def change_to(work: Work, facts: Facts, lock: HeldLock, release: Manifest, verb: str) -> Change:
    """Return the change that brings a release of the host into service again."""
    target = kept(work, facts, lock, release)
    before = verify.baseline(work, facts, target)
    change = Change(verb, work, facts, lock, release, target, previous_of(work, facts, lock), before, is_new=False)
    if target.config is not None and target.config.calls_models_at_boot:
        work.warn(f"release {release.release} calls its models while it boots: background_health_checks is on")
    return change


def into_service(change: Change, outcome: str) -> None:
    """Bring a release of the host into service again, after a shadow that calls no model; raises as in switch."""
    release, config = change.release, change.target.config
    if config is not None and config.calls_models_at_boot and change.work.host.strategy == "restart":
        change.boot_shadow_quietly(config)
    switch.into_service(change, lines.check_files(release.release, release.files), outcome)


def _serves_well(work: Work, change: Change, facts: Facts) -> bool:
    if not change.serving_before or change.previous is None:
        return False
    with work.steps.step("verify-current", "look whether the current release serves") as told:
        listener = verify.listener_of(work, facts)
        port = verify.port_of(work, facts)
        now = verify.checked(
            work, change.previous.candidate, port, listener, change.before, with_route=False, is_told=False
        )
        told.detail = "it does" if now.proxy_is_well else f"it does not: {verify.summary(now)}"
    return now.proxy_is_well


def _rehearsed(work: Work, facts: Facts, release: Manifest, quiet_s: float) -> Attempt:
    folder = f"releases/{release.release}"
    files = releases.read(work.transport, facts.root, folder)
    then = from_files(files, f"{folder}/config.yaml", facts.env.values).config
    steps = (
        *planned.first(work, facts),
        f"take release {release.release}",
        *planned.into_service(work, facts, quiet_s),
        *([f"mark release {facts.current} as bad"] if facts.current and facts.current != release.release else []),
    )
    return Attempt(
        "rollback",
        work.host.name,
        "rehearsed",
        release=release.release,
        previous=facts.current,
        config=release.config,
        planned=steps,
        expected_gap=expected_gap(facts, work.host),
        phases=dict(work.steps.seconds),
        notes=held_by(facts),
        changes=meaning.changes_between(facts, verify.serving(facts).config, then) if then else (),
        phase=release.phase,
    )
