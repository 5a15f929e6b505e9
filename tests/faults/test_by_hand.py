"""What people make by hand in the folders of ccdeploy: none of it is run, believed or lost."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused, UsageFault
from tests.faults.terminal import is_quiet
from tests.support.studio import Studio, config_text

pytestmark = pytest.mark.faults

# Names that a person, an archive or an accident may leave in `releases/`.
NAMES: list[str | bytes] = [
    "mine", "with two  spaces", "-rf", "it's", "$(touch owned)", "`touch owned`", "a\nb", "\x1b[2Jcleared", "*", "...",
    "99991231-235959-far", "20990101-000000-0000", "2026113-61059-odd", "zzz",
    "%s%n", "ünï", "=x", "#", "a;touch owned",
    b"latin-\xe9",
]  # fmt: skip


def a_folder(studio: Studio, name: str | bytes, **manifest: Any) -> Path:
    """Make a folder of this name in releases/, with a config, and with a release.json where fields of it are given."""
    releases = os.fsencode(studio.root / "releases") + b"/"
    folder = Path(os.fsdecode(releases + (name if isinstance(name, bytes) else name.encode())))
    folder.mkdir()
    (folder / "config.yaml").write_text(config_text("by-hand"))
    if manifest:
        (folder / "release.json").write_text(json.dumps(manifest))
    return folder


def test_folders_made_by_hand_are_left_alone(studio: Studio) -> None:
    """Neither run, nor served, nor pruned, nor sorted before what is newer; every verb that lists shows them safely."""
    studio.deployed("coder")
    made = [a_folder(studio, name) for name in NAMES]
    go_on_and_back_without_looking_at_releases(studio)
    assert [folder for folder in made if not folder.is_dir()] == []
    for verb in ("status", "history", "diff first", "rollback --to nosuch"):
        done = studio.run(f"ccdeploy {verb}")
        assert "Traceback" not in done.stderr, verb
        assert "at fault" not in done.stderr, verb
        assert is_quiet(done.stdout + done.stderr), verb
    assert not list(studio.root.rglob("owned"))


def go_on_and_back_without_looking_at_releases(studio: Studio) -> None:
    """As `go_on_and_back`, where the promises would complain of what the test itself has put into releases/."""
    kept = studio.root / "releases"
    first = studio.current
    second = studio.deploy(studio.config("second", "coder", "slow"))
    assert second.release is not None
    assert second.release > first
    assert {one.name for one in kept.iterdir()} > {first, second.release}
    assert app.rollback(studio.project, None).release == first


# None of these is a release: it names files that are none of its own, or is not what it says.
LIES: list[dict[str, Any]] = [
    {"files": {"config.yaml": "$(touch owned)"}},
    {"files": {"config.yaml": "x' ] || touch owned; [ 'x"}},
    {"files": {"../../../outside": "0" * 64, "config.yaml": "0" * 64}},
    {"files": {"/etc/outside": "0" * 64, "config.yaml": "0" * 64}},
    {"files": {}},
    {"files": ["config.yaml"]},
    {"release": "other"},
    {"state": {"verified": True}},
    {"reason": ["\x1b[2J"]},
]
# These may be releases, of a later version or of a careless hand.
ODD: list[dict[str, Any]] = [
    {"files": {"config.yaml": "0" * 64}},
    {"files": {"-rf": "0" * 64, "$(touch owned)": "0" * 64, "config.yaml": "0" * 64}},
    {"phase": "two", "config": "\x1b[2J\x07cleared"},
    {"litellm": {"path": "$(touch owned)", "version": "1", "setting": "venv/bin/litellm"}},
]
OTHER = "20200101-000000-1111"


def another(studio: Studio, change: dict[str, Any]) -> Path:
    """Put a copy of the current release beside it, with another release.json."""
    studio.copy_of_release(studio.current, OTHER)
    manifest = studio.root / "releases" / OTHER / "release.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    return manifest.parent


def test_a_release_json_that_lies_is_no_release(studio: Studio) -> None:
    """A rollback is told that there is none of this name; nothing in it is run, started or written to."""
    studio.deployed("coder")
    before = studio.checksum()
    for change in LIES:
        folder = another(studio, change)
        with studio.watched() as promises, pytest.raises(UsageFault, match="no release"):
            app.rollback(studio.project, None, to=OTHER)
        assert not promises.probe.outages
        shutil.rmtree(folder)
    assert studio.checksum() == before
    assert not [*studio.root.parent.rglob("owned"), *studio.root.parent.rglob("outside")]


@pytest.mark.parametrize("change", ODD, ids=["digest", "names", "shown", "litellm"])
def test_an_odd_release_json_is_shown_safely_and_run_nowhere(studio: Studio, change: dict[str, Any]) -> None:
    """What a rollback is told to start has to be whole: it is refused, or done."""
    studio.deployed("coder")
    another(studio, change)
    done = studio.run(f"ccdeploy rollback --to {OTHER}")
    assert done.returncode in (0, 3, 6), done.stderr
    assert "at fault" not in done.stderr
    assert is_quiet(done.stdout + done.stderr)
    assert not list(studio.root.parent.rglob("owned"))
    assert studio.site.serving()["release"] == studio.current
    if studio.current != OTHER:
        shutil.rmtree(studio.root / "releases" / OTHER)
    with studio.watched() as promises:
        again = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=again.release)


def test_what_serves_is_not_stopped_when_its_release_is_gone(studio: Studio) -> None:
    """Whoever made room in releases/ took the way back with it: the next failure would leave nobody to serve."""
    studio.deployed("coder")
    shutil.rmtree(studio.root / "releases" / studio.current)
    with studio.watched() as promises, pytest.raises(Refused) as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    assert "way-back" in [finding.code for finding in caught.value.findings]
    assert not promises.probe.outages
    app.stop(studio.project, None)
    assert studio.deploy("second").outcome == "deployed"


def _file(path: Path) -> None:
    path.write_text("not a folder\n")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _nowhere(path: Path) -> None:
    path.symlink_to("/nonexistent/place")


FILES = ("run/serving.json", "run/shadow.json", "run/switch.pid", "history.jsonl", "logs/litellm.log")
MISPLACED: list[tuple[str, Callable[[Path], None]]] = [
    *((path, Path.mkdir) for path in (*FILES, "current", "config.yaml")),
    *((path, os.mkfifo) for path in (*FILES, "config.yaml", "lock", "run")),
    *((path, _nowhere) for path in ("run", "logs", "releases", "run/serving.json")),
    *((path, _file) for path in ("current", "lock", "run", "logs", "releases", "lock.takeover")),
    *((path, _loop) for path in ("lock", "logs")),
]


@contextmanager
def misplaced(place: Path, make: Callable[[Path], None]) -> Iterator[None]:
    """Let something else stand in a place for a while."""
    aside = place.with_name(f"{place.name} aside")
    if place.is_symlink() or place.exists():
        place.rename(aside)
    make(place)
    try:
        yield
    finally:
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()
        if aside.is_symlink() or aside.exists():
            aside.rename(place)


def test_what_stands_in_a_place_of_ours_is_refused_before_anything_is_touched(studio: Studio) -> None:
    """A pipe would keep a verb waiting, and a folder would be found when the old proxy is stopped already."""
    studio.deployed("coder")
    studio.config("second", "coder", "fast")
    before, pid = studio.checksum(), studio.pid()
    with studio.watched() as promises:
        for path, make in MISPLACED:
            with misplaced(studio.root / path, make):
                with pytest.raises(Refused) as caught:
                    studio.deploy("second")
                assert "misplaced" in [finding.code for finding in caught.value.findings], path
                app.status(studio.project, None)
    assert studio.checksum() == before
    assert studio.pid() == pid
    promises.kept(served={"coder"}, release=studio.current)


@pytest.mark.parametrize("make", [_loop, _nowhere])
@pytest.mark.parametrize("path", ["current", "config.yaml"])
def test_a_link_that_leads_nowhere_is_put_right(studio: Studio, path: str, make: Callable[[Path], None]) -> None:
    """What serves is known without it."""
    studio.deployed("coder")
    (studio.root / path).unlink()
    make(studio.root / path)
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder", "fast"))
    promises.kept(served={"coder", "fast"}, gap_allowed=True, release=attempt.release)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_an_env_file_that_is_no_file_is_refused(studio: Studio, make: Callable[[Path], None]) -> None:
    """It would be waited for, or read as empty."""
    studio.deployed("coder")
    (studio.root / ".env").unlink()
    make(studio.root / ".env")
    with pytest.raises(Refused) as caught:
        studio.deploy(studio.config("second", "coder", "fast"))
    assert "env-file" in [finding.code for finding in caught.value.findings]
