"""Releases on a real disk: staged, checked, mended, activated and adopted, in every shell at hand."""

from __future__ import annotations

import itertools
import json
import shutil
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccdeploy.shell import releases
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import LOCK_LOST, NOT_WRITTEN
from ccdeploy.shell.releases import DAMAGED, ORIGINAL
from ccdeploy.transport.local import LocalTransport
from tests.shell.shells import ShellTransport
from tests.shell.staging import FILES, content, digests, run, shell_path, stage, write
from tests.shell.tiny import EVERY_STATUS


def test_what_was_uploaded_becomes_a_release_read_only_with_a_second_copy(here: ShellTransport, root: Path) -> None:
    """Whoever writes through the link must at least be warned by the mode, and harm no release."""
    release = stage(here, root, "r1")
    assert content(release) == FILES
    assert content(release / ORIGINAL) == FILES
    modes = {stat.S_IMODE((release / path).stat().st_mode) for path in FILES}
    assert modes == {0o444}
    assert (release / "release.json").stat().st_mode & stat.S_IWUSR
    assert not (root / releases.incoming("r1")).exists()


def test_committing_again_is_nothing(here: ShellTransport, root: Path) -> None:
    """The script that boots the shadow may be repeated."""
    release = stage(here, root, "r1")
    assert run(here, root, releases.commit_incoming("r1")) == 0
    assert content(release) == FILES


def test_a_release_is_never_uploaded_into_another_of_its_name(here: ShellTransport, root: Path) -> None:
    """`mv` onto a folder moves inside it: the old files would be served under the new name."""
    release = stage(here, root, "r1")
    write(root / releases.incoming("r1"), {"config.yaml": b"other"})
    assert run(here, root, releases.commit_incoming("r1")) == NOT_WRITTEN
    assert content(release) == FILES


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("how", ["changed", "removed", "replaced by a link"])
def test_a_damaged_file_is_mended_from_the_second_copy(here: ShellTransport, root: Path, path: str, how: str) -> None:
    """A rollback must not depend on what somebody did to a file meanwhile."""
    release = stage(here, root, "r1")
    (release / path).unlink()
    if how == "changed":
        (release / path).write_bytes(b"changed")
    elif how != "removed":
        (release / path).symlink_to("/etc/hostname")
    assert run(here, root, releases.check_files("r1", digests())) == 0
    assert content(release) == FILES
    assert not (release / path).is_symlink()


def test_a_folder_that_is_gone_is_mended(here: ShellTransport, root: Path) -> None:
    """Includes stand in folders."""
    release = stage(here, root, "r1")
    for file in (release / "parts").iterdir():
        file.unlink()
    (release / "parts").rmdir()
    assert run(here, root, releases.check_files("r1", digests())) == 0
    assert content(release) == FILES


def test_a_release_whose_both_copies_are_damaged_is_told(here: ShellTransport, root: Path) -> None:
    """Nothing but the bytes of release.json is ever started."""
    release = stage(here, root, "r1")
    for copy in (release / "config.yaml", release / ORIGINAL / "config.yaml"):
        copy.unlink()
        copy.write_bytes(b"changed")
    assert run(here, root, releases.check_files("r1", digests())) == DAMAGED
    assert (release / "config.yaml").read_bytes() == b"changed"


def test_shasum_serves_where_sha256sum_is_missing(here: ShellTransport, root: Path) -> None:
    """macOS has it since its first version."""
    release = stage(here, root, "r1")
    (release / "config.yaml").unlink()
    tools = root / "tools"
    tools.mkdir()
    for tool in ("shasum", "cut", "cp", "mv", "mkdir", "perl"):
        (tools / tool).symlink_to(shutil.which(tool) or "")
    only = f"PATH='{shell_path(tools)}'; export PATH\ncommand -v sha256sum && exit 1\n"
    assert run(here, root, only + releases.check_files("r1", digests())) == 0
    assert content(release) == FILES


def test_activation_makes_both_links(here: ShellTransport, root: Path) -> None:
    """`config.yaml` is for the eyes of people, `current` for everything else."""
    for name in ("r1", "r2"):
        stage(here, root, name)
        assert run(here, root, releases.activate(name)) == 0
        assert (root / "current").readlink() == Path("releases") / name
        assert (root / "config.yaml").readlink() == Path("current/config.yaml")
        assert (root / "config.yaml").read_bytes() == FILES["config.yaml"]
    assert sorted(p.name for p in (root / "releases").iterdir()) == ["r1", "r2"]
    assert not list(root.glob(".link*"))


def test_activation_replaces_a_hand_made_config(here: ShellTransport, root: Path) -> None:
    """It has been adopted by then."""
    (root / "config.yaml").write_text("by hand")
    stage(here, root, "r1")
    assert run(here, root, releases.activate("r1")) == 0
    assert (root / "config.yaml").is_symlink()


