"""A phase of a config serves in the place of the whole: no leave is asked for, and everything tells the phase."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
import yaml

from ccdeploy import app
from ccdeploy.errors import DeployFailed, Refused, UsageFault
from ccdeploy.results import Attempt
from tests.cli.faces import FACES
from tests.support import fake_venv
from tests.support.hooks import told, variables, write_hook
from tests.support.stream import Stream
from tests.support.studio import KEY, MODEL, Studio, config_text

NAME = "pipeline"


def pipeline(studio: Studio, **phases: list[int]) -> str:
    """Write a config whose names are of these phases, and return its own."""
    value = yaml.safe_load(config_text(*phases))
    for row in value["model_list"]:
        numbers = phases[row["model_name"]]
        row["model_info"] |= {"phases": numbers} if numbers else {}
    path = studio.folder / "configs" / "litellm" / f"{NAME}.yaml"
    path.write_text(yaml.safe_dump(value, sort_keys=False))
    return NAME


@pytest.fixture
def two(studio: Studio) -> Studio:
    """A host, and a config with a name in each of two phases, and one in both."""
    pipeline(studio, coder=[1], quality=[2], always=[])
    return studio


def removals(attempt: Attempt) -> list[str]:
    """Return what was said of names that go away, with how grave it was."""
    return [f"{f.severity.value}: {f.message}" for f in attempt.findings if f.code == "removal"]


def test_a_pipeline_changes_phase_without_a_gap(green: Studio) -> None:
    """What the incident rejected phases for was their downtime."""
    pipeline(green, coder=[1], quality=[2], always=[])
    green.deploy(NAME, phase=1)
    with Stream(green.entry["traefik"]["url"], KEY, "always", max_tokens=300) as stream:
        stream.wait_for_chunks(1)
        with green.watched() as promises:
            second = green.deploy(NAME, phase=2)
        assert stream.finished().is_complete
    promises.kept(served={"quality", "always"}, release=second.release, user_traffic=True)
    assert (second.phase, second.downtime_ms) == (2, 0)


def test_one_phase_follows_another_and_then_the_whole_without_leave(two: Studio) -> None:
    """It is what a pipeline does between its agents: a name of another phase is away, not removed."""
    first = two.deploy(NAME, phase=1)
    assert (first.outcome, first.phase, removals(first)) == ("deployed", 1, [])
    with two.watched() as promises:
        second = two.deploy(NAME, phase=2)
    promises.kept(served={"quality", "always"}, gap_allowed=True, release=second.release)
    assert removals(second) == ["warning: not answered while phase 2 lasts: coder"]
    assert [(c.sign, c.subject, c.note) for c in second.changes] == [
        ("-", "coder", "away while phase 2 lasts"),
        ("+", "quality", None),
    ]
    with two.watched() as promises:
        whole = two.deploy(NAME)
    promises.kept(served={"coder", "quality", "always"}, gap_allowed=True, release=whole.release)
    assert (whole.phase, removals(whole)) == (None, [])


def test_release_and_history_tell_the_phase_and_a_whole_config_has_none(two: Studio) -> None:
    """Whoever looks at night must see that half of the names are away on purpose."""
    two.deploy(NAME, phase=2)
    assert two.manifest()["phase"] == 2
    assert two.history[-1]["phase"] == 2
    assert two.run("ccdeploy status").stdout.count(f"config    {NAME} (phase 2)") == 1
    shown = two.run("ccdeploy history").stdout
    assert shown.count(f"{NAME} (phase 2)") == 2  # the attempt, and the release that it made
    two.deploy(NAME)
    assert "phase" not in two.manifest()
    assert "phase" not in two.history[-1]


def test_status_is_at_peace_with_a_phase(two: Studio) -> None:
    """It compares with what was deployed, which is the phase: that the config has more is no drift."""
    two.deploy(NAME, phase=2)
    seen = app.status(two.project, None)
    assert (seen.phase, seen.drift, seen.exit_code, set(seen.models)) == (2, (), 0, {"quality", "always"})


def test_the_same_phase_again_is_nothing_to_do(two: Studio) -> None:
    """A pipeline that was started anew must not cost a boot."""
    first = two.deploy(NAME, phase=2)
    pid = two.pid()
    again = two.deploy(NAME, phase=2)
    assert (again.outcome, again.release, again.phase) == ("nothing-to-do", first.release, 2)
    assert two.pid() == pid


def test_a_rollback_returns_to_the_phase_before(two: Studio) -> None:
    """Its release is all that it needs, and what is told is told of that phase."""
    first = two.deploy(NAME, phase=1)
    two.deploy(NAME, phase=2)
    with two.watched() as promises:
        back = app.rollback(two.project, None)
    promises.kept(served={"coder", "always"}, gap_allowed=True, release=first.release)
    assert (back.outcome, back.phase) == ("rolled-back", 1)
    assert two.history[-1]["phase"] == 1


def test_a_phase_that_fails_leaves_the_one_before(two: Studio) -> None:
    """A narrowed config is a config like any other: it is verified before it serves."""
    first = two.deploy(NAME, phase=1)
    two.misbehave({"only_port": two.spare, "exit_while_booting": 3})
    with two.watched() as promises, pytest.raises(DeployFailed) as caught:
        two.deploy(NAME, phase=2)
    promises.kept(served={"coder", "always"}, release=first.release)
    assert (caught.value.result or {})["phase"] == 2


def test_a_name_that_the_whole_config_lacks_still_needs_leave(two: Studio) -> None:
    """A phase takes nothing away for good: that is another deploy, and another question."""
    two.deploy(two.config("before", "coder", "fast"))
    with pytest.raises(Refused) as caught:
        two.deploy(NAME, phase=2)
    found = [(f.severity.value, f.message) for f in caught.value.findings if f.code == "removal"]
    assert found == [
        ("error", "answered now, and would go away: fast"),
        ("warning", "not answered while phase 2 lasts: coder"),
    ]
    done = two.deploy(NAME, phase=2, allow=("removal",))
    assert done.outcome == "deployed"


@pytest.mark.parametrize(
    ("phase", "said"), [(3, r"pipeline\.yaml has no phase 3; it has 1 and 2"), (None, "names no phases")]
)
def test_a_phase_that_there_is_not_is_told_and_nothing_is_touched(two: Studio, phase: int | None, said: str) -> None:
    """A slip of the finger must not deploy a config without a name."""
    before = two.checksum()
    config = two.config("flat", "coder") if phase is None else NAME
    with pytest.raises(UsageFault, match=said):
        two.deploy(config, phase=phase or 1)
    assert two.checksum() == before


def test_what_is_included_is_narrowed_too(two: Studio) -> None:
    """The release is one file then: nothing of another phase travels with it."""
    configs = two.folder / "configs" / "litellm"
    row = MODEL.format(name="extra", model="tiny:latest").replace("{disable", "{phases: [2], disable")
    (configs / "more.inc").write_text("model_list:\n" + row)
    (configs / f"{NAME}.yaml").write_text((configs / f"{NAME}.yaml").read_text() + "include: [more.inc]\n")
    two.deploy(NAME, phase=2)
    assert list(two.manifest()["files"]) == ["config.yaml"]
    assert set(app.status(two.project, None).models) == {"quality", "always", "extra"}


def test_diff_compares_with_the_phase_and_says_when_another_serves(two: Studio) -> None:
    """Without a phase the whole config is compared: what is new then is what the phase left out."""
    two.deploy(NAME, phase=2)
    same = app.diff(two.project, None, NAME, phase=2)
    assert (same.phase, same.changes, same.lines, same.notes) == (2, (), (), ())
    other = app.diff(two.project, None, NAME, phase=1)
    assert [(c.sign, c.subject, c.note) for c in other.changes] == [
        ("+", "coder", None),
        ("-", "quality", "away while phase 1 lasts"),
    ]
    whole = app.diff(two.project, None, NAME)
    assert [(c.sign, c.subject) for c in whole.changes] == [("+", "coder")]
    assert whole.notes == ("what the host has is phase 2 of it; --phase 2 compares the same",)
    assert other.notes == ("what the host has is phase 2 of it",)


def test_a_rehearsal_names_the_phase_and_changes_nothing(two: Studio) -> None:
    """The last look before a pipeline is let loose."""
    two.deploy(NAME, phase=1)
    before = two.checksum()
    seen = two.deploy(NAME, phase=2, dry_run=True)
    assert (seen.outcome, seen.phase) == ("rehearsed", 2)
    assert f"stage {NAME} (phase 2) as a release: config.yaml" in seen.planned
    assert two.checksum() == before


def test_hooks_are_told_the_phase(two: Studio) -> None:
    """A hook that posts to a channel says which half of the names serves."""
    for name in ("pre-deploy", "post-deploy"):
        write_hook(two.folder, name)
    two.deploy(NAME, phase=2)
    for name in ("pre-deploy", "post-deploy"):
        assert told(two.folder, name)["phase"] == 2
        assert variables(two.folder, name)["CCDEPLOY_PHASE"] == "2"
    assert "serves config 'pipeline' (phase 2), release" in told(two.folder, "post-deploy")["message"]
    two.deploy(NAME)
    assert told(two.folder, "post-deploy")["phase"] is None
    assert not variables(two.folder, "post-deploy")["CCDEPLOY_PHASE"]


def test_an_upgrade_stays_of_the_phase(two: Studio) -> None:
    """It serves the same files with another LiteLLM."""
    two.deploy(NAME, phase=2)
    fake_venv.make(two.root, "1.108.0", name="venvs/1.108.0")
    done = app.upgrade(two.project, None, "1.108.0")
    assert (done.outcome, done.phase, two.manifest()["phase"]) == ("upgraded", 2, 2)


def test_what_was_edited_on_the_host_is_kept_as_of_its_phase(two: Studio) -> None:
    """It was made of the files of that phase."""
    two.deploy(NAME, phase=2)
    path = two.root / "releases" / two.current / "config.yaml"
    path.chmod(0o644)
    path.write_text(path.read_text().replace("quality", "edited"))
    done = two.deploy(NAME, phase=1)
    assert done.phase == 1
    kept = [r for r in asdict(app.history(two.project, None))["releases"] if r["state"] == "drifted"]
    assert [r["phase"] for r in kept] == [2]


@pytest.mark.parametrize("face", FACES)
def test_both_faces_change_the_phase_and_end_as_they_should(two: Studio, face: str) -> None:
    """A pipeline goes by exit codes and by one document."""
    done = two.run(f"ccdeploy phase 2 {NAME} --json", face)
    document = json.loads(done.stdout)
    assert (done.returncode, document["verb"], document["phase"]) == (0, "deploy", 2)
    missing = two.run(f"ccdeploy phase 3 {NAME} --json", face)
    assert (missing.returncode, json.loads(missing.stdout)["verb"]) == (2, "deploy")
    assert missing.stderr.splitlines()[0] == ("ccdeploy: configs/litellm/pipeline.yaml has no phase 3; it has 1 and 2")
