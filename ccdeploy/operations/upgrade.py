"""Upgrade: the same config with another LiteLLM, in a venv beside the old one; the same switch, the same way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ccdeploy.errors import CcdeployError, Refused, UsageFault
from ccdeploy.findings import errors_in, ordered
from ccdeploy.litellm.version import is_same
from ccdeploy.operations import applied, planned, verify
from ccdeploy.operations.adopt import adopt
from ccdeploy.operations.change import Change
from ccdeploy.operations.install import install, plan, ready_to_install, wanted
from ccdeploy.operations.leftovers import end_leftovers
from ccdeploy.operations.nothing import nothing_to_do
from ccdeploy.operations.preflight import judge_host
from ccdeploy.operations.rollback import into_service
from ccdeploy.operations.standing import ask, expected_gap, held_by, kept, previous_of, refreshed
from ccdeploy.operations.work import Attempted, Begin, at_once
from ccdeploy.release.manifest import Executable, Manifest, created
from ccdeploy.release.retention import to_prune
from ccdeploy.remote import process, releases, venv
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.results import Attempt
from ccdeploy.shell.venv import VENVS, set_aside

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.shell.python import Python

# What is wrong with the LiteLLM that serves is no reason against another one.
_OF_THE_OLD = frozenset({"no-litellm", "litellm-version", "litellm-compromised", "litellm-pin"})


@dataclass(frozen=True)
class _Wish:
    """The version, and the Python to install it with; None when the host has it already."""

    version: str
    python: Python | None


def upgrade(  # noqa: PLR0913  # one parameter an option of the verb, and when to begin
    work: Work,
    asked: str | None,
    *,
    is_rehearsal: bool = False,
    wait_s: float = 0.0,
    quiet_s: float = 0.0,
    begin: Begin = at_once,
) -> Attempt:
    """Bring the current config into service with another version of LiteLLM.

    It is installed before anything that serves is touched. Raises UsageFault, Refused, and what a deploy
    raises.
    """
    began = work.clock.monotonic()
    version = _version(work, asked)
    facts = ask(work)
    _refuse_unfit(work, facts)
    if done := _done(work, facts, version):
        return done
    wish = _Wish(version, None if facts.litellms.of_version(version) else ready_to_install(work, facts))
    if is_rehearsal:
        return _rehearsed(work, facts, wish, quiet_s)
    are_old = begin(facts.current, ())  # the same config
    with work.lock(facts.root, f"upgrade to litellm {version}", attempt=Attempted("upgrade")).held(wait_s) as lock:
        venv.clean_up(lock)
        fresh = refreshed(work, facts, lock, are_old=are_old)
        if fresh is not facts:  # somebody was at work here meanwhile: it is judged anew
            facts = fresh
            _refuse_unfit(work, facts)
            if done := _done(work, facts, version):
                return done
        facts = end_leftovers(work, facts, lock)
        facts = adopt(work, facts, lock)
        facts, litellm = _installed(work, facts, lock, wish)
        change = _change(work, facts, lock, litellm)
        change.began, change.quiet_s = began, quiet_s
        into_service(change, "upgraded")
        _forget_old_venvs(change)
        return change.attempt("upgraded")


def _version(work: Work, asked: str | None) -> str:
    """Return the version to upgrade to. Raises UsageFault without one, Refused for another than the pinned one."""
    version, pinned = wanted(asked, work.host), work.host.litellm_version
    if version is None:
        raise UsageFault("upgrade to which version? Name one, or set litellm_version in hosts.yaml")
    if pinned is not None and not is_same(version, pinned):
        raise Refused(
            f"{work.host.name}: litellm_version pins {pinned} in hosts.yaml, so {version} would be drift",
            hint="write the new version there, then run `ccdeploy upgrade` without one",
        )
    return version


def _refuse_unfit(work: Work, facts: Facts) -> None:
    found = [f for f in judge_host(facts, work.host) if f.code not in _OF_THE_OLD]
    findings = ordered([*found, *verify.adoptable(work, facts), *applied.judge_switch(work, facts)])
    if errors_in(findings):
        raise Refused(f"{work.host.name}: refused, nothing was touched", findings=findings)
    if facts.current_release is None and (facts.current is not None or facts.config_text is None):
        raise Refused(
            f"{work.host.name}: there is no release to serve with another LiteLLM",
            hint=f"`ccdeploy deploy --host {work.host.name}` makes the first one",
        )


def _done(work: Work, facts: Facts, version: str) -> Attempt | None:
    """Return the attempt that does nothing, if this version serves already."""
    current = facts.current_release
    if current is None or not is_same(facts.litellm.version, version):
        return None
    target = verify.serving(facts)
    running = process.digests(work.host, facts, current.digest, facts.litellm)
    done = nothing_to_do(work, facts, target, running, verify.baseline(work, facts, target))
    return replace(done, verb="upgrade") if done else None


def _installed(work: Work, facts: Facts, lock: HeldLock, wish: _Wish) -> tuple[Facts, Executable]:
    """Return the LiteLLM of this version, and the facts with it; it is installed unless it is there."""
    found = facts.litellms.of_version(wish.version)
    if found is None:
        python = wish.python or ready_to_install(work, facts)  # somebody removed it meanwhile
        install(work, lock, plan(work.host, facts.litellms, python, wish.version))
        facts = gather(work.transport, work.host)
        found = facts.litellms.of_version(wish.version)
    if found is None:
        raise Refused(f"{work.host.name}: litellm {wish.version} was installed and cannot be found below {VENVS}/")
    return facts, Executable(found.path, wish.version, facts.litellms.setting)


def _change(work: Work, facts: Facts, lock: HeldLock, litellm: Executable) -> Change:
    """Stage the current bundle as a release that runs with this LiteLLM; return its way into service."""
    current = facts.current_release
    if current is None:
        raise Refused(f"{work.host.name}: `current` points to {facts.current}, which has no readable release.json")
    target = kept(work, facts, lock, current)  # mended first, if its files were changed
    new_id = facts.new_id(current.digest)
    made = created(new_id, current.config, current.files, work.by, facts.now, litellm)
    release = replace(made, commit=current.commit, phase=current.phase)
    with work.steps.step("stage", "stage the release") as told:
        releases.adopt(lock, release, {path: f"releases/{current.release}/{path}" for path in release.files}, "")
        told.detail = f"{new_id}: the files of {current.release}, with litellm {litellm.version}"
    previous = previous_of(work, facts, lock)
    change = Change("upgrade", work, facts, lock, release, target, previous, verify.baseline(work, facts, target))
    change.closing.append(set_aside(_unneeded(change)))
    return change


def _unneeded(change: Change) -> list[str]:
    """Return the venvs that no release runs with to which a rollback may return, once this one serves."""
    new = change.release.marked("verified", change.facts.now)
    every: dict[str, Manifest] = {m.release: m for m in (*change.facts.releases, new)}
    gone = to_prune(list(every.values()), new.release)
    needed = [m for m in every.values() if m.is_good and m.release not in gone]
    served = change.facts.serving_process  # it may be ending its streams yet
    return change.facts.litellms.unneeded(needed, [served.command] if served else [])


def _forget_old_venvs(change: Change) -> None:
    """Remove the venvs that were set aside. The release serves, verified and recorded: a failure can only be told."""
    if not _unneeded(change):
        return
    work = change.work
    try:
        with work.steps.step("old-venvs", "remove venvs that no release runs with any more") as told:
            venv.sweep(work.transport, change.facts.root)
            told.detail = ", ".join(_unneeded(change))
    except CcdeployError as exc:
        change.tell(f"old venvs could not be removed, and the next upgrade tries again: {exc.message}")


def _rehearsed(work: Work, facts: Facts, wish: _Wish, quiet_s: float) -> Attempt:
    found = facts.litellms.of_version(wish.version)
    where = found.path if found else f"{facts.litellms.new_folder(wish.version)}/bin/litellm"
    steps = (
        *planned.first(work, facts),
        *([] if found else [f"install litellm {wish.version}: {where}"]),
        f"stage the files of {facts.current or 'config.yaml'} as a release that runs with {where}",
        *planned.into_service(work, facts, quiet_s),
        "record it, and remove venvs that no release runs with any more",
    )
    return Attempt(
        "upgrade",
        work.host.name,
        "rehearsed",
        previous=facts.current,
        config=facts.current_release.config if facts.current_release else None,
        phase=facts.current_release.phase if facts.current_release else None,
        litellm_version=wish.version,
        expected_gap=expected_gap(facts, work.host),
        planned=steps,
        phases=dict(work.steps.seconds),
        notes=held_by(facts),
    )
