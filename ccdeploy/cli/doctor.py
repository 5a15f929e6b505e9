"""`doctor`: whether a host is fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import LOOKING
from ccdeploy.cli.verb import Answer, Asked, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project


def run(project: Project, asked: Asked) -> Answer:
    """Examine a host."""
    from ccdeploy import app

    return Answer(app.doctor(project, asked.host))


VERBS = (
    Verb(
        "doctor",
        "Examine a host, and name the remedy for what is amiss.",
        ("ccdeploy doctor --host studio",),
        run,
        details="Looks at LiteLLM and its version, the ports and who has them, the disk, and .env. Ends with 8 "
        "when something would keep a deploy from working.",
        options=LOOKING,
    ),
)
