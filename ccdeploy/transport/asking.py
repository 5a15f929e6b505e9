"""Asking the person at the terminal for something that nobody may see: /dev/tty, or SSH_ASKPASS as `ssh` uses it."""

from __future__ import annotations

import getpass
import os
import subprocess

_TERMINAL = "/dev/tty"


class NobodyToAsk(Exception):
    """There is no terminal and no program to ask with."""


def ask_person(prompt: str) -> str:
    """Return what a person answers; "" when there was no answer. Raises NobodyToAsk.

    SSH_ASKPASS_REQUIRE decides as in ssh(1): `never`, `prefer` and `force`; without it a terminal
    comes first, and the program is only asked where there is a display.
    """
    program, rule = os.environ.get("SSH_ASKPASS"), os.environ.get("SSH_ASKPASS_REQUIRE", "")
    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    may_use_program = bool(program) and rule != "never" and (has_display or rule == "force")
    if program and may_use_program and (rule in ("prefer", "force") or not _has_terminal()):
        return _ask_program(program, prompt)
    if not _has_terminal():
        raise NobodyToAsk
    try:
        return getpass.getpass(prompt)  # it opens the terminal itself, and restores the echo after Ctrl-C too
    except EOFError:
        return ""


def _has_terminal() -> bool:
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _ask_program(program: str, prompt: str) -> str:
    try:
        done = subprocess.run([program, prompt], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    except OSError as exc:
        raise NobodyToAsk from exc
    return "" if done.returncode else done.stdout.decode("utf-8", "replace").partition("\n")[0].rstrip("\r")
