"""Diff: what a deploy would change, in meaning and in the files, with every secret masked."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ccdeploy.findings import errors_in
from ccdeploy.litellm.masking import masked_config
from ccdeploy.operations import verify
from ccdeploy.operations.meaning import changes_between
from ccdeploy.release.bundle import MAIN
from ccdeploy.remote.facts import gather
from ccdeploy.results import Diff
from ccdeploy.secret import confidential, mask

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.operations.work import Work
    from ccdeploy.release.bundle import Bundle
    from ccdeploy.remote.facts import Facts


def diff(work: Work, bundle: Bundle, config: Config, *, is_text: bool = False) -> Diff:
    """Compare a local config with what the host has as current (or its hand-made config.yaml).

    A config that cannot be read has no meaning to compare: then only the texts are.
    """
    facts = gather(work.transport, work.host)
    held: Mapping[str, bytes] = facts.current_files or ({MAIN: facts.config_text} if facts.config_text else {})
    name = f"releases/{facts.current}" if facts.current else work.host.name
    lines = [line for path in sorted({*held, *bundle.files}) for line in _unified(path, held, bundle.files, name)]
    secrets = confidential(facts.env.values)
    old = verify.serving_whole(work, facts).config
    found = () if errors_in(config.findings) else changes_between(facts, old, config)
    return Diff(
        work.host.name,
        facts.current,
        bundle.config,
        tuple(mask(line, secrets) for line in lines),
        found,
        (*_notes(facts, has_been=bool(held), is_known=old is not None), *_of_phases(facts, bundle)),
        is_text,
        phase=bundle.phase,
    )


def _notes(facts: Facts, *, has_been: bool, is_known: bool) -> Iterator[str]:
    if has_been and not is_known:
        yield "what the host has cannot be read as a config: everything is shown as new"
    if facts.drifted_files:
        yield "compared with files that were edited on the host, which is not what serves"


def _of_phases(facts: Facts, bundle: Bundle) -> Iterator[str]:
    """Yield that the two are not of the same phase: most of what differs comes of it."""
    current = facts.current_release
    if current is not None and current.phase not in (None, bundle.phase) and current.config == bundle.config:
        same = f"; --phase {current.phase} compares the same" if bundle.phase is None else ""
        yield f"what the host has is phase {current.phase} of it{same}"


def _unified(path: str, old: Mapping[str, bytes], new: Mapping[str, bytes], name: str) -> Iterator[str]:
    before = masked_config(old.get(path, b"")).splitlines()
    after = masked_config(new.get(path, b"")).splitlines()
    if before == after and old.get(path) != new.get(path):
        yield f"{path}: only masked values differ"
    yield from difflib.unified_diff(before, after, f"{name}/{path}", path, lineterm="")
