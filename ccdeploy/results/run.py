"""What came of a command that a config was deployed for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ccdeploy.results.attempt import Attempt

RunOutcome = Literal["gone-back", "nothing-to-do", "overtaken", "not-run", "not-gone-back", "rehearsed"]


@dataclass(frozen=True)
class CommandRun:
    """A command of the user's that was run on this machine.

    `name` is its name without arguments, which may hold secrets. `code` is its exit status as a shell
    tells it: 128 and the number of the signal that ended it, 127 for one that is not there, 126 for one
    that cannot be started. `detail` says what is amiss, in one sentence.
    """

    name: str
    code: int
    seconds: float
    detail: str = ""


@dataclass(frozen=True)
class Run:
    """A config that served for as long as a command ran.

    outcome: gone-back, nothing-to-do (the config served before, and serves on), overtaken (another
    deployed meanwhile, and theirs serves on), not-run (the deploy did not end well enough), not-gone-back, rehearsed.
    `command` is None when it was not run, `way_back` when there was none to go. The exit code is the command's.
    """

    host: str
    config: str
    outcome: RunOutcome
    deploy: Attempt
    command: CommandRun | None = None
    way_back: Attempt | None = None
    url: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The command's; that of the deploy when it was not run."""
        return self.command.code if self.command else self.deploy.exit_code
