"""`diff`: what a deploy would change in the host's config."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.deploy import phase_number
from ccdeploy.cli.options import HOST, JSON
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project

PHASE = Option("phase", "Compare only the names of this phase of the config.", metavar="NUMBER")
TEXT = Option("text", "Show the unified diff of the texts instead.", Kind.FLAG)


def run(project: Project, asked: Asked) -> Answer:
    """Compare a local config with the one that serves."""
    from ccdeploy import app

    phase = phase_number(asked.phase, "--phase")
    return Answer(app.diff(project, asked.host, asked.config, text=asked.text, phase=phase))


VERBS = (
    Verb(
        "diff",
        "Show what a deploy would change in the host's config.",
        ("ccdeploy diff tdd-pipeline --host studio", "ccdeploy diff tdd-pipeline --host studio --text"),
        run,
        details="Prints what differs in meaning: aliases, contexts, keep_alive, fallbacks, settings, names of the "
        "environment. Secrets are masked; comments and order mean nothing; where nothing differs, nothing is printed.",
        options=(HOST, PHASE, TEXT, JSON),
        configs="one",
    ),
)
