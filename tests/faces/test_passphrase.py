"""A locked key at a real terminal: the prompt, the progress around it, the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.at_terminal import at_terminal
from tests.support.ssh_host import make_key, public_key
from tests.support.studio import Studio

PASSPHRASE = "open sesame"


@pytest.fixture
def locked(studio: Studio) -> Studio:
    """The host, reached with a key that has a passphrase."""
    studio.entry["ssh"] = studio.around.way("openssh-zsh")
    key = make_key(studio.folder / "id_locked", passphrase=PASSPHRASE)
    allowed = Path(studio.entry["ssh"]["identity_file"]).with_name("authorized_keys")
    allowed.write_text(f"{allowed.read_text()}{public_key(key)}\n")
    studio.entry["ssh"]["identity_file"] = str(key)
    studio.settle()
    return studio


def environment(studio: Studio) -> dict[str, str]:
    """Return the environment of a face, without an agent and without a desktop."""
    absent = ("SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE")
    return {name: value for name, value in studio.environment().items() if name not in absent} | {"TERM": "xterm"}


def test_a_verb_goes_on_once_the_key_is_unlocked(locked: Studio) -> None:
    """The prompt comes in the middle of a live list; afterwards all goes on as if there had been none."""
    locked.config("first", "coder")
    with at_terminal(locked.command("ccdeploy deploy first --dry-run"), environment(locked), locked.folder) as seat:
        seat.see("id_locked': ")
        seat.type(f"{PASSPHRASE}\n")
        assert seat.end() == 0, seat.screen
    assert PASSPHRASE not in seat.screen
    assert seat.screen.count("Enter passphrase") == 1


@pytest.mark.parametrize(("typed", "code", "said"), [("wrong\n", 4, "were wrong"), ("\x03", 130, "interrupted")])
def test_a_verb_without_the_key_ends_with_its_code(locked: Studio, typed: str, code: int, said: str) -> None:
    """Three mistakes, or Ctrl-C because the passphrase is in another room: the host is as it was."""
    before = locked.checksum()
    with at_terminal(locked.command("ccdeploy status"), environment(locked), locked.folder) as seat:
        for time in range(1, 4 if code == 4 else 2):
            seat.see("Enter passphrase", time)
            seat.type(typed)
        assert seat.end() == code, seat.screen
    assert said in seat.screen
    assert "wrong\r" not in seat.screen.partition("Enter")[2].partition("ccdeploy:")[0]
    assert locked.checksum() == before
