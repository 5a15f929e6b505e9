"""`lock status|acquire|release`: the lock of a host, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import HOST, JSON, LOOKING
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb
from ccdeploy.errors import UsageFault

if TYPE_CHECKING:
    from ccdeploy.app import Project

MESSAGE = Option("message", "Why; whoever is kept out will read it.", metavar="TEXT", short="m")
FORCE = Option("force", "Free it although it is somebody else's.", Kind.FLAG)


def run_status(project: Project, asked: Asked) -> Answer:
    """Say who holds the lock."""
    from ccdeploy import app

    return Answer(app.lock_status(project, asked.host))


def run_acquire(project: Project, asked: Asked) -> Answer:
    """Take the lock until it is freed by hand."""
    from ccdeploy import app

    if not asked.message:
        raise UsageFault("lock acquire needs a reason; add --message 'why nobody may deploy'")
    return Answer(app.lock_acquire(project, asked.host, asked.message))


def run_release(project: Project, asked: Asked) -> Answer:
    """Free the lock."""
    from ccdeploy import app

    return Answer(app.lock_release(project, asked.host, force=asked.force))


VERBS = (
    Verb(
        "lock status",
        "Say who holds the lock of a host, and why.",
        ("ccdeploy lock status --host studio",),
        run_status,
        options=LOOKING,
    ),
    Verb(
        "lock acquire",
        "Keep everybody from changing a host until you free it.",
        ("ccdeploy lock acquire --host studio --message 'moving disks'",),
        run_acquire,
        options=(HOST, MESSAGE, JSON),
        writes=True,
    ),
    Verb(
        "lock release",
        "Free the lock of a host.",
        ("ccdeploy lock release --host studio",),
        run_release,
        options=(HOST, FORCE, JSON),
        writes=True,
    ),
)
