"""What another hand made becomes a release: a hand-made config.yaml, and files that drifted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.litellm.includes import include_names
from ccdeploy.release.bundle import MAIN, Bundle
from ccdeploy.release.manifest import Manifest, Performer, created
from ccdeploy.release.process import parse_run_state, run_state_fields, run_state_text
from ccdeploy.remote import releases
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.shell import releases as lines

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.lock import HeldLock


def adopt(work: Work, facts: Facts, lock: HeldLock) -> Facts:
    """Adopt what another hand made, if anything; return the facts as they are then."""
    if facts.current is None and facts.config_text is not None:
        return _hand_made(work, facts, lock, facts.config_text)
    if facts.current_release is not None and (facts.drifted_files or facts.config_kind != "link"):
        _drifted(work, facts, lock, facts.current_release)
        return gather(work.transport, work.host)
    return facts


def _hand_made(work: Work, facts: Facts, lock: HeldLock, config_text: bytes) -> Facts:
    """Make the hand-made config.yaml the first release, so that the first rollback returns to it."""
    with work.steps.step("adopt", "adopt the hand-made config.yaml") as told:
        files = {MAIN: config_text, **_includes(work, facts, config_text)}
        manifest = _manifest(work, facts, Bundle("config.yaml (made by hand)", files))
        manifest = manifest.marked("adopted", facts.now, "was there before ccdeploy")
        state = _run_state(work, facts, manifest)
        recorded = lines.write_run_state("serving", state) if state else ""
        # A file that changed since it was read is not what the manifest names: then nothing is adopted.
        checked = lines.check_files(manifest.release, manifest.files)
        whole = f"({checked}) || {{ {lines.forget([manifest.release])} exit {lines.DAMAGED}; }}\n"
        after = whole + lines.activate(manifest.release) + recorded
        releases.adopt(lock, manifest, {path: path for path in files}, after)
        told.detail = f"release {manifest.release}"
    if facts.listeners[facts.slots.active]:
        work.say("what the running litellm was started with cannot be known: it is taken to be this config.yaml")
    # What the host would answer now is known: no round trip for it.
    return replace(
        facts,
        current=manifest.release,
        config_kind="link",
        config_text=None,
        current_files=files,
        releases=(*facts.releases, manifest),
        serving=parse_run_state(state) if state else facts.serving,
        serving_process=facts.listeners[facts.slots.active].leader if state else facts.serving_process,
    )


def _drifted(work: Work, facts: Facts, lock: HeldLock, current: Manifest) -> None:
    """Keep files that were edited on the host as a release that never served, and mend the current one."""
    folder = f"releases/{current.release}"
    mended = lines.check_files(current.release, current.files) + lines.activate(current.release)
    edited, sources = _edited(work, facts, current)
    if Bundle(current.config, edited).digests == current.files:
        with work.steps.step("adopt", "put the link config.yaml back"):
            lock.run(lines.record(lock.hold, [mended], unlock=False))
        return
    with work.steps.step("adopt", "keep what was edited on the host") as told:
        manifest = _manifest(work, facts, Bundle(f"{current.config} (edited on the host)", edited))
        manifest = manifest.marked("drifted", facts.now, f"edited on the host after release {current.release}")
        # It was edited for the LiteLLM that an upgrade gave it, and as that phase.
        manifest = replace(manifest, litellm=current.litellm, phase=current.phase)
        copies = {path: f"{folder}/{path}" for path in edited} | sources
        releases.adopt(lock, manifest, copies, mended)
        told.detail = f"release {manifest.release}"
    work.warn(f"config.yaml was edited on the host: that is kept as release {manifest.release}, and was never served")


def _edited(work: Work, facts: Facts, current: Manifest) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the files as they stand now, and where config.yaml comes from when it is no longer our link."""
    files = {path: data for path, data in facts.current_files.items() if path in current.files or path == MAIN}
    if facts.config_kind in ("link", "none"):
        return files, {}
    # A file of its own, or a link to somewhere else: what people see under that name.
    replaced = releases.read(work.transport, facts.root, "", [MAIN])
    return files | replaced, ({MAIN: MAIN} if replaced else {})


def _manifest(work: Work, facts: Facts, bundle: Bundle) -> Manifest:
    by = Performer("by hand", work.host.name)  # whoever wrote it is not known, and was not we
    return created(facts.new_id(bundle.digest), bundle.config, bundle.digests, by, facts.now)


def _includes(work: Work, facts: Facts, config_text: bytes) -> dict[str, bytes]:
    names = include_names(config_text)
    return releases.read(work.transport, facts.root, "", names) if names else {}


def _run_state(work: Work, facts: Facts, manifest: Manifest) -> str:
    """Return run/serving.json of the hand-started proxy, if one runs; its digests are unknown."""
    leader = facts.listeners[facts.slots.active].leader
    if leader is None:
        return ""
    fields = run_state_fields(facts.slots.active, manifest.release, None, leader.command)
    return run_state_text(leader, fields)
