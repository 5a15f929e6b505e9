"""The env_file of a host: whether it can be read, who else may, and what it sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ccdeploy.litellm import envfile
from ccdeploy.release.bundle import sha256
from ccdeploy.secret import Secret


@dataclass(frozen=True)
class EnvFile:
    """The environment of the proxy. `digest` and `values` are of no use when it cannot be read."""

    exists: bool
    is_readable: bool
    mode: str  # as `ls -l` prints it: -rw-------
    digest: str
    values: Mapping[str, Secret] = field(repr=False)
    data: bytes = field(repr=False)

    @property
    def names(self) -> frozenset[str]:
        """The names that it sets."""
        return frozenset(self.values)

    @property
    def is_closed(self) -> bool:
        """Whether nobody but its owner may read or write it."""
        return self.mode[4:10] == "------"


def from_answer(mode: str, data: bytes, *, is_readable: bool) -> EnvFile:
    """Return what the host answered; an empty mode is that of a file that is not there."""
    return EnvFile(
        exists=bool(mode),
        is_readable=is_readable,
        mode=mode,
        digest=sha256(data),
        values=envfile.parse(data) if is_readable else {},
        data=data,
    )
