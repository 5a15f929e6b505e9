"""A key with a passphrase: asked for at the terminal, once in a command, and never shown."""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

import paramiko
import pytest

from ccdeploy.errors import AuthenticationFailed
from ccdeploy.events import Answered, Asking, Event
from ccdeploy.shell.command import Command
from ccdeploy.transport import asking
from ccdeploy.transport.asking import NobodyToAsk
from ccdeploy.transport.passphrases import TRIES, Locked, Passphrases
from ccdeploy.transport.ssh import SshTransport
from ccdeploy.transport.target import SshTarget
from tests.cli.faces import ROOT
from tests.support.at_terminal import at_terminal
from tests.support.openssh import sshd
from tests.support.ssh_host import SshHost, make_key, public_key

PASSPHRASE = "open sesame"
PROMPT = "Enter passphrase for key"
TWICE = """
import json, sys
from ccdeploy.shell.command import Command
from ccdeploy.transport.ssh import SshTransport
from ccdeploy.transport.target import SshTarget
transport = SshTransport("studio", SshTarget(**json.loads(sys.argv[1])))
for name in ("first", "second"):
    print(transport.run(Command("ask", f"echo {name} answer")).text)
    transport.give_up()
"""


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key with a passphrase."""
    return make_key(tmp_path_factory.mktemp("locked") / "id_locked", passphrase=PASSPHRASE)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory, locked: Path) -> Iterator[tuple[SshHost, SshHost]]:
    """A jump and a host behind it, each an sshd that takes only the locked key."""
    folder = tmp_path_factory.mktemp("hosts")
    with ExitStack() as entered:
        made = [entered.enter_context(sshd(folder / name)) for name in ("jump", "studio")]
        for host in made:
            (host.folder / "authorized_keys").write_text(public_key(locked) + "\n")
        yield made[0], made[1]


@pytest.fixture
def target(hosts: tuple[SshHost, SshHost], locked: Path) -> SshTarget:
    """The way to the host."""
    return replace(hosts[1].target, identity_file=str(locked))


@pytest.fixture
def over_a_jump(hosts: tuple[SshHost, SshHost], target: SshTarget, tmp_path: Path) -> SshTarget:
    """The way to the host over the jump."""
    jump, studio = hosts
    known = tmp_path / "known_hosts"
    known.write_text("".join((host.folder / "known_hosts").read_text() for host in (jump, studio)))
    return replace(target, known_hosts=str(known), jump=f"{jump.user}@127.0.0.1:{jump.port}")


@pytest.fixture(autouse=True)
def _no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def twice(target: SshTarget) -> list[str]:
    """Return a command line that connects twice."""
    return [sys.executable, "-c", TWICE, json.dumps(asdict(target))]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a program of ours."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def test_it_is_asked_for_until_it_is_right_and_then_no_more(over_a_jump: SshTarget, locked: Path) -> None:
    """Four connections are opened here, to the jump and to the host: whoever is asked again thinks they mistyped."""
    with at_terminal(twice(over_a_jump), environment()) as seat:
        seat.see(f"{PROMPT} '{locked}': ")
        seat.type("open seasme\n")
        seat.see(PROMPT, 2)
        seat.type(f"{PASSPHRASE}\n")
        assert seat.end() == 0, seat.screen
    assert "first answer" in seat.screen
    assert "second answer" in seat.screen
    assert seat.screen.count(PROMPT) == 2
    assert PASSPHRASE not in seat.screen


def test_without_a_terminal_nobody_is_asked(target: SshTarget, locked: Path) -> None:
    """A deploy from CI must not wait for ever; standard input is no place for a passphrase."""
    done = subprocess.run(
        twice(target), env=environment(), input=PASSPHRASE, capture_output=True, text=True, timeout=180, check=False,
        start_new_session=True,
    )  # fmt: skip
    assert f"{locked} is encrypted, no agent holds it, and there is no terminal to ask" in done.stderr
    assert PASSPHRASE not in done.stderr


@pytest.mark.parametrize(
    ("rule_and_display", "has_terminal", "is_asked"),
    [
        (("", ""), False, False),
        (("", ":7"), False, True),
        (("", ":7"), True, False),
        (("prefer", ":7"), True, True),
        (("prefer", ""), True, False),
        (("force", ""), True, True),
        (("never", ":7"), False, False),
    ],
)
def test_an_askpass_program_is_asked_when_ssh_would(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rule_and_display: tuple[str, str],
    has_terminal: bool,
    is_asked: bool,
) -> None:
    """Desktops and editors set one up; nobody expects a window where ssh opens none."""
    program = tmp_path / "askpass"
    program.write_text(f"#!/bin/sh\necho \"$1\" >>{tmp_path}/asked\necho '{PASSPHRASE}'\necho more\n")
    program.chmod(0o755)
    for name, value in zip(("SSH_ASKPASS_REQUIRE", "DISPLAY"), rule_and_display, strict=True):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SSH_ASKPASS", str(program))
    monkeypatch.setattr(asking, "_TERMINAL", os.devnull if has_terminal else f"{tmp_path}/none")
    monkeypatch.setattr(getpass, "getpass", lambda prompt: "typed")
    if is_asked or has_terminal:
        assert asking.ask_person("for it: ") == (PASSPHRASE if is_asked else "typed")
    else:
        with pytest.raises(NobodyToAsk):
            asking.ask_person("for it: ")
    assert (tmp_path / "asked").exists() is is_asked


def test_three_wrong_ones_end_it(target: SshTarget, locked: Path) -> None:
    """It is told as a key that could not be used; the next connection of the command does not begin anew."""
    asked: list[str] = []
    events: list[Event] = []

    def wrong(prompt: str) -> str:
        asked.append(prompt)
        return "wrong"

    transport = SshTransport("studio", target, passphrases=Passphrases(events.append, wrong))
    for _ in range(2):
        with pytest.raises(AuthenticationFailed, match=f"{locked} is encrypted and {TRIES} passphrases") as caught:
            transport.run(Command("ask", "echo in"))
    assert len(asked) == TRIES
    assert events == [Asking(asked[0]), Answered()] * TRIES
    assert f"`ssh-add {locked}`" in str(caught.value.hint)
    assert caught.value.exit_code == 4


def test_no_answer_leaves_the_key_locked(target: SshTarget) -> None:
    """Return, or the end of input, means: go on without it."""
    transport = SshTransport("studio", target, passphrases=Passphrases(lambda event: None, lambda prompt: ""))
    with pytest.raises(AuthenticationFailed, match="is encrypted and got no passphrase"):
        transport.run(Command("ask", "echo in"))


def test_a_key_that_the_host_does_not_want_is_not_asked_for(target: SshTarget, tmp_path: Path) -> None:
    """An old locked id_rsa in ~/.ssh must not stand in the way of every command."""
    old = make_key(tmp_path / "old", passphrase="long forgotten")
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return PASSPHRASE

    config = tmp_path / "ssh_config"
    config.write_text(f"Host *\n  IdentityFile {old}\n  IdentityFile {target.identity_file}\n")
    passphrases = Passphrases(lambda event: None, answer)
    transport = SshTransport("studio", replace(target, identity_file=None), passphrases=passphrases, config_file=config)
    assert transport.run(Command("ask", "echo in")).text == "in\n"
    transport.close()
    assert asked == [f"{PROMPT} '{target.identity_file}': "]


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa", "pem"])
def test_every_kind_of_locked_key_is_opened(tmp_path: Path, kind: str) -> None:
    """OpenSSH's own format, and the one of old keys."""
    path = make_key(tmp_path / "key", "rsa" if kind == "pem" else kind, PASSPHRASE)
    if kind == "pem":
        convert = ["ssh-keygen", "-q", "-p", "-m", "PEM", "-P", PASSPHRASE, "-N", PASSPHRASE, "-f", str(path)]
        subprocess.run(["/usr/bin/env", *convert], check=True, capture_output=True)
    key = Passphrases(lambda event: None, lambda prompt: PASSPHRASE).unlock(path)
    assert isinstance(key, paramiko.PKey)
    assert " ".join([key.get_name(), key.get_base64()]) == public_key(path)


def test_two_hosts_at_once_ask_once(locked: Path) -> None:
    """A fleet is reached in threads; two prompts on one terminal can be answered by nobody."""
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return PASSPHRASE

    passphrases = Passphrases(lambda event: None, answer)
    threads = [threading.Thread(target=passphrases.unlock, args=(locked,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(asked) == 1


def test_nobody_to_ask_is_remembered(locked: Path) -> None:
    """One sentence, not one for each connection."""

    def nobody(prompt: str) -> str:
        raise NobodyToAsk

    found = Passphrases(lambda event: None, nobody).unlock(locked)
    assert isinstance(found, Locked)
    assert "no terminal" in found.why
