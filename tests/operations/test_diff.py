"""Diff: what a deploy would change, in meaning and in the text, and never a secret."""

from __future__ import annotations

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.results import Diff
from tests.support.studio import MODEL, Studio


def differs(diff: Diff) -> list[str]:
    """Return the changes in short."""
    return [f"{c.sign} {c.subject}{f' {c.key}' if c.key else ''}" for c in diff.changes]


def test_diff_shows_what_a_deploy_would_change(studio: Studio) -> None:
    """The last look before the command that counts, in meaning and line by line."""
    studio.deployed("coder", "slow")
    studio.config("second", "coder", "fast")
    seen = app.diff(studio.project, None, "second")
    assert differs(seen) == ["+ fast", "- slow"]
    assert "--allow removal" in str(seen.changes[1].note)
    assert "+  - model_name: fast" in seen.lines
    same = app.diff(studio.project, None, "first")
    assert (same.lines, same.changes) == ((), ())


def test_another_text_of_the_same_meaning_is_told_apart(studio: Studio) -> None:
    """A comment is no reason to be afraid of a deploy."""
    studio.deployed("coder")
    with (studio.folder / "configs" / "litellm" / "first.yaml").open("a") as file:
        file.write("# a comment\n")
    done = studio.run("ccdeploy diff first")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no change of meaning (the text differs: --text shows it)" in done.stderr
    assert "+# a comment" in studio.run("ccdeploy diff first --text").stdout


def test_secrets_are_masked_on_both_sides_and_so_is_what_the_environment_holds(studio: Studio) -> None:
    """A hand-made config has its key in it more often than not, and perhaps what env_file has too."""
    studio.by_hand("coder", more="  database_name: correct-horse-battery-0815\n")
    studio.env(GATE="correct-horse-battery-0815")
    hand_made = (studio.root / "config.yaml").read_text()
    (studio.root / "config.yaml").write_text(hand_made.replace("os.environ/LITELLM_MASTER_KEY", "sk-secret-of-old"))
    studio.config("second", "coder", more="  database_name: another\n")
    path = studio.folder / "configs" / "litellm" / "second.yaml"
    path.write_text(path.read_text().replace("os.environ/LITELLM_MASTER_KEY", "sk-secret-of-new"))
    seen = app.diff(studio.project, None, "second")
    assert "secret-of" not in repr(seen)
    assert "correct-horse" not in repr(seen)
    assert {c.subject: (c.before, c.after) for c in seen.changes} == {
        "general_settings.database_name": ("***", "another"),
        "general_settings.master_key": ("***", "***"),
    }


def test_includes_are_compared_too(studio: Studio) -> None:
    """They are part of what is deployed."""
    configs = studio.folder / "configs" / "litellm"
    (configs / "more.inc").write_text("model_list:\n" + MODEL.format(name="fast", model="tiny:latest"))
    studio.deploy(studio.config("second", "coder", more="include: [more.inc]\n"))
    (configs / "more.inc").write_text("model_list:\n" + MODEL.format(name="slow", model="tiny:latest"))
    seen = app.diff(studio.project, None, "second")
    assert differs(seen) == ["- fast", "+ slow"]
    assert "-  - model_name: fast" in seen.lines


def test_a_config_without_a_meaning_is_refused_and_its_text_can_still_be_compared(studio: Studio) -> None:
    """A slip of the pen is told with its line, not as if every alias went away."""
    studio.deployed("coder")
    with (studio.folder / "configs" / "litellm" / "first.yaml").open("a") as file:
        file.write("model_list: [\n")
    with pytest.raises(Refused) as caught:
        app.diff(studio.project, None, "first")
    assert "yaml-syntax" in str(caught.value.findings)
    seen = app.diff(studio.project, None, "first", text=True)
    assert "+model_list: [" in seen.lines
    assert seen.changes == ()


def test_what_the_host_has_may_have_no_meaning(studio: Studio) -> None:
    """A hand-made file may be of any shape: then everything is new, and that is said."""
    (studio.root / "config.yaml").write_text("model_list: [\n")
    studio.config("second", "coder")
    seen = app.diff(studio.project, None, "second")
    assert "+ coder" in differs(seen)
    assert "cannot be read as a config" in str(seen.notes)
