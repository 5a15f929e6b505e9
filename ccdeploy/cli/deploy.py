"""`deploy`: bring a config to a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import DRY_RUN, HOST, JSON, NO_HOOKS, QUIET, STRATEGY, WAIT
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb
from ccdeploy.errors import UsageFault

if TYPE_CHECKING:
    from ccdeploy.app import Project

ALLOW = Option(
    "allow",
    "Deploy in spite of findings with this code; may be given again. Not every code can be allowed.",
    Kind.LIST,
    metavar="CODE",
)
PHASE = Option("phase", "Deploy only the names of this phase of the config.", metavar="NUMBER")
FORCE = Option("force", "Deploy although the host serves just this already.", Kind.FLAG)

OPTIONS = (DRY_RUN, STRATEGY, ALLOW, FORCE, WAIT, QUIET, NO_HOOKS)  # of every verb that deploys a config for good


def run(project: Project, asked: Asked) -> Answer:
    """Deploy the named config, or the host's own, whole or narrowed to a phase."""
    return deployed(project, asked, phase_number(asked.phase, "--phase"))


def deployed(project: Project, asked: Asked, phase: int | None) -> Answer:
    """Deploy as the command line asks for."""
    from ccdeploy import app

    attempt = app.deploy(
        project,
        asked.host,
        asked.config,
        dry_run=asked.dry_run,
        strategy=asked.strategy,
        allow=asked.allow,
        force=asked.force,
        no_hooks=asked.no_hooks,
        wait_s=asked.wait_s,
        quiet_s=asked.quiet_s,
        phase=phase,
    )
    return Answer(attempt)


def phase_number(text: str | None, said_as: str) -> int | None:
    """Return the phase that a command line names; None where it names none. Raises UsageFault."""
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise UsageFault(f"{said_as} takes a number such as 2, not '{text}'")
    return int(text)


VERBS = (
    Verb(
        "deploy",
        "Bring a config to a host and prove that it serves, or go back.",
        (
            "ccdeploy deploy tdd-pipeline --host studio",
            "ccdeploy deploy --host studio --dry-run",
            "ccdeploy deploy tdd-pipeline --phase 2 --host studio",
        ),
        run,
        details="Without a config, the one that configs/hosts.yaml names for the host. The new proxy boots beside "
        "the old one and is verified before it serves; whatever fails, a verified release serves in the end.",
        options=(HOST, PHASE, *OPTIONS, JSON),
        configs="one",
        has_steps=True,
        writes=True,
    ),
)
