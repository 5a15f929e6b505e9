"""What the user's OpenSSH config says of a host: asks `ssh -G`, so that `Include` and `Match` mean what they mean.

Pure but for that one question; without an `ssh` on this machine, OpenSSH's own defaults are used.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import shlex
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ccdeploy.errors import HostUnreachable
from ccdeploy.transport.target import SshSettings

_ASKING_TAKES_AT_MOST_S = 10.0  # `Match exec` runs the user's own programs
_DEFAULT_KEYS = ("id_rsa", "id_ecdsa", "id_ed25519")
_DEFAULT_KNOWN_HOSTS = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
_SYSTEM_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"


@dataclass(frozen=True)
class Route:
    """How to reach one host, complete: what the settings name, and OpenSSH's config for the rest.

    `known_hosts` lists the user's files first; a new key is written into the first.
    """

    address: str
    hostname: str
    port: int
    user: str
    identity_files: tuple[Path, ...]
    identities_only: bool
    agent_socket: str | None
    known_hosts: tuple[Path, ...]
    host_key_alias: str | None
    accepts_new_keys: bool
    proxy_jump: str | None
    proxy_command: str | None
    timeout_s: float

    @property
    def key_name(self) -> str:
        """The name under which known_hosts has this host."""
        if self.host_key_alias:
            return self.host_key_alias
        return self.hostname if self.port == 22 else f"[{self.hostname}]:{self.port}"

    @property
    def shown(self) -> str:
        """`user@host`, with the port where it is not 22."""
        return f"{self.user}@{self.hostname}" + ("" if self.port == 22 else f" port {self.port}")


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
    tokens = _Tokens(ssh.address, hostname, port, user, _first(options, "proxyjump") or "")
    keys = [ssh.identity_file] if ssh.identity_file else options.get("identityfile", _default_keys())
    return Route(
        address=ssh.address,
        hostname=hostname,
        port=port,
        user=user,
        identity_files=tuple(tokens.path(key) for key in keys if key != "none"),
        identities_only=bool(ssh.identity_file) or _first(options, "identitiesonly") == "yes",
        agent_socket=_agent_socket(options.get("identityagent", ["SSH_AUTH_SOCK"])[0], tokens),
        known_hosts=_known_hosts(ssh, options, tokens),
        host_key_alias=_first(options, "hostkeyalias"),
        accepts_new_keys=ssh.host_key_policy == "accept-new",
        proxy_jump=_first(options, "proxyjump"),
        proxy_command=tokens.expand(_first(options, "proxycommand") or "") or None,
        timeout_s=ssh.connect_timeout_s,
    )


@dataclass(frozen=True)
class _Tokens:
    """The % tokens of ssh_config(5) that paths and commands may hold."""

    original: str
    hostname: str
    port: int
    user: str
    jump: str

    def expand(self, text: str) -> str:
        """Return `text` with its tokens and `${NAME}`s replaced."""
        text = re.sub(r"\$\{(\w+)\}", lambda match: os.environ.get(match[1], ""), text)
        return re.sub(r"%(.)", lambda match: self._values().get(match[1], match[0]), text)

    def path(self, text: str) -> Path:
        """Return `text` as a path, tokens and `~` replaced."""
        return Path(self.expand(text)).expanduser()

    def _values(self) -> dict[str, str]:
        local = socket.gethostname()
        host, port, user = self.hostname, str(self.port), self.user
        return {
            "%": "%", "h": host, "k": host, "n": self.original, "p": port, "r": user, "j": self.jump,
            "d": str(Path.home()), "i": str(os.getuid()), "u": getpass.getuser(),
            "l": local, "L": local.partition(".")[0],
            "C": hashlib.sha1(f"{local}{host}{port}{user}{self.jump}".encode()).hexdigest(),  # noqa: S324 a name, by OpenSSH's definition
        }  # fmt: skip


def _ask(ssh: SshSettings, config_file: Path | None) -> str:
    argv = ["ssh", "-G", "-T"]
    argv += ["-F", str(config_file)] if config_file else []
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


def _known_hosts(ssh: SshSettings, options: dict[str, list[str]], tokens: _Tokens) -> tuple[Path, ...]:
    if ssh.known_hosts:
        return (tokens.path(ssh.known_hosts),)
    user = _first(options, "userknownhostsfile") if options else _DEFAULT_KNOWN_HOSTS
    system = _first(options, "globalknownhostsfile") if options else _SYSTEM_KNOWN_HOSTS
    return tuple(tokens.path(name) for name in [*_names(user), *_names(system)])


def _names(line: str | None) -> list[str]:
    """Split a line of paths. `ssh -G` quotes none: a line that is a file, spaces and all, is one path."""
    if not line:
        return []
    return [line] if Path(line).expanduser().is_file() else line.split()


def _agent_socket(value: str, tokens: _Tokens) -> str | None:
    if value.lower() == "none":
        return None
    if value == "SSH_AUTH_SOCK":
        return os.environ.get("SSH_AUTH_SOCK")
    if value.startswith("$"):
        return os.environ.get(value.strip("${}"))
    return str(tokens.path(value))
