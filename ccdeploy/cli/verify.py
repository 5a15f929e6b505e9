"""`verify`: prove that a host serves what it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import HOST, JSON
from ccdeploy.cli.verb import Answer, Asked, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project


def run(project: Project, asked: Asked) -> Answer:
    """Verify what serves, on the host and through Traefik."""
    from ccdeploy import app

    host, seen = app.verify(project, asked.host)
    return Answer(seen, host)


VERBS = (
    Verb(
        "verify",
        "Prove that a host serves what it should, and load no model.",
        ("ccdeploy verify --host studio", "ccdeploy verify --host studio --json"),
        run,
        details="Looks at the process, the proxy, Ollama and the way through Traefik. Ends with 8 when something "
        "on the host is wrong, with 9 when only the way through Traefik is.",
        options=(HOST, JSON),
        has_steps=True,
    ),
)
