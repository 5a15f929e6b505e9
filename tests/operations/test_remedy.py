"""Remedies that can be pasted where they are read."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ccdeploy.operations.remedy import below_root, on_host
from ccdeploy.settings import Ssh
from tests.remote.hosts import host_at


@pytest.mark.parametrize(
    "command", ["echo hello", "printf 'a b'", 'printf "a  b\\n"', 'echo "it\'s $HOME"', ": > ~/'a b'/log"]
)
def test_a_remedy_is_the_command_when_it_is_pasted(tmp_path: Path, command: str) -> None:
    """Whatever marks it holds: what the shell there gets is what was meant."""
    line = on_host(host_at("~/ccproxy"), command)
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nprintf "%s" "$3"\n')
    ssh.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": "/nowhere"}
    done = subprocess.run(["/bin/sh", "-c", line], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == command


def test_a_remedy_goes_the_way_of_the_settings() -> None:
    """A port or a key of its own would else be left out, and another host be meant."""
    ssh = Ssh(
        address="studio.example.com",
        port=2222,
        user="ada",
        identity_file="~/a key",
        known_hosts="h",
        jump="b@gate:22",
    )
    line = on_host(host_at("~/ccproxy").model_copy(update={"ssh": ssh}), "true")
    assert line == "ssh -t -p 2222 -J b@gate:22 -i '~/a key' -o UserKnownHostsFile=h ada@studio.example.com 'true'"


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [
        ("~/ccproxy", "logs/litellm.log", "~/ccproxy/logs/litellm.log"),
        ("~/a b", ".env", "~/'a b/.env'"),
        ("/srv/a b", "", "'/srv/a b'"),
        ("~/ccproxy", "/etc/litellm.env", "/etc/litellm.env"),
    ],
)
def test_a_path_below_root_is_a_word_of_the_hosts_shell(root: str, path: str, expected: str) -> None:
    """A quoted tilde is no home."""
    assert below_root(host_at(root), path) == expected
