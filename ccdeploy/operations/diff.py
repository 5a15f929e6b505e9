"""Diff: what a deploy would change in the files, with every secret masked."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ccdeploy.litellm.masking import masked_config
from ccdeploy.release.bundle import MAIN
from ccdeploy.remote.facts import gather
from ccdeploy.results import Diff

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.release.bundle import Bundle


def diff(work: Work, bundle: Bundle) -> Diff:
    """Compare a local config with what the host has as current (or its hand-made config.yaml)."""
    facts = gather(work.transport, work.host)
    held: Mapping[str, bytes] = facts.current_files or ({MAIN: facts.config_text} if facts.config_text else {})
    name = f"releases/{facts.current}" if facts.current else work.host.name
    lines = [line for path in sorted({*held, *bundle.files}) for line in _unified(path, held, bundle.files, name)]
    return Diff(work.host.name, facts.current, bundle.config, tuple(lines))


def _unified(path: str, old: Mapping[str, bytes], new: Mapping[str, bytes], name: str) -> Iterator[str]:
    before = masked_config(old.get(path, b"")).splitlines()
    after = masked_config(new.get(path, b"")).splitlines()
    if before == after and old.get(path) != new.get(path):
        yield f"{path}: only masked values differ"
    yield from difflib.unified_diff(before, after, f"{name}/{path}", path, lineterm="")
