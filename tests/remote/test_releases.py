"""Releases uploaded, adopted and read through the seam."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.errors import CommandFailed, LockLost
from ccdeploy.release.bundle import Bundle
from ccdeploy.release.manifest import Performer, parse
from ccdeploy.remote import releases
from ccdeploy.remote.lock import HeldLock, new_owner
from ccdeploy.shell import releases as lines
from ccdeploy.shell.lock import Hold
from ccdeploy.transport.local import LocalTransport
from tests.remote.hosts import manifest
from tests.remote.test_lock import Clock

FILES = {"config.yaml": b"a\n", "parts/b.yaml": b"\xff"}


@pytest.fixture
def mine(hold: Hold) -> HeldLock:
    """The lock of root, held on this machine."""
    return HeldLock(LocalTransport("studio"), hold, new_owner(Performer("ada", "laptop"), "test", Clock()))


def test_an_upload_becomes_a_release_that_reads_back_equal(mine: HeldLock, root: Path) -> None:
    """The bytes that were linted are the bytes that are served."""
    made = manifest("r1", FILES)
    releases.upload(mine, Bundle("tdd", FILES), made, b"quiet")
    mine.run(lines.record(mine.hold, [lines.commit_incoming("r1"), lines.check_files("r1", made.files)], unlock=False))
    assert releases.read(mine.transport, str(root), "releases/r1") == FILES
    assert parse((root / "releases/r1/release.json").read_text()) == made
    assert (root / "releases/r1" / lines.SHADOW).read_bytes() == b"quiet"


def test_an_upload_is_no_release_until_it_is_made_one(mine: HeldLock, root: Path) -> None:
    """Cut off in the middle, it is only swept away."""
    releases.upload(mine, Bundle("tdd", FILES), manifest("r1", FILES))
    assert [p.name for p in (root / "releases").iterdir()] == [".incoming-r1"]


def test_an_adoption_needs_the_lock(mine: HeldLock, root: Path) -> None:
    """Somebody else has begun meanwhile."""
    (root / "config.yaml").write_text("by hand")
    (root / "lock" / "owner.json").write_text('{"id": "other"}')
    with pytest.raises(LockLost):
        releases.adopt(mine, manifest("r1"), {"config.yaml": "config.yaml"}, "")


def test_reading_a_release_that_is_gone_is_a_failure(mine: HeldLock, root: Path) -> None:
    """An empty answer would be an empty release."""
    with pytest.raises(CommandFailed):
        releases.read(mine.transport, str(root), "releases/none")
