"""Traefik's dynamic file as a value of the facts, and how it gets another text."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ccdeploy.errors import LockLost, Refused
from ccdeploy.release.lock import Owner
from ccdeploy.remote.dynamic import Dynamic, write
from ccdeploy.remote.facts import gather
from ccdeploy.remote.lock import HeldLock
from ccdeploy.settings.host import Traefik
from ccdeploy.shell.lock import Hold
from ccdeploy.traefik.dynamic import Slot, Wiring, Written, text
from tests.remote.hosts import give_away, host_at
from tests.shell.shells import ShellTransport

WIRING = Wiring("ccproxy", "ccproxy", "PathPrefix(`/`)")
BLUE, GREEN = Slot(8081, "http://127.0.0.1:8081"), Slot(8082, "http://127.0.0.1:8082")
OWNER = Owner("me", "ada", "laptop", datetime(2026, 1, 31, tzinfo=UTC).isoformat(), "deploy", False, None)


def seen(here: ShellTransport, root: Path, path: str = "dynamic.yml") -> Dynamic:
    """What the facts tell of the file."""
    route = Traefik(url="https://coder.example.com", dynamic_file=path)
    found = gather(here, host_at(root, traefik=route)).dynamic
    assert found is not None
    return found


def test_a_host_without_such_a_file_has_nothing_to_tell(here: ShellTransport, root: Path) -> None:
    """None is not absent: nothing was asked."""
    assert gather(here, host_at(root)).dynamic is None
    route = Traefik(url="https://coder.example.com")
    assert gather(here, host_at(root, traefik=route)).dynamic is None


def test_a_file_of_ours_tells_where_it_leads(here: ShellTransport, root: Path) -> None:
    """A deploy goes on from what Traefik does, whatever was recorded."""
    (root / "dynamic.yml").write_text(text(WIRING, GREEN, BLUE))
    found = seen(here, root)
    assert (found.path, found.kind, found.folder) == (str(root / "dynamic.yml"), "file", "writable")
    assert found.written == Written(8082, 8081, is_whole=True)
    assert (found.is_foreign, found.is_edited) == (False, False)


def test_an_absolute_file_is_seen_before_there_is_a_root(here: ShellTransport, tmp_path: Path) -> None:
    """Traefik has folders of its own, and setup looks before it makes anything."""
    found = seen(here, tmp_path / "nowhere", str(tmp_path / "a.yml"))
    assert (found.path, found.kind, found.folder) == (str(tmp_path / "a.yml"), "absent", "writable")
    assert seen(here, tmp_path / "nowhere").folder == "absent"


@pytest.mark.parametrize("other", [b"http: {}\n", b"", b"\xff\xfe"])
def test_a_file_of_another_hand_is_foreign(here: ShellTransport, root: Path, other: bytes) -> None:
    """An empty one too: somebody put it there."""
    (root / "dynamic.yml").write_bytes(other)
    assert (seen(here, root).is_foreign, seen(here, root).is_edited) == (True, False)


def test_an_edited_file_is_ours_and_not_whole(here: ShellTransport, root: Path) -> None:
    """What was written there is somebody's work."""
    (root / "dynamic.yml").write_text(text(WIRING, GREEN) + "# mine\n")
    assert (seen(here, root).is_foreign, seen(here, root).is_edited) == (False, True)


def test_a_link_is_foreign_wherever_it_leads(here: ShellTransport, root: Path) -> None:
    """Even to a file of ours: it could not be switched by one rename."""
    (root / "real.yml").write_text(text(WIRING, GREEN))
    (root / "dynamic.yml").symlink_to("real.yml")
    assert (seen(here, root).kind, seen(here, root).is_foreign) == ("link", True)


def test_what_is_not_ours_to_read_or_to_write_is_told(plain: ShellTransport, open_root: Path) -> None:
    """Traefik's folders are often root's."""
    folder = open_root / "theirs"
    folder.mkdir(mode=0o755)
    (folder / "a.yml").write_text("secret: of theirs\n")
    (folder / "a.yml").chmod(0o600)
    found = seen(plain, open_root, str(folder / "a.yml"))
    assert (found.kind, found.folder, found.data, found.is_foreign) == ("unreadable", "there", None, True)
    give_away(folder)
    assert seen(plain, open_root, str(folder / "b.yml")).folder == "writable"


def test_a_text_is_written_over_what_was_seen_alone(here: ShellTransport, root: Path, hold: Hold) -> None:
    """The next look finds it; a hand in between is not overwritten."""
    lock = HeldLock(here, hold, OWNER)
    before = seen(here, root)
    after = write(lock, before, text(WIRING, GREEN))
    assert after == seen(here, root)
    (root / "dynamic.yml").write_text("theirs")
    with pytest.raises(Refused, match="was changed or removed by another hand just now"):
        write(lock, after, text(WIRING, BLUE))
    assert (root / "dynamic.yml").read_text() == "theirs"


def test_nothing_is_written_without_the_lock(here: ShellTransport, root: Path, hold: Hold) -> None:
    """Two who switch would each undo the other."""
    with pytest.raises(LockLost):
        write(HeldLock(here, Hold(hold.root, "you"), OWNER), seen(here, root), text(WIRING, GREEN))
    assert not (root / "dynamic.yml").exists()
