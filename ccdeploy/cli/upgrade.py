"""`upgrade`: another version of LiteLLM for the config that serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import DRY_RUN, HOST, JSON, NO_HOOKS, QUIET, STRATEGY, WAIT
from ccdeploy.cli.verb import Answer, Asked, Verb, Word

if TYPE_CHECKING:
    from ccdeploy.app import Project


def run(project: Project, asked: Asked) -> Answer:
    """Upgrade to the named version, or to the pinned one."""
    from ccdeploy import app

    attempt = app.upgrade(
        project,
        asked.host,
        asked.version,
        dry_run=asked.dry_run,
        no_hooks=asked.no_hooks,
        wait_s=asked.wait_s,
        strategy=asked.strategy,
        quiet_s=asked.quiet_s,
    )
    return Answer(attempt)


VERBS = (
    Verb(
        "upgrade",
        "Serve the same config with another version of LiteLLM.",
        ("ccdeploy upgrade 1.108.0 --host studio", "ccdeploy upgrade 1.108.0 --host studio --dry-run"),
        run,
        details="It is installed into a second venv beside the first, while the old one serves; then it is a deploy "
        "like any other, and `rollback` goes back to the old version. Without VERSION: litellm_version of hosts.yaml.",
        options=(HOST, DRY_RUN, STRATEGY, WAIT, QUIET, NO_HOOKS, JSON),
        word=Word("version", "The version of LiteLLM; without it, litellm_version of the settings."),
        has_steps=True,
        writes=True,
    ),
)
