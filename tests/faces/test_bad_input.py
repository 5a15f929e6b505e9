"""Bad input: one clear sentence, the remedy, the exit code, no traceback, and the host as it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faces.ending import assert_ends
from tests.support.free_port import free_port
from tests.support.hooks import write_hook
from tests.support.ssh_host import make_key, public_key
from tests.support.studio import Studio

Spoil = Callable[[Studio], str]


def _hosts(studio: Studio) -> Path:
    return studio.folder / "configs" / "hosts.yaml"


def _config(studio: Studio) -> Path:
    return studio.folder / "configs" / "litellm" / "second.yaml"


def _wrong_yaml_in_the_settings(studio: Studio) -> str:
    _hosts(studio).write_text("hosts:\n  studio: [unclosed\n")
    return "configs/hosts.yaml:"


def _unknown_key_in_the_settings(studio: Studio) -> str:
    studio.entry["listn"] = {}
    studio.settle()
    return "did you mean"


def _wrong_yaml_in_the_config(studio: Studio) -> str:
    _config(studio).write_text("model_list: [unclosed\n")
    return "configs/litellm/second.yaml:"


def _typo_in_the_config(studio: Studio) -> str:
    _config(studio).write_text(_config(studio).read_text().replace("general_settings", "general_setings"))
    return "general_settings"


def _config_of_0_bytes(studio: Studio) -> str:
    _config(studio).write_text("")
    return "configs/litellm/second.yaml"


def _unreachable_host(studio: Studio) -> str:
    studio.entry["ssh"]["port"] = free_port()
    studio.settle()
    return "port"


def _refused_key(studio: Studio) -> str:
    studio.entry["ssh"]["identity_file"] = str(make_key(studio.folder / "another_key"))
    studio.settle()
    return "key"


def _changed_host_key(studio: Studio) -> str:
    key = public_key(make_key(studio.folder / "another_key"))
    known = studio.folder / "known_hosts"
    known.write_text(f"[127.0.0.1]:{studio.entry['ssh']['port']} {key}\n")
    studio.entry["ssh"]["known_hosts"] = str(known)
    studio.settle()
    return "ssh-keygen"


def _unknown_host_key(studio: Studio) -> str:
    known = studio.folder / "known_hosts"
    known.write_text("")
    studio.entry["ssh"]["known_hosts"] = str(known)
    studio.settle()
    return "known"


def _jump_that_refuses(studio: Studio) -> str:
    jump = studio.around.way("openssh-zsh")  # a server that does not know this host's key
    known = studio.folder / "known_hosts"
    known.write_text("".join(Path(way["known_hosts"]).read_text() for way in (jump, studio.entry["ssh"])))
    ours = {"known_hosts": str(known), "jump": f"{jump['user']}@{jump['address']}:{jump['port']}"}
    studio.entry["ssh"].update(ours)
    studio.settle()
    return f"{jump['address']} (on the way to studio): {jump['user']}@{jump['address']} port {jump['port']} does not"


def _host_without_litellm(studio: Studio) -> str:
    shutil.move(studio.root / "venv" / "bin" / "litellm", studio.root / "venv" / "bin" / "moved")
    return "no litellm at venv/bin/litellm"


BAD: list[tuple[Spoil, int]] = [
    (_wrong_yaml_in_the_settings, 3),
    (_unknown_key_in_the_settings, 3),
    (_wrong_yaml_in_the_config, 3),
    (_typo_in_the_config, 3),
    (_config_of_0_bytes, 3),
    (_unreachable_host, 4),
    (_refused_key, 4),
    (_changed_host_key, 4),
    (_unknown_host_key, 4),
    (_jump_that_refuses, 4),
    (_host_without_litellm, 3),
]


@pytest.mark.parametrize(("spoil", "code"), BAD)
def test_bad_input_is_told_and_leaves_the_host_as_it_was(studio: Studio, face: str, spoil: Spoil, code: int) -> None:
    """Whoever made the mistake can mend it from what is said, and no user noticed."""
    studio.by_hand("coder")
    studio.config("second", "coder", "fast")
    said = spoil(studio)
    before = studio.checksum()
    with studio.watched() as promises:
        done = studio.run("ccdeploy deploy second", face)
    promises.kept(served={"coder"})
    assert_ends(done, code, said)
    assert studio.checksum() == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ccdeploy deploy secnd", "did you mean second?"),
        ("ccdeploy deploy second --host studoi", "did you mean studio?"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(studio: Studio, face: str, line: str, said: str) -> None:
    """A typo costs a second, not a search."""
    studio.config("second", "coder")
    done = studio.run(line, face)
    assert_ends(done, done.returncode, said)
    assert done.returncode in (2, 3)


@pytest.mark.parametrize("port", ["port", "spare"])
def test_a_port_of_a_stranger(studio: Studio, face: str, port: str) -> None:
    """The stranger goes on listening."""
    studio.config("second", "coder")
    before = studio.checksum()
    with studio.stranger_on(getattr(studio, port)) as stranger:
        done = studio.run("ccdeploy deploy second", face)
        assert stranger.is_listening
    assert_ends(done, 3, "is taken by", "listen.ports")
    assert studio.checksum() == before


@pytest.mark.skipif(os.getuid() == 0, reason="root reads every file; test_refusals.py prepares the facts instead")
def test_an_unreadable_env_file(studio: Studio, face: str) -> None:
    """It belongs to another user, or its mode was mistyped."""
    (studio.root / ".env").chmod(0)
    studio.config("second", "coder")
    assert_ends(studio.run("ccdeploy deploy second", face), 3, "cannot be read")


def test_an_ollama_that_is_down_before_and_after(studio: Studio, face: str) -> None:
    """The deploy is not held up by it; verify tells of it."""
    studio.env(OLLAMA_API_BASE=f"http://127.0.0.1:{free_port()}")
    studio.by_hand("coder")
    studio.config("second", "coder", "fast")
    with studio.watched() as promises:
        done = studio.run("ccdeploy deploy second", face)
    promises.kept(served={"coder", "fast"}, gap_allowed=True)
    assert_ends(done, 0)
    assert "ollama" in done.stderr
    assert_ends(studio.run("ccdeploy verify", face), 8, "nothing listens there", remedy=False)


def test_a_hook_that_hangs(studio: Studio, face: str) -> None:
    """It is ended, and nothing was touched; the remedy says both ways out."""
    write_hook(studio.folder, "pre-deploy", "echo asking; exec sleep 600")
    settings = studio.folder / "configs" / "hosts.yaml"
    settings.write_text(f"{settings.read_text()}hooks: {{timeout: 3s}}\n")
    studio.config("second", "coder")
    before = studio.checksum()
    done = studio.run("ccdeploy deploy second", face)
    assert_ends(done, 3, "hooks/pre-deploy ran over 3.0 s and was ended", "--no-hooks", "timeout: 5m")
    assert "hook     asking" in done.stderr
    assert studio.checksum() == before
