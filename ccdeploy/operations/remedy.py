"""Remedies that can be pasted where the finding is read: what is to be done on the host goes there by ssh."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccdeploy.settings import Host


def on_host(host: Host, command: str) -> str:
    """Return the line that runs a command on the host from here; `-t`, so that sudo can ask for a password."""
    ssh = host.ssh
    words = ["ssh", "-t"]
    words += ["-p", str(ssh.port)] if ssh.port else []
    words += ["-J", ssh.jump] if ssh.jump else []
    words += ["-i", ssh.identity_file] if ssh.identity_file else []
    words += ["-o", f"UserKnownHostsFile={ssh.known_hosts}"] if ssh.known_hosts else []
    words.append(f"{ssh.user}@{ssh.address}" if ssh.user else ssh.address)
    return f"{shlex.join(words)} {_quoted(command)}"


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
