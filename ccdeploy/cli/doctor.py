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
        "Examine a host and what stands around it, and name the remedy for what is amiss.",
        ("ccdeploy doctor --host studio",),
        run,
        details="Looks at LiteLLM, the ports and who has them, the disk, .env, units of systemd or launchd, "
        "forwarding, Ollama, Traefik, the route's DNS and certificate, logins, sleep, PATH, the clock and the logs. "
        "Says which of the three promises the host can keep. Writes nothing, loads no model. Ends with 8 when "
        "there is an error.",
        options=LOOKING,
        has_steps=True,
    ),
)
