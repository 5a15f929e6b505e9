"""`phase`: another phase of a config, which is a deploy of its names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.deploy import OPTIONS, deployed, phase_number
from ccdeploy.cli.options import HOST, JSON
from ccdeploy.cli.verb import Answer, Asked, Verb, Word
from ccdeploy.errors import UsageFault

if TYPE_CHECKING:
    from ccdeploy.app import Project

_NEEDED = "phase needs a number, such as `phase 2`"


def run(project: Project, asked: Asked) -> Answer:
    """Deploy a phase of the named config, or of the host's own."""
    if asked.phase is None:
        raise UsageFault(_NEEDED)
    return deployed(project, asked, phase_number(asked.phase, "phase"))


VERBS = (
    Verb(
        "phase",
        "Serve only the names of one phase of a config: `deploy --phase`.",
        ("ccdeploy phase 2 --host studio", "ccdeploy phase 2 tdd-pipeline --host studio --dry-run"),
        run,
        details="Names of other phases are away while it lasts, for which no leave is needed; a name that has no phase "
        "is of each. `deploy` without a phase serves all of them again. It is a deploy in every other way.",
        options=(HOST, *OPTIONS, JSON),
        configs="one",
        word=Word("phase", "The number of the phase, as model_info.phases names it.", _NEEDED),
        has_steps=True,
        writes=True,
        means="deploy",
    ),
)
