"""`run`: a config for as long as a command takes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ccdeploy.cli.deploy import ALLOW
from ccdeploy.cli.options import DRY_RUN, HOST, JSON, NO_HOOKS, QUIET, STRATEGY, WAIT
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb, Word
from ccdeploy.errors import UsageFault

if TYPE_CHECKING:
    from ccdeploy.app import Project

KEY = Option("with-key", "Give the command the gateway's master key, as OPENAI_API_KEY.", Kind.FLAG)
_HOW = "`ccdeploy run CONFIG -- COMMAND...`, or `fab run --config CONFIG --command 'COMMAND...'`"


def run(project: Project, asked: Asked) -> Answer:
    """Deploy the config, run the command, go back."""
    from ccdeploy import app

    # Loaded before: while the command runs, for hours perhaps, ccdeploy itself may be upgraded.
    from ccdeploy.report import answer, failure, jsonout  # noqa: F401

    if not asked.config or not asked.command:
        missing = "a config" if not asked.config else "a command"
        raise UsageFault(f"run needs {missing}", hint=_HOW)
    done = app.run(
        project,
        asked.host,
        asked.config,
        asked.command,
        dry_run=asked.dry_run,
        strategy=asked.strategy,
        allow=asked.allow,
        with_key=asked.with_key,
        no_hooks=asked.no_hooks,
        wait_s=asked.wait_s,
        quiet_s=asked.quiet_s,
        # stdout is for one document then; what the command prints is beside it.
        stdout=sys.stderr.fileno() if asked.json else None,
    )
    return Answer(done, is_beside=True)


VERBS = (
    Verb(
        "run",
        "Deploy a config for as long as a command runs, then go back.",
        (
            "ccdeploy run large-context --host studio -- ./big-task.sh",
            "ccdeploy run large-context --host studio --with-key -- ./big-task.sh --all",
        ),
        run,
        details="The command runs here, on this terminal, and finds the gateway in CCDEPLOY_URL and OPENAI_BASE_URL. "
        "Nobody else deploys meanwhile. However it ends, the release that served before serves again; --quiet is for "
        "the way there. The exit code is the command's, or 7 when going back failed; when the config could not be "
        "deployed, that of `deploy`.",
        options=(HOST, DRY_RUN, STRATEGY, ALLOW, KEY, WAIT, QUIET, NO_HOOKS, JSON),
        configs="one",
        command=Word("command", "The command to run; for ccdeploy it stands after --."),
        has_steps=True,
        writes=True,
    ),
)
