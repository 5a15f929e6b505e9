"""What may be chosen about a sandbox; a later `up` keeps what an earlier one chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class SandboxOptions:
    """The choices of one sandbox.

    `litellm` is the start of the command line that `venv/bin/litellm` becomes; None is the real
    LiteLLM. `hand_started` seeds a running proxy, as a person would have left it. `forwarding`
    False makes the SSH server refuse direct-tcpip, as `AllowTcpForwarding no` does. `load_s` is the
    time that the stand-in for Ollama takes to load a model, `tokens_per_s` the pace of its streams.
    """

    login_shell: str = "/bin/sh"
    litellm: tuple[str, ...] | None = None
    hand_started: bool = True
    traefik: bool = True
    forwarding: bool = True
    load_s: float = 0.3
    memory: str = "32GB"
    tokens_per_s: float = 50.0
    ready_timeout_s: float = 120.0

    def to_json(self) -> dict[str, Any]:
        """Return the options as plain values."""
        return asdict(self)


def options_from(data: Mapping[str, Any]) -> SandboxOptions:
    """Return the options that `to_json` wrote; names that this version does not know are left out."""
    known = {f.name: data[f.name] for f in fields(SandboxOptions) if f.name in data}
    if known.get("litellm") is not None:
        known["litellm"] = tuple(known["litellm"])
    return SandboxOptions(**known)
