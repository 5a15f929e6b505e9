"""Secrets through a whole life of a host: none is shown or in a command line, and no other user may read one."""

from __future__ import annotations

import subprocess
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.errors import CcdeployError
from tests.support.ssh_host import make_key, public_key
from tests.support.studio import Studio, config_text

pytestmark = pytest.mark.faults

# None has the shape of a known key: what is masked is masked for where it stands.
OF_ENV = "plover-Xyzzy-0417"
OF_CONFIG = "quux-Frobnitz-8823"
OF_KEY = "wombat Grault 5501"
MASTER = "sk-garply-Waldo-3306"
ALL = (OF_ENV, OF_CONFIG, OF_KEY, MASTER)

ALLOWED = "--allow literal-secret --allow removal"
BEFORE = ("setup", "check", "plan first", "doctor --json", f"deploy first --dry-run {ALLOWED}")
LOOKS = ("status", "status --json", "verify --json", "diff second", "diff second --text", "history --json", "doctor")
FAILS = (f"deploy second {ALLOWED}", f"deploy second --json {ALLOWED}")
AFTER = (
    "logs -n 200",
    "logs -n 200 --json",
    f"deploy second --dry-run --json {ALLOWED}",
    f"deploy second {ALLOWED}",
    "rollback --dry-run",
    "rollback --json",
    f"run second {ALLOWED} -- true",
    "restart --json",
    "lock status",
    "history",
    "stop",
)


@dataclass
class Shown:
    """What was to be seen while commands ran: their streams, and every command line of this machine."""

    streams: dict[str, str] = field(default_factory=dict)
    command_lines: set[str] = field(default_factory=set)

    def leaks(self) -> list[str]:
        """Return where one of the secrets was to be seen."""
        told = [f"{line}:\n{text}" for line, text in self.streams.items() if any(one in text for one in ALL)]
        return [*told, *(line for line in self.command_lines if any(one in line for one in ALL))]


