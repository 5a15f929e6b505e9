"""The tree of errors; each type carries the exit code that both faces end with.

CcdeployError
├── UsageFault 2
├── Refused 3             nothing was touched; carries the findings
│   ├── CommandFailed 3   a command on the host ended with a status that nobody expected
│   └── ForwardingForbidden 3
├── ConnectFailed 4
│   ├── HostUnreachable 4
│   ├── AuthenticationFailed 4
│   ├── HostKeyUnknown 4
│   ├── HostKeyChanged 4
│   ├── ConnectionLost 4
│   └── CommandTimedOut 4
├── Locked 5
│   └── LockLost 5
├── DeployFailed 6        the previous release serves, verified
├── Stranded 7            nothing verified serves
├── Unhealthy 8
├── RouteFaulty 9
├── NothingToRollBackTo 10
└── Interrupted 130
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ccdeploy.findings import Finding

EXIT_CODES: dict[int, str] = {
    0: "done, or nothing to do",
    2: "usage: the command line is wrong",
    3: "refused before anything was touched: settings, config, plan, or a host that is not fit",
    4: "cannot connect, authenticate, or the host key is wrong",
    5: "locked by someone else",
    6: "failed; the host serves the previous release, verified",
    7: "failed and nothing verified is serving: a person must look now",
    8: "something is wrong on the host: verification, drift in `status`, a finding of `doctor`",
    9: "the host is well, the way through Traefik is not",
    10: "nothing to roll back to",
    130: "interrupted, state restored",
}


class CcdeployError(Exception):
    """Base of all errors that a user sees: one sentence, perhaps a remedy, perhaps evidence.

    `hint` is the remedy. `evidence` are lines that show the cause, such as the end of a log.
    `result` is what the verb had found out until then, for `--json`; a mapping of plain values.
    `was_begun` says that the lock of the host was ours when it happened.
    """

    exit_code: ClassVar[int] = 3

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        evidence: Sequence[str] = (),
        result: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.evidence = tuple(evidence)
        self.result = result
        self.was_begun = False


class UsageFault(CcdeployError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class Refused(CcdeployError):
    """The tool will not begin; nothing was touched. `findings` say why."""

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        findings: Sequence[Finding] = (),
        hint: str | None = None,
        evidence: Sequence[str] = (),
        result: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, hint=hint, evidence=evidence, result=result)
        self.findings = tuple(findings)


class CommandFailed(Refused):
    """A command on the host ended with a status outside the ones that it may end with."""

    def __init__(self, message: str, *, status: int | None, hint: str | None = None, evidence: Sequence[str] = ()):
        super().__init__(message, hint=hint, evidence=evidence)
        self.status = status


class ForwardingForbidden(Refused):
    """The SSH server refuses direct-tcpip channels (`AllowTcpForwarding no`)."""


class ConnectFailed(CcdeployError):
    """The host cannot be reached, or may not be trusted, or does not let us in."""

    exit_code = 4


class HostUnreachable(ConnectFailed):
    """No SSH server answers at the address."""


class AuthenticationFailed(ConnectFailed):
    """The SSH server accepts none of our keys."""


class HostKeyUnknown(ConnectFailed):
    """The host's key is in no known_hosts file."""


class HostKeyChanged(ConnectFailed):
    """The host's key is not the one that known_hosts has."""


class ConnectionLost(ConnectFailed):
    """The connection ended while it was used; what the host did of the last command is unknown."""


class CommandTimedOut(ConnectFailed):
    """A command on the host did not end in time; what it had started was ended."""


class Locked(CcdeployError):
    """Another deploy, or a person, holds the host's lock."""

    exit_code = 5


class LockLost(Locked):
    """Our lock was taken over while we worked; a guarded script refused to write."""


class DeployFailed(CcdeployError):
    """The attempt failed; the previous release serves, verified."""

    exit_code = 6


class Stranded(CcdeployError):
    """The attempt failed and nothing verified serves."""

    exit_code = 7


class Unhealthy(CcdeployError):
    """Something on the host is not as it should be."""

    exit_code = 8


class RouteFaulty(CcdeployError):
    """The host is well; the way through Traefik is not."""

    exit_code = 9


class NothingToRollBackTo(CcdeployError):
    """There is no earlier release that was verified."""

    exit_code = 10


class Interrupted(CcdeployError):
    """Ctrl-C or SIGTERM; the state was restored before this was raised."""

    exit_code = 130
