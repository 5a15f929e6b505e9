"""A name that clients use goes away only by leave, and every deploy says beforehand what it changes."""

from __future__ import annotations

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.events import Noted
from tests.support.studio import MODEL, Studio, config_text

ALIASES = "router_settings:\n  model_group_alias: {old-name: coder, quiet: {model: coder, hidden: true}}\n"


def changes_told(studio: Studio) -> list[str]:
    """Return what was said of changes, before anything was changed."""
    return [event.text for event in studio.events if isinstance(event, Noted) and event.text.startswith("changes:")]


@pytest.mark.parametrize("options", [{}, {"is_forced": True}, {"dry_run": True}], ids=["plain", "force", "dry-run"])
def test_a_served_name_that_would_go_away_is_refused(studio: Studio, options: dict[str, bool]) -> None:
    """Whoever asks for it would get an error from one moment to the next, and `--force` is about something else."""
    studio.deploy(studio.config("first", "coder", "fast", more=ALIASES))
    before = studio.checksum()
    wanted = {"force" if key == "is_forced" else key: value for key, value in options.items()}
    with studio.watched() as promises, pytest.raises(Refused) as caught:
        studio.deploy(studio.config("second", "coder", "slow"), **wanted)
    promises.kept(served={"coder", "fast", "old-name"})
    assert studio.checksum() == before
    [finding] = caught.value.findings
    assert finding.code == "removal"
    assert "fast, old-name, quiet" in finding.message
    assert "--allow removal" in str(finding.hint)


def test_it_goes_away_by_leave_and_comes_back_without(studio: Studio) -> None:
    """Going back is deliberate: it needs no leave, and says what it takes away too."""
    studio.deployed("coder", "fast")
    attempt = studio.deploy(studio.config("second", "coder", "slow"), allow=("removal",))
    assert attempt.outcome == "deployed"
    assert [(f.code, f.severity.value) for f in attempt.findings] == [("removal", "warning")]
    assert [(c.sign, c.subject) for c in attempt.changes] == [("-", "fast"), ("+", "slow")]
    assert changes_told(studio)[-1] == "changes: - fast; + slow"
    rehearsed = app.rollback(studio.project, None, dry_run=True)
    back = app.rollback(studio.project, None)
    assert changes_told(studio)[-1] == "changes: - slow; + fast"
    assert [(c.sign, c.subject) for c in back.changes] == [("+", "fast"), ("-", "slow")]
    assert rehearsed.changes == back.changes


def test_the_names_of_a_hand_made_config_are_protected_with_those_it_includes(studio: Studio) -> None:
    """The first deploy is the one whose author knows least of who uses what."""
    (studio.root / "more.yaml").write_text("model_list:\n" + MODEL.format(name="fast", model="tiny:latest"))
    studio.by_hand("coder", more="include: [more.yaml]\n")
    with studio.watched() as promises, pytest.raises(Refused) as caught:
        studio.deploy(studio.config("second", "coder"))
    promises.kept(served={"coder", "fast"})
    assert [f.code for f in caught.value.findings] == ["removal"]
    assert "fast" in caught.value.findings[0].message


def test_what_serves_counts_and_not_what_was_edited_on_the_host(studio: Studio) -> None:
    """An edit that nobody has started takes nothing away, and gives nothing."""
    studio.deployed("coder", "fast")
    path = studio.root / "releases" / studio.current / "config.yaml"
    path.chmod(0o644)
    path.write_text(config_text("coder", "edited"))
    with pytest.raises(Refused) as caught:
        studio.deploy(studio.config("second", "coder"))
    assert caught.value.findings[0].message == "answered now, and would go away: fast"
    assert "edited on the host" in str(app.diff(studio.project, None, "second").notes)


def test_a_dry_run_shows_every_change_and_a_deploy_the_first_ones(studio: Studio) -> None:
    """One line before the switch is read; forty are not."""
    studio.deployed("coder")
    names = ("coder", *(f"m{number}" for number in range(8)))
    path = studio.folder / "configs" / "litellm" / f"{studio.config('second', *names)}.yaml"
    path.write_text(path.read_text().replace("tiny:latest\n", "tiny:latest\n      keep_alive: 30m\n", 1))
    shown = studio.run("ccdeploy deploy second --dry-run").stdout
    assert all(f"+ {name} " in shown for name in names[1:])
    assert "~ coder  keep_alive unset" in shown
    studio.deploy("second")
    assert changes_told(studio)[-1] == "changes: + m0; + m1; + m2; + m3; and 5 others"


def test_a_first_deploy_to_an_empty_host_says_that_all_is_new(studio: Studio) -> None:
    """There is nothing that could be taken away."""
    studio.deployed("coder", "fast")
    assert changes_told(studio) == ["changes: everything is new: coder, fast"]
