"""Where and as whom to connect, as the settings say it; what they leave open comes from OpenSSH's config."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class SshSettings(Protocol):
    """The `ssh` part of a host's settings; None means: as the user's OpenSSH config says."""

    @property
    def address(self) -> str:
        """A name or an address, as one would give it to `ssh`."""
        ...

    @property
    def port(self) -> int | None:
        """The TCP port."""
        ...

    @property
    def user(self) -> str | None:
        """The user on the host."""
        ...

    @property
    def jump(self) -> str | None:
        """The hosts to go through, as `ssh -J` takes them; `none` goes straight."""
        ...

    @property
    def identity_file(self) -> str | None:
        """The only key to offer."""
        ...

    @property
    def known_hosts(self) -> str | None:
        """The only file to look for the host's key in."""
        ...

    @property
    def host_key_policy(self) -> str:
        """`strict`, or `accept-new`: write down the key of a host that is not known yet."""
        ...

    @property
    def connect_timeout_s(self) -> float:
        """Seconds for each of TCP, banner and authentication."""
        ...


@dataclass(frozen=True)
class SshTarget:
    """An `SshSettings` made by hand, for the hosts on the way (ProxyJump) and for tests."""

    address: str
    port: int | None = None
    user: str | None = None
    identity_file: str | None = None
    known_hosts: str | None = None
    host_key_policy: str = "strict"
    connect_timeout_s: float = 10.0
    jump: str | None = None