def test_activation_after_a_crash_succeeds(here: ShellTransport, root: Path) -> None:
    """A link on its way may be left behind, under a pid that comes again."""
    stage(here, root, "r1")
    lines = "mkdir .link.$$ && ln -s nowhere .link.$$/current\n"
    assert run(here, root, lines + releases.activate("r1")) == 0
    assert (root / "current").readlink() == Path("releases/r1")


def test_a_folder_in_the_place_of_current_is_told_and_kept(here: ShellTransport, root: Path) -> None:
    """Somebody's folder is not ours to remove."""
    (root / "current").mkdir()
    (root / "current" / "mine").write_text("")
    stage(here, root, "r1")
    assert run(here, root, releases.activate("r1")) == NOT_WRITTEN
    assert (root / "current" / "mine").exists()


def test_nobody_ever_finds_current_missing(root: Path) -> None:
    """LiteLLM reads its includes while another release is made current; `ln -sfn` loses one read in ten."""
    here = LocalTransport("here")
    for name in ("r1", "r2"):
        stage(here, root, name)
    run(here, root, releases.activate("r1"))
    stopping, reads, faults = threading.Event(), [0], list[str]()

    def read() -> None:
        while not stopping.is_set():
            try:
                assert (root / "config.yaml").read_bytes() == FILES["config.yaml"]
                reads[0] += 1
            except OSError as exc:
                faults.append(str(exc))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        turns = releases.activate("r2") + releases.activate("r1")
        assert run(here, root, f"for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do\n{turns}done") == 0
    finally:
        stopping.set()
        for reader in readers:
            reader.join()
    assert faults == []
    assert reads[0] > 100


def test_what_stands_on_the_host_is_adopted_byte_for_byte(here: ShellTransport, root: Path, hold: Hold) -> None:
    """The first rollback returns to it."""
    write(root, FILES)
    copies = {"config.yaml": "config.yaml", "parts/b.yaml": "parts/it's $HOME.yaml"}
    command = releases.adopt(hold, "r1", '{"state": "adopted"}', copies, releases.activate("r1"))
    assert here.run(command).status == 0
    release = root / "releases" / "r1"
    assert content(release) == {"config.yaml": FILES["config.yaml"], "parts/b.yaml": FILES["parts/it's $HOME.yaml"]}
    assert json.loads((release / "release.json").read_text()) == {"state": "adopted"}
    assert (root / "config.yaml").resolve() == (release / "config.yaml").resolve()


def test_adopting_what_is_gone_makes_no_release(here: ShellTransport, root: Path, hold: Hold) -> None:
    """A file that vanished between the question and the answer."""
    command = releases.adopt(hold, "r1", "{}", {"config.yaml": "config.yaml"}, releases.activate("r1"))
    assert here.run(replace(command, ok=EVERY_STATUS)).status == NOT_WRITTEN
    assert not (root / "releases" / "r1").exists()
    assert not (root / "current").is_symlink()


def test_adopting_needs_the_lock(here: ShellTransport, root: Path, hold: Hold) -> None:
    """It moves links."""
    (root / "config.yaml").write_text("by hand")
    command = releases.adopt(Hold(hold.root, "other"), "r1", "{}", {"config.yaml": "config.yaml"}, "")
    assert here.run(command).status == LOCK_LOST
    assert list((root / "releases").iterdir()) == []


TURNS = itertools.count()
HOSTILE_NAMES = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0/\n"), min_size=1, max_size=20
).filter(lambda n: n not in (".", "..") and len(n.encode()) < 200)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=HOSTILE_NAMES, path=HOSTILE_NAMES, text=st.text(st.characters(blacklist_categories=["Cs"]), max_size=30))
def test_hostile_names_and_texts_are_only_names_and_texts(
    here: ShellTransport, root: Path, name: str, path: str, text: str
) -> None:
    """Whatever a name holds, exactly that file is made, and nothing is executed."""
    name, files = f"r{name}", {f"f{path}": text.encode()}
    root = root / str(next(TURNS))
    release = stage(here, root, name, files)
    assert run(here, root, releases.check_files(name, digests(files)) + releases.activate(name)) == 0
    assert content(root / "current") == files
    manifest = json.dumps({"reason": text}) + text.replace("\0", "")
    assert run(here, root, releases.write_manifest(name, manifest)) == 0
    assert (release / "release.json").read_bytes() == manifest.encode()
    assert run(here, root, releases.forget([name])) == 0
    assert {p.name for p in root.iterdir()} == {"releases", "current", "config.yaml"}


@pytest.mark.parametrize(
    "digest", ["$(touch {0})", "`touch {0}`", "; touch {0}", "x ] || touch {0} || [ y", "", "a b", "'"]
)
def test_a_digest_of_another_hand_is_only_a_text(here: ShellTransport, root: Path, digest: str) -> None:
    """release.json stands on the host; a rollback to a release checks its files by what is written there."""
    stage(here, root, "r1")
    made = root / "made"
    lines = releases.check_files("r1", {"config.yaml": digest.format(shell_path(made))})
    assert run(here, root, lines) == DAMAGED
    assert not made.exists()
