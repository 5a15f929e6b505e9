"""The diff of meaning, against the case files: each folder of tests/cases/changes is one.

old.yaml, new.yaml    the two configs, with what they include beside them
expected              a change a line, as `told` writes it; the comment at its head says why it matters
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.litellm.changed_models import GOES_AWAY
from ccdeploy.litellm.changes import changes
from ccdeploy.litellm.config import Config, parse_config
from ccdeploy.litellm.includes import gather
from ccdeploy.litellm.promise import gone
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


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_each_name_that_goes_away_is_marked(case: Path) -> None:
    """`deploy` refuses it without leave: who looks at `diff` first must see why."""
    old, new = config_of(case, "old.yaml"), config_of(case, "new.yaml")
    assert new is not None
    marked = {change.subject for change in found(case) if change.note == GOES_AWAY}
    assert marked == set(gone(old, new) if old else ())


def test_no_change_shows_a_secret() -> None:
    """Diffs are pasted into chats and kept in CI logs."""
    shown = [change for case in CASES for change in found(case)]
    assert "made-up" not in repr(shown)
    assert any(change.is_masked for change in shown)


MODEL = "- {model_name: %s, litellm_params: {model: %s}}\n"
WILD = "model_list:\n" + MODEL % ("openai/*", "openai/*")
BLOCKED = "- {model_name: a, litellm_params: {model: openai/x}, model_info: {blocked: true}}\n"
ALIAS = "router_settings: {model_group_alias: {a: openai/gpt-4o}}\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (WILD + ALIAS, WILD, ("a",)),
        (WILD + MODEL % ("a", "openai/x"), WILD + ALIAS, ()),
        (WILD + MODEL % ("a", "openai/x"), WILD + BLOCKED, ("a",)),
        (WILD + BLOCKED, WILD, ()),
        (WILD + MODEL % ("openai/gpt-4o", "openai/x"), WILD, ()),
    ],
    ids=["alias-of-wildcard", "becomes-alias-of-wildcard", "blocked", "was-blocked", "wildcard-answers"],
)
def test_a_name_goes_away_when_it_is_answered_no_more_and_only_then(
    old: str, new: str, expected: tuple[str, ...]
) -> None:
    """LiteLLM follows an alias before it looks at wildcards, and lets nobody to a blocked deployment."""
    before, after = (parse_config({"a.yaml": text.encode()}, "a.yaml", "a.yaml") for text in (old, new))
    assert gone(before, after) == expected


def test_keys_that_are_no_strings_are_compared_like_others() -> None:
    """YAML reads 2020-01-01 as a date and 1 as a number, also as a key, where JSON has neither."""
    text = "model_list: []\nmore: [{1: %s, b: c, 2020-01-01: d}, !!set {x, y}]\n"
    before, after = (parse_config({"a.yaml": (text % v).encode()}, "a.yaml", "a.yaml") for v in ("one", "two"))
    assert [(c.subject, c.action) for c in changes(before, after, keep_alive_s)] == [("more", "changed")]
