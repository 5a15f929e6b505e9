"""The `ssh` command that goes the way of the settings, for remedies. Pure."""

from __future__ import annotations

from ccdeploy.transport.target import SshSettings


def by_hand(ssh: SshSettings, *options: str) -> list[str]:
    """Return the words that a person would type, with what the settings add to OpenSSH's config."""
    words = ["ssh", *options]
    words += ["-p", str(ssh.port)] if ssh.port else []
    words += ["-J", ssh.jump] if ssh.jump else []
    words += ["-i", ssh.identity_file] if ssh.identity_file else []
    words += ["-o", f"UserKnownHostsFile={_as_one(ssh.known_hosts)}"] if ssh.known_hosts else []
    return [*words, f"{ssh.user}@{ssh.address}" if ssh.user else ssh.address]


def _as_one(path: str) -> str:
    """Quote a path with spaces: the option names several files, with spaces between them."""
    return f'"{path}"' if " " in path else path
