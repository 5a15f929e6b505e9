"""What a proxy is verified against: its config, what that promises, its environment and its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ccdeploy.findings import errors_in
from ccdeploy.litellm.config import read_config
from ccdeploy.litellm.masking import literal_secrets
from ccdeploy.litellm.promise import Promise, promise
from ccdeploy.release.bundle import MAIN
from ccdeploy.secret import Secret, confidential

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config


@dataclass(frozen=True)
class Candidate:
    """A config with the environment that it runs in. `config` is None when it cannot be read.

    `knows_env` is False for a proxy that was started with another env_file than the host has now:
    its key and what it resolved are not known.
    """

    config: Config | None
    promise: Promise
    env: Mapping[str, Secret] = field(repr=False)
    key: Secret | None = field(repr=False)
    knows_env: bool = True

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What must not be shown of it, wherever a proxy of it writes: of its environment, and of its config."""
        literal = literal_secrets(self.config.merged.value) if self.config else ()
        return (*confidential(self.env), *literal)


def candidate(config: Config, env: Mapping[str, Secret]) -> Candidate:
    """Return what a proxy of this config, started with this environment, is verified against."""
    return Candidate(config, promise(config), env, master_key(config, env))


def from_files(files: Mapping[str, bytes], shown_as: str, env: Mapping[str, Secret]) -> Candidate:
    """Return the same for files that stand on a host, where a config may be of any shape."""
    config = read_config(files, MAIN, shown_as)
    if errors_in(config.findings):
        return Candidate(None, Promise(frozenset()), env, env.get("LITELLM_MASTER_KEY"))
    return candidate(config, env)


def master_key(config: Config, env: Mapping[str, Secret]) -> Secret | None:
    """Return the key that a proxy of this config takes; None when it has none."""
    if config.master_key_env is not None:
        return env.get(config.master_key_env)
    literal = config.general_settings.get("master_key")
    return Secret(str(literal)) if literal else None
