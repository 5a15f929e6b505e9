"""Remedies that can be pasted where the finding is read: what is to be done on the host goes there by ssh."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ccdeploy.transport.byhand import by_hand

if TYPE_CHECKING:
    from ccdeploy.settings import Host


def on_host(host: Host, command: str) -> str:
    """Return the line that runs a command on the host from here; `-t`, so that sudo can ask for a password."""
    return f"{shlex.join(by_hand(host.ssh, '-t'))} {_quoted(command)}"


def below_root(host: Host, path: str) -> str:
    """Return a path of the settings as the host's shell finds it from the home that it begins in."""
    whole = path if path.startswith("/") else f"{host.root}/{path}".rstrip("/")
    # A tilde stands for the home only as long as the slash behind it is not quoted.
    return f"~/{shlex.quote(whole[2:])}" if whole.startswith("~/") else shlex.quote(whole)


def _quoted(command: str) -> str:
    """Quote with the marks that the command does not hold: a remedy is read before it is pasted."""
    if "'" not in command:
        return f"'{command}'"
    return f'"{command}"' if not set('"$`\\') & set(command) else shlex.quote(command)
