"""What is written down of releases, read back and forgotten, in every shell at hand."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ccdeploy.shell import releases
from ccdeploy.shell.command import quote
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import LOCK_LOST, NO_ROOT, NOT_WRITTEN, script
from ccdeploy.shell.releases import GONE
from ccdeploy.shell.sections import split
from tests.shell.shells import ShellTransport
from tests.shell.staging import FILES, run, stage, write
from tests.shell.tiny import EVERY_STATUS


def test_releases_are_forgotten_with_their_logs_and_cut_off_uploads(here: ShellTransport, root: Path) -> None:
    """Whatever is kept must be kept small."""
    for name in ("r1", "r2"):
        stage(here, root, name)
        (root / "logs" / f"shadow-{name}.log").write_text("")
    write(root / releases.incoming("r3"), FILES)
    half = root / "run" / "deadman" / ".a.sh.0123.tmp"  # it holds secrets
    half.parent.mkdir()
    half.write_text("KEY=")
    assert run(here, root, releases.forget(["r1"])) == 0
    assert [p.name for p in (root / "releases").iterdir()] == ["r2"]
    assert [p.name for p in (root / "logs").iterdir()] == ["shadow-r2.log"]
    assert not half.exists()
    assert run(here, root, releases.forget([])) == 0


def test_a_manifest_gets_its_new_state_in_one_rename(here: ShellTransport, root: Path) -> None:
    """A reader finds the old or the new one; of a release that is gone there is none."""
    release = stage(here, root, "r1")
    text = json.dumps({"state": "bad", "reason": "it's 100% $HOME \\n `x`"}) + "\n"
    assert run(here, root, releases.write_manifest("r1", text)) == 0
    assert (release / "release.json").read_text() == text
    assert run(here, root, releases.write_manifest("gone", text)) == 0
    assert [p.name for p in (root / "releases").iterdir()] == ["r1"]


@pytest.mark.parametrize("what", ["manifest", "run state"])
def test_what_cannot_be_written_is_not_passed_over(here: ShellTransport, root: Path, what: str) -> None:
    """A full disk would otherwise leave a verified release marked as staged, and no way back to it."""
    release = stage(here, root, "r1")
    if what == "manifest":
        (release / "release.json").unlink()
        (release / "release.json" / "in the way").mkdir(parents=True)
        lines = releases.write_manifest("r1", "{}")
    else:
        (root / "run").rmdir()
        lines = releases.write_run_state("serving", "{}")
    assert run(here, root, lines + ": and further lines\n") == NOT_WRITTEN


def test_a_run_state_is_written_as_it_is(here: ShellTransport, root: Path) -> None:
    """It is compared with `ps` by its text."""
    assert run(here, root, releases.write_run_state("serving", '{"command": "a \\"b\\" 100%s"}\n')) == 0
    assert (root / "run" / "serving.json").read_text() == '{"command": "a \\"b\\" 100%s"}\n'


def test_history_grows_by_a_line(here: ShellTransport, root: Path) -> None:
    """One attempt, one line."""
    for line in ('{"detail": "100% it\'s"}', "{}"):
        assert run(here, root, releases.append_history(line)) == 0
    assert (root / "history.jsonl").read_text() == '{"detail": "100% it\'s"}\n{}\n'


def test_a_line_that_was_cut_off_does_not_swallow_the_next(here: ShellTransport, root: Path) -> None:
    """A host that lost power in the middle of a line loses that line alone."""
    (root / "history.jsonl").write_text('{"verb": "dep')
    run(here, root, releases.append_history("{}"))
    assert (root / "history.jsonl").read_text() == '{"verb": "dep\n{}\n'


def test_who_is_refused_adds_a_line_beside_who_holds_the_lock(here: ShellTransport, root: Path) -> None:
    """Twenty pipelines that come at once write at once: every line is there, and whole."""
    line = f'{{"detail": "{"x" * 700}"}}'
    refused, held = (
        releases.note_refused(str(root), line),
        script(f"cd {quote(str(root))}", releases.append_history("{}")),
    )
    commands = [refused, replace(refused, script=held)] * 8
    with ThreadPoolExecutor(len(commands)) as together:
        assert {result.status for result in together.map(here.run, commands)} == {0}
    assert sorted((root / "history.jsonl").read_text().splitlines()) == sorted([line, "{}"] * 8)


def test_who_is_refused_makes_no_root(here: ShellTransport, tmp_path: Path) -> None:
    """Somebody moved it meanwhile: a line alone would be no host."""
    command = replace(releases.note_refused(str(tmp_path / "none"), "{}"), ok=EVERY_STATUS)
    assert here.run(command).status == NO_ROOT
    assert not (tmp_path / "none").exists()


def test_recording_gives_the_lock_back_as_its_last_act(here: ShellTransport, root: Path, hold: Hold) -> None:
    """One script, one round trip; never unlocked and unrecorded."""
    lines = [releases.append_history("{}")]
    assert here.run(releases.record(hold, lines, unlock=False)).status == 0
    assert (root / "lock").is_dir()
    assert here.run(releases.record(hold, lines, unlock=True)).status == 0
    assert not (root / "lock").exists()
    assert here.run(releases.record(hold, lines, unlock=True)).status == LOCK_LOST
    assert (root / "history.jsonl").read_text() == "{}\n{}\n"


def test_recording_what_serves_no_longer_keeps_the_lock(here: ShellTransport, root: Path, hold: Hold) -> None:
    """The way back begins, and it needs the lock."""
    serves = releases.still_serving(os.getpid(), ["Mon Jan 1 00:00:00 2001"], 1)
    answer = here.run(releases.record(hold, [serves, releases.append_history("{}")], unlock=True))
    assert answer.status == GONE
    assert (root / "lock").is_dir()
    assert not (root / "history.jsonl").exists()


def test_a_release_is_read_byte_for_byte_without_what_we_keep_beside_it(here: ShellTransport, root: Path) -> None:
    """`diff` and a rollback parse what stands there."""
    release = stage(here, root, "r1")
    (release / releases.SHADOW).write_text("quiet")
    command, mark = releases.read(str(root), "releases/r1")
    parts = dict(split(here.run(command).stdout, mark))
    assert parts.pop("end") == b""
    assert parts == FILES


def test_of_the_named_files_those_that_are_there_are_read(here: ShellTransport, root: Path) -> None:
    """Includes of a hand-made config, wherever they stand."""
    write(root, FILES)
    command, mark = releases.read(str(root), "", [*FILES, "missing.yaml"])
    assert set(split(here.run(command).stdout, mark)) == {*FILES, "end"}
    command, _ = releases.read(str(root), "releases/none")
    assert here.run(replace(command, ok=EVERY_STATUS)).status == NO_ROOT


def test_history_that_has_grown_large_keeps_its_last_attempts(here: ShellTransport, root: Path) -> None:
    """Every verb reads its end, and a cron job that deploys each minute writes a line each minute."""
    file = root / "history.jsonl"
    file.write_text("".join(f"{number:01000}\n" for number in range(999)))
    file.chmod(0o640)
    assert run(here, root, releases.append_history("{}")) == 0
    assert len(file.read_text().splitlines()) == 1000  # not large yet
    assert run(here, root, releases.append_history('{"last": 1}')) == 0
    lines = file.read_text().splitlines()
    assert (len(lines), lines[-2:]) == (releases.HISTORY_KEPT, ["{}", '{"last": 1}'])
    assert int(lines[0]) == 1
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in root.glob("history*")] == ["history.jsonl"]


def test_history_that_cannot_be_written_is_not_passed_over(here: ShellTransport, root: Path, hold: Hold) -> None:
    """An attempt that no history names cannot be found by whoever looks for what happened; nor is it unlocked."""
    (root / "history.jsonl").mkdir()
    record = releases.record(hold, [releases.append_history("{}")], unlock=True)
    assert here.run(replace(record, ok=EVERY_STATUS)).status == NOT_WRITTEN
    assert (root / "lock").is_dir()


def test_what_cannot_be_removed_is_told_and_ends_nothing(here: ShellTransport, root: Path, hold: Hold) -> None:
    """A folder of another owner below a release must not keep the attempt from being written down."""
    (root / "releases" / "r1").mkdir()
    (root / "releases" / "r2").mkdir()
    record = releases.record(hold, [releases.forget(["r1", "r2"]), releases.append_history("{}")], unlock=False)
    broken = 'rm() { case $* in *r1*) return 1 ;; *) command rm "$@" ;; esac; }\n'
    (root / "releases" / "r2").rmdir()
    answer = here.run(replace(record, script=broken + record.script))
    assert releases.left_behind(answer.text) == ("releases/r1",)
    assert (root / "history.jsonl").read_text() == "{}\n"
