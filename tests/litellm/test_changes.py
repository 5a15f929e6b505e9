"""The diff of meaning, against the case files: each folder of tests/cases/changes is one.

old.yaml, new.yaml    the two configs, with what they include beside them
expected              a change a line, as `told` writes it; the comment at its head says why it matters
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.litellm.changes import changes
from ccdeploy.litellm.config import Config, parse_config
from ccdeploy.litellm.includes import gather
from ccdeploy.ollama.keepalive import keep_alive_s
from ccdeploy.results import ConfigChange

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "changes"
CASES = sorted(path for path in FOLDER.iterdir() if path.is_dir())
ENV_NAMES = ("LITELLM_MASTER_KEY", "OLLAMA_API_BASE")


def config_of(case: Path, name: str) -> Config | None:
    """Return one side of a case; None where it has no such file."""
    if not (case / name).exists():
        return None
    files = gather(name, lambda path: (case / path).read_bytes() if (case / path).is_file() else None)
    return parse_config(files, name, name)


def found(case: Path) -> tuple[ConfigChange, ...]:
    """Return the changes of a case."""
    new = config_of(case, "new.yaml")
    assert new is not None
    return changes(config_of(case, "old.yaml"), new, keep_alive_s, ENV_NAMES)


def told(change: ConfigChange) -> str:
    """Return a change as a line of `expected`."""
    where = f" ({change.deployment})" if change.deployment else ""
    what = f"{change.sign} {change.kind} {change.subject}{where} {change.key or ''}".rstrip()
    values = f"{change.before} => {change.after}"
    return f"{what}: {values}" + (f"; {change.note}" if change.note else "")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_each_case_has_exactly_the_changes_that_it_names(case: Path) -> None:
    """One that is missed is deployed unseen, and one too many hides the rest."""
    expected = [line for line in (case / "expected").read_text().splitlines() if line and not line.startswith("#")]
    assert [told(change) for change in found(case)] == expected


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_config_does_not_differ_from_itself(case: Path) -> None:
    """Else every deploy would tell of it."""
    new = config_of(case, "new.yaml")
    assert new is not None
    assert changes(new, new, keep_alive_s, ENV_NAMES) == ()


def test_no_change_shows_a_secret() -> None:
    """Diffs are pasted into chats and kept in CI logs."""
    shown = [change for case in CASES for change in found(case)]
    assert "made-up" not in repr(shown)
    assert any(change.is_masked for change in shown)
