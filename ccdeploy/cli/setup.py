"""`setup`: make a host ready for its first deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import DRY_RUN, HOST, JSON, WAIT
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project


INSTALL = Option(
    "install",
    "Make a venv on the host and install litellm[proxy] in it: this version, else litellm_version of the settings, "
    "else the newest.",
    Kind.OPTIONAL,
    metavar="VERSION",
)
TRAEFIK = Option(
    "traefik",
    "Write Traefik's dynamic file, traefik.dynamic_file of the settings: it leads to the port that serves.",
    Kind.FLAG,
)

AT_BOOT = Option(
    "at-boot",
    "Write a unit of systemd or launchd on the host that starts what serves once after a boot.",
    Kind.FLAG,
)


def run(project: Project, asked: Asked) -> Answer:
    """Make what is missing on a host."""
    from ccdeploy import app

    return Answer(
        app.setup(
            project,
            asked.host,
            install=asked.install,
            traefik=asked.traefik,
            at_boot=asked.at_boot,
            dry_run=asked.dry_run,
            wait_s=asked.wait_s,
        )
    )


VERBS = (
    Verb(
        "setup",
        "Make a host ready for its first deploy.",
        (
            "ccdeploy setup --host studio",
            "ccdeploy setup --install --host studio",
            "ccdeploy setup --traefik --host studio",
            "ccdeploy setup --at-boot --host studio",
        ),
        run,
        details="Makes the folders, and a master key in .env where there is none. Safe to repeat: what is there "
        "stays. With --install, LiteLLM too: it looks for a Python 3.10 or newer on the host, and pip reads the "
        "settings that it has there. With --traefik, Traefik's dynamic file too, unless one of another hand is there; "
        "--dry-run shows it. With --at-boot, a unit of the user's own, of systemd or launchd: it starts what serves "
        "once after a boot, keeps it running by no means, and follows each deploy; --dry-run shows it too.",
        options=(HOST, INSTALL, TRAEFIK, AT_BOOT, DRY_RUN, WAIT, JSON),
        has_steps=True,
        writes=True,
    ),
)
