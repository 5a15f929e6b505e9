"""What the user's OpenSSH config says of a host: asks `ssh -G`, so that `Include` and `Match` mean what they mean.

Pure but for that one question; without an `ssh` on this machine, OpenSSH's own defaults are used.
"""

from __future__ import annotations

import getpass
import os
import shlex
import subprocess
from pathlib import Path

from ccdeploy.errors import HostUnreachable
from ccdeploy.transport.byhand import by_hand
from ccdeploy.transport.route import Named, Route
from ccdeploy.transport.target import SshSettings
from ccdeploy.transport.tokens import Tokens

_ASKING_TAKES_AT_MOST_S = 10.0  # `Match exec` runs the user's own programs
_DEFAULT_KEYS = ("id_rsa", "id_ecdsa", "id_ed25519")
_DEFAULT_KNOWN_HOSTS = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
_SYSTEM_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"


def resolve(ssh: SshSettings, config_file: Path | None = None) -> Route:
    """Return the route to a host. `config_file` stands in for the user's own OpenSSH config.

    Raises HostUnreachable when `ssh` does not accept the config or the address.
    """
    return route(ssh, parse(_ask(ssh, config_file)))


def parse(answer: str) -> dict[str, list[str]]:
    """Return the keywords of `ssh -G`'s answer, in lower case, with every value that each has."""
    options: dict[str, list[str]] = {}
    for line in answer.splitlines():
        keyword, _, value = line.strip().partition(" ")
        if value:
            options.setdefault(keyword.lower(), []).append(value)
    return options


def route(ssh: SshSettings, options: dict[str, list[str]]) -> Route:
    """Return the route that the settings and the options of OpenSSH give together; the settings win."""
    hostname = _first(options, "hostname") or ssh.address
    port = ssh.port or int(_first(options, "port") or 22)
    user = ssh.user or _first(options, "user") or getpass.getuser()
    jump = ssh.jump or _first(options, "proxyjump") or "none"
    alias = _first(options, "hostkeyalias")
    tokens = Tokens(ssh.address, hostname, port, user, "" if jump == "none" else jump, alias)
    keys = [ssh.identity_file] if ssh.identity_file else options.get("identityfile", _default_keys())
    users_files, system_files = _known_hosts(ssh, options, tokens)
    return Route(
        address=ssh.address,
        hostname=hostname,
        port=port,
        user=user,
        identity_files=tuple(tokens.path(key) for key in keys if key != "none"),
        certificate_files=tuple(tokens.path(file) for file in options.get("certificatefile", []) if file != "none"),
        identities_only=bool(ssh.identity_file) or _first(options, "identitiesonly") == "yes",
        agent_socket=_agent_socket(options.get("identityagent", ["SSH_AUTH_SOCK"])[0], tokens),
        known_hosts=(*users_files, *system_files),
        new_keys_file=next(iter(users_files), None),
        # The settings' file is the team's, perhaps kept in git: its names stay readable.
        hashes_names=_first(options, "hashknownhosts") == "yes" and not ssh.known_hosts,
        host_key_alias=alias,
        accepts_new_keys=ssh.host_key_policy == "accept-new",
        proxy_jump=None if jump == "none" else jump,
        proxy_command=None if ssh.jump else tokens.expand(_first(options, "proxycommand") or "") or None,
        timeout_s=ssh.connect_timeout_s,
        by_hand=shlex.join(by_hand(ssh)),
        named=Named(
            tokens.path(ssh.identity_file) if ssh.identity_file else None,
            tokens.path(ssh.known_hosts) if ssh.known_hosts else None,
        ),
    )


def _ask(ssh: SshSettings, config_file: Path | None) -> str:
    argv = ["ssh", "-G", "-T"]
    argv += ["-F", str(config_file)] if config_file else []
    argv += ["-J", ssh.jump] if ssh.jump else []
    argv += ["-p", str(ssh.port)] if ssh.port else []
    argv += ["-l", ssh.user] if ssh.user else []
    argv += ["--", ssh.address]  # an address that begins with a dash is no option
    try:
        answer = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_ASKING_TAKES_AT_MOST_S
        )
    except (FileNotFoundError, PermissionError):
        return ""
    except subprocess.TimeoutExpired as exc:
        raise HostUnreachable(
            f"{ssh.address}: `{shlex.join(argv)}` did not answer within {_ASKING_TAKES_AT_MOST_S:.0f} s",
            hint="look for a `Match exec` in ~/.ssh/config that waits",
        ) from exc
    if answer.returncode:
        raise HostUnreachable(
            f"{ssh.address}: OpenSSH does not accept its own config or this address",
            hint=f"run `{shlex.join(argv)}` and mend what it names",
            evidence=answer.stderr.decode("utf-8", "replace").splitlines()[-3:],
        )
    return answer.stdout.decode("utf-8", "replace")


def _first(options: dict[str, list[str]], keyword: str) -> str | None:
    values = options.get(keyword)
    return None if not values or values[0].lower() == "none" else values[0]


def _default_keys() -> list[str]:
    return [f"~/.ssh/{name}" for name in _DEFAULT_KEYS]


def _known_hosts(
    ssh: SshSettings, options: dict[str, list[str]], tokens: Tokens
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Return the user's files, then the machine's. `ssh` never writes into the machine's, so neither do we."""
    if ssh.known_hosts:
        return (tokens.path(ssh.known_hosts),), ()
    user = _first(options, "userknownhostsfile") if options else _DEFAULT_KNOWN_HOSTS
    system = _first(options, "globalknownhostsfile") if options else _SYSTEM_KNOWN_HOSTS
    return tuple(map(tokens.path, _names(user))), tuple(map(tokens.path, _names(system)))


def _names(line: str | None) -> list[str]:
    """Split a line of paths. `ssh -G` quotes none: a line that is a file, spaces and all, is one path."""
    if not line:
        return []
    return [line] if Path(line).expanduser().is_file() else line.split()


def _agent_socket(value: str, tokens: Tokens) -> str | None:
    if value.lower() == "none":
        return None
    if value == "SSH_AUTH_SOCK":
        return os.environ.get("SSH_AUTH_SOCK")
    if value.startswith("$"):
        return os.environ.get(value.strip("${}"))
    return str(tokens.path(value))
