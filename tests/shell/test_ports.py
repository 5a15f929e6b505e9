"""Who listens, asked of a host without /proc: macOS, whose lsof shows a plain user that user's processes alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ccdeploy.shell.command import Command
from ccdeploy.shell.prelude import script
from tests.shell.shells import ShellTransport, without_proc

HEAD = "Active Internet connections (including servers)\nProto Recv-Q Send-Q  Local Address  Foreign Address  (state)\n"
LISTENING = [
    "tcp4       0      0  127.0.0.1.8081         *.*                    LISTEN",
    "tcp46      0      0  *.8081                 *.*                    LISTEN     ",
    "tcp6       0      0  ::1.8081               *.*                    LISTEN",
    "tcp        0      0 127.0.0.1:8081          0.0.0.0:*               LISTEN      4242/python",
]
NOT_LISTENING = [
    "tcp4       0      0  127.0.0.1.8081         127.0.0.1.50000        ESTABLISHED",
    "tcp4       0      0  127.0.0.1.50000        127.0.0.1.8081         ESTABLISHED",
    "tcp4       0      0  127.0.0.1.18081        *.*                    LISTEN",
    "tcp4       0      0  127.0.0.1.80810        *.*                    LISTEN",
]


def told(shell: ShellTransport, folder: Path, netstat: str, lsof: str) -> list[str]:
    """Return whether somebody listens on 8081, and who, on a host whose programs answer so."""
    programs = {"netstat": f"cat <<'END'\n{HEAD}{netstat}\nEND\n", "lsof": f"{lsof}\n"}
    for name, body in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}")
        (folder / name).chmod(0o755)
    way = ShellTransport(Path(shell.shell), {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
    question = Command("ports", script("if is_listening 8081; then echo open; else echo free; fi; listeners 8081"))
    return way.run(without_proc(question)).text.split()


@pytest.mark.parametrize("line", LISTENING)
def test_a_listener_of_another_user_is_seen_without_a_pid(here: ShellTransport, tmp_path: Path, line: str) -> None:
    """A port that seems free and is not would cost a restart its service."""
    assert told(here, tmp_path, line, "exit 1") == ["open", "-"]


@pytest.mark.parametrize("line", NOT_LISTENING)
def test_what_does_not_listen_on_the_port_is_no_listener(here: ShellTransport, tmp_path: Path, line: str) -> None:
    """A user's request to the port, or another port that ends in its digits, must not look like a stranger."""
    assert told(here, tmp_path, line, "exit 1") == ["free"]


def test_a_listener_of_our_own_has_its_pid(here: ShellTransport, tmp_path: Path) -> None:
    """`lsof` names whose it is."""
    assert told(here, tmp_path, LISTENING[0], "echo 4242; echo 4243") == ["open", "4242", "4243"]


def test_a_listener_that_began_between_the_looks_has_its_pid(here: ShellTransport, tmp_path: Path) -> None:
    """Our own proxy, which binds just now, is no stranger."""
    late = f'if [ -e "{tmp_path}/asked" ]; then echo 4242; else : >"{tmp_path}/asked"; exit 1; fi'
    assert told(here, tmp_path, LISTENING[0], late) == ["open", "4242"]
