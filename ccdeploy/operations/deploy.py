"""Deploy: lock, stage, shadow boot, verify, switch, verify, record. Or find that there is nothing to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.events import Found
from ccdeploy.findings import Finding, allow, errors_in
from ccdeploy.litellm.quiet import without_background_checks
from ccdeploy.operations import applied, meaning, planned, public, remains, switch, verify
from ccdeploy.operations.adopt import adopt
from ccdeploy.operations.candidate import Candidate, candidate
from ccdeploy.operations.change import Change
from ccdeploy.operations.forecast import judge_memory
from ccdeploy.operations.leftovers import are_left, end_leftovers
from ccdeploy.operations.nothing import nothing_to_do
from ccdeploy.operations.preflight import judge_deploy
from ccdeploy.operations.removal import judge_removal
from ccdeploy.operations.standing import ask, expected_gap, held_by, previous_of, refreshed
from ccdeploy.operations.work import Attempted, Begin, at_once
from ccdeploy.release.bundle import Bundle
from ccdeploy.release.manifest import Executable, created
from ccdeploy.remote import process, releases
from ccdeploy.remote.facts import Facts
from ccdeploy.results import Attempt, ConfigChange
from ccdeploy.results.narrowed import config_called
from ccdeploy.shell import releases as lines

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.operations.plan import Basis
    from ccdeploy.operations.work import Work
    from ccdeploy.verify.ollama import Before


@dataclass(frozen=True)
class Wish:
    """What is to be deployed, how much of it is to be asked beforehand, and what is to be done before it begins."""

    bundle: Bundle
    config: Config
    findings: tuple[Finding, ...] = ()
    allowed: tuple[str, ...] = ()
    is_rehearsal: bool = False
    is_forced: bool = False
    wait_s: float = 0.0
    quiet_s: float = 0.0
    begin: Begin = at_once
    is_passing: bool = False  # it serves for as long as a command runs
    basis: Basis | None = None  # what is known of its models and their memory
    verb: str = "deploy"
    why: str = ""  # what it is deployed for, in its line of history


def deploy(work: Work, wish: Wish) -> Attempt:
    """Bring a config into service, or find that it is. Raises Refused, Locked, DeployFailed, Stranded, Interrupted."""
    began = work.clock.monotonic()
    facts = ask(work)
    target = candidate(wish.config, facts.env.values)
    findings = judged(work, facts, wish)
    before = verify.baseline(work, facts, target)
    may_be_done = not wish.is_forced and (wish.is_rehearsal or not are_left(facts))
    if may_be_done and (done := _nothing_to_do(work, facts, target, wish.bundle, before)):
        return replace(done, notes=(*done.notes, *planned.first(work, facts)))
    if wish.is_rehearsal:
        return _rehearsed(work, facts, wish, findings)
    # A hook may have written a new env_file, or taken minutes; whoever has the lock is changing the host.
    are_old = wish.begin(facts.current, _changes(work, facts, wish)) or remains.is_under_way(facts)
    attempted = Attempted(wish.verb, wish.bundle.config, wish.bundle.phase)
    with work.lock(facts.root, f"{wish.verb} {_called(wish.bundle)}", attempt=attempted).held(wish.wait_s) as lock:
        fresh = refreshed(work, facts, lock, are_old=are_old)
        is_new = fresh is not facts
        if is_new:  # somebody was at work here meanwhile: everything is judged anew
            facts, target = fresh, candidate(wish.config, fresh.env.values)
            findings, before = judged(work, facts, wish, findings), verify.baseline(work, facts, target)
        is_new = is_new or are_left(facts)
        facts = end_leftovers(work, facts, lock)
        if is_new and not wish.is_forced and (done := _nothing_to_do(work, facts, target, wish.bundle, before)):
            return done
        facts = adopt(work, facts, lock)
        new_id, digests = facts.new_id(wish.bundle.digest), wish.bundle.digests
        release = created(new_id, wish.bundle.config, digests, work.by, facts.now, _inherited(facts))
        release = replace(release, phase=wish.bundle.phase)
        previous = previous_of(work, facts, lock)
        change = Change(wish.verb, work, facts, lock, release, target, previous, before, findings)
        change.began, change.why, change.quiet_s = began, wish.why, wish.quiet_s
        change.changes = meaning.told(work, facts, verify.serving(facts).config, wish.config)
        with work.steps.step("stage", "stage the release") as told:
            # With blue-green it is the new slot itself, which is to serve with the very same bytes.
            is_quiet = wish.config.calls_models_at_boot and work.host.strategy == "restart"
            quiet = without_background_checks(wish.config) if is_quiet else None
            releases.upload(lock, wish.bundle, release, quiet)
            if quiet is not None:
                change.shadow_config = lines.SHADOW
                work.say("the shadow boots from a copy with background_health_checks off, so that it calls no model")
            told.detail = release.release
        switch.into_service(change, lines.commit_incoming(release.release), "deployed")
        return change.attempt("deployed")


def judged(work: Work, facts: Facts, wish: Wish, told: Sequence[Finding] = ()) -> tuple[Finding, ...]:
    """Return the findings on config and host; shows those not `told` yet. Raises Refused with an error among them."""
    previous = verify.serving_whole(work, facts).config
    findings = [*wish.findings, *judge_deploy(facts, work.host, wish.config, previous)]
    findings += [*verify.adoptable(work, facts), *judge_removal(work, facts, wish.config, is_passing=wish.is_passing)]
    findings += [*public.judge_route(work, facts), *applied.judge_switch(work, facts)]
    findings += judge_memory(work, facts, wish.config, wish.basis) if wish.basis else []
    findings = allow(findings, wish.allowed)
    if errors_in(findings):
        raise Refused(f"{work.host.name}: refused, nothing was touched", findings=findings)
    for finding in findings:
        if finding not in told:
            work.emit(Found(finding))
    return tuple(findings)


def _nothing_to_do(work: Work, facts: Facts, target: Candidate, bundle: Bundle, before: Before) -> Attempt | None:
    wanted = process.digests(work.host, facts, bundle.digest, facts.litellm)
    return nothing_to_do(work, facts, target, wanted, before)


def _inherited(facts: Facts) -> Executable | None:
    """Return the LiteLLM that an upgrade gave the current release, unless the settings name another since."""
    own = facts.current_release.litellm if facts.current_release else None
    return own if own is not None and own.setting == facts.litellms.setting else None


def _changes(work: Work, facts: Facts, wish: Wish) -> tuple[ConfigChange, ...]:
    return meaning.changes_between(facts, verify.serving_whole(work, facts).config, wish.config)


def _rehearsed(work: Work, facts: Facts, wish: Wish, findings: Sequence[Finding]) -> Attempt:
    steps = [
        *planned.first(work, facts),
        *(
            ["adopt the hand-made config.yaml as the first release"]
            if facts.current is None and facts.config_text
            else []
        ),
        f"stage {_called(wish.bundle)} as a release: {', '.join(wish.bundle.files)}",
        *planned.into_service(work, facts, wish.quiet_s),
        "record it, and forget releases that retention lets go",
    ]
    gap = expected_gap(facts, work.host)
    return Attempt(
        "deploy",
        work.host.name,
        "rehearsed",
        previous=facts.current,
        config=wish.bundle.config,
        expected_gap=gap,
        findings=tuple(findings),
        planned=tuple(steps),
        phases=dict(work.steps.seconds),
        notes=held_by(facts),
        changes=_changes(work, facts, wish),
        phase=wish.bundle.phase,
    )


def _called(bundle: Bundle) -> str:
    return config_called(bundle.config, bundle.phase)