@contextmanager
def watched() -> Iterator[Shown]:
    """Look at all command lines again and again, as any user of the host can."""
    shown, stop = Shown(), threading.Event()

    def look() -> None:
        while not stop.is_set():
            listed = subprocess.run(["/bin/ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)
            shown.command_lines.update(listed.stdout.splitlines())

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield shown
    finally:
        stop.set()
        looker.join()


@pytest.fixture
def secretive(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A host whose env_file and configs hold secrets, reached with a key that a passphrase locks."""
    return made_secretive(studio, tmp_path, monkeypatch)


def made_secretive(studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Give a host its secrets, and the person an askpass program that knows the passphrase."""
    studio.entry["ssh"] = studio.around.way("openssh-zsh")
    key = make_key(tmp_path / "id_locked", passphrase=OF_KEY)
    allowed = Path(studio.entry["ssh"]["identity_file"]).with_name("authorized_keys")
    allowed.write_text(f"{allowed.read_text()}{public_key(key)}\n")
    studio.entry["ssh"]["identity_file"] = str(key)
    studio.settle()
    studio.env(LITELLM_MASTER_KEY=MASTER, GATE=OF_ENV, DATABASE=f"postgresql://llm:{OF_ENV}@db.example.com/x")
    for name, aliases in {"first": ("coder",), "second": ("coder", "fast")}.items():
        literal = config_text(*aliases).replace("      api_base", f"      api_key: {OF_CONFIG}\n      api_base")
        (studio.folder / "configs" / "litellm" / f"{name}.yaml").write_text(literal)
    (tmp_path / "home").mkdir()
    askpass = tmp_path / "askpass"
    askpass.write_text(f"#!/bin/sh\necho '{OF_KEY}'\n")
    askpass.chmod(0o700)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SSH_ASKPASS", str(askpass))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return studio


@contextmanager
def talkative(studio: Studio) -> Iterator[None]:
    """Let the litellm write all that it was given into its log, and end."""
    litellm = studio.root / "venv" / "bin" / "litellm"
    genuine = litellm.with_name("genuine")
    litellm.rename(genuine)
    litellm.write_text('#!/bin/sh\nenv; cat "$2"; echo "ValueError: cannot use $GATE with $(cat "$2")"; exit 3\n')
    litellm.chmod(0o755)
    yield
    litellm.unlink()
    genuine.rename(litellm)


def run_all(studio: Studio, shown: Shown, lines: tuple[str, ...]) -> list[int]:
    """Run commands, keep what they print, and return their codes."""
    codes = []
    for line in lines:
        done = studio.run(f"ccdeploy {line}")
        shown.streams[line] = f"{done.stdout}\n{done.stderr}"
        assert "is at fault" not in shown.streams[line], shown.streams[line]
        codes.append(done.returncode)
    return codes


def test_a_whole_life_shows_no_secret(secretive: Studio, tmp_path: Path) -> None:
    """What is printed lands in the log of a CI, in an issue, in a chat; a command line is seen by every user."""
    with watched() as shown:
        assert set(run_all(secretive, shown, BEFORE)) <= {0, 3, 8}, shown.streams  # `check` refuses a literal secret
        assert run_all(secretive, shown, (f"deploy first {ALLOWED}",)) == [0], shown.streams
        run_all(secretive, shown, LOOKS)
        with talkative(secretive):
            assert run_all(secretive, shown, FAILS) == [6, 6], shown.streams
        with (secretive.root / "logs" / "litellm.log").open("a") as log:
            log.write(f"cannot use {OF_ENV} and {OF_CONFIG} and {MASTER}\n")
        assert set(run_all(secretive, shown, AFTER)) == {0}, shown.streams
    assert len(shown.command_lines) > 10
    assert "cannot use ***" in shown.streams["logs -n 200"]
    assert shown.leaks() == []
    assert read_by_others(secretive, tmp_path) == []


def test_a_life_with_blue_green_shows_no_secret(green: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its shadow is the new slot itself, and its log becomes the proxy's."""
    made_secretive(green, tmp_path, monkeypatch)
    with watched() as shown:
        lines = (f"deploy first {ALLOWED}", f"deploy second --json {ALLOWED}", "rollback", "status --json")
        assert run_all(green, shown, lines) == [0, 0, 0, 0], shown.streams
        with talkative(green):
            assert run_all(green, shown, FAILS[:1]) == [6], shown.streams
    assert shown.leaks() == []
    assert read_by_others(green, tmp_path) == []


def test_no_event_and_no_exception_holds_a_secret(secretive: Studio) -> None:
    """A program that uses ccdeploy as a library logs both."""
    allowed = ("literal-secret", "removal")
    app.deploy(secretive.project, None, "first", allow=allowed)
    with talkative(secretive), pytest.raises(CcdeployError) as caught:
        app.deploy(secretive.project, None, "second", allow=allowed)
    told = f"{caught.value!r} {vars(caught.value)} {''.join(traceback.format_exception(caught.value))}"
    assert "cannot use" in told
    assert [one for one in ALL if one in told] == []
    assert [event for event in secretive.events if any(one in repr(event) for one in ALL)] == []


def read_by_others(studio: Studio, tmp_path: Path) -> list[str]:
    """Return the files below the project, the home and root that hold a secret, and that others may read.

    A file in a folder that others may not enter is closed to them; the configs of the project are their owner's.
    """
    tops = (studio.folder, tmp_path / "home", studio.root)
    theirs = [studio.folder / "configs" / "litellm" / f"{name}.yaml" for name in ("first", "second")]
    found, held = [], 0
    for top in tops:
        for path in (path for path in top.rglob("*") if path.is_file() and not path.is_symlink()):
            data = path.read_bytes()
            if path in theirs or not any(one.encode() in data for one in ALL):
                continue
            held += 1
            if is_open(path, top):
                found.append(f"{path} {path.stat().st_mode:o}")
    assert held >= 3, "env_file, and a release with its second copy"
    assert (studio.root / ".env").stat().st_mode & 0o777 == 0o600
    return found


def is_open(path: Path, top: Path) -> bool:
    """Whether the group or others may read a file, and enter every folder on the way to it from `top`."""
    folders = [folder for folder in path.parents if folder == top or folder.is_relative_to(top)]
    return any(
        path.stat().st_mode & (0o4 << shift) and all(folder.stat().st_mode & (0o1 << shift) for folder in folders)
        for shift in (0, 3)
    )
