"""`check`: judge the settings and the configs, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import HOST, JSON
from ccdeploy.cli.verb import Answer, Asked, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project


def run(project: Project, asked: Asked) -> Answer:
    """Check the named configs, or all of them."""
    from ccdeploy import app

    return Answer(app.check(project, asked.configs, asked.host))


VERBS = (
    Verb(
        "check",
        "Judge the LiteLLM configs, hosts.yaml and models.yaml, offline.",
        ("ccdeploy check", "ccdeploy check tdd-pipeline two-model"),
        run,
        details=(
            "Without a config, the one of --host is judged, or each one in configs/litellm/. "
            "Ends with 3 when a deploy would refuse one."
        ),
        options=(HOST, JSON),
        configs="many",
    ),
)
