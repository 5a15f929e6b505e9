"""`verify`: prove that a host serves what it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import HOST, JSON
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb
from ccdeploy.errors import UsageFault

if TYPE_CHECKING:
    from ccdeploy.app import Project


def run(project: Project, asked: Asked) -> Answer:
    """Verify what serves, on the host and through Traefik."""
    from ccdeploy import app

    if asked.timeout_s is not None and not asked.deep:
        raise UsageFault("--timeout is for answers; add --deep, which asks for them")
    if asked.timeout_s == 0:
        raise UsageFault("--timeout 0 waits for no answer; write 1s or more")
    host, seen = app.verify(project, asked.host, deep=asked.deep, timeout_s=asked.timeout_s)
    return Answer(seen, host)


DEEP = Option("deep", "Then ask every name for a small answer, which loads models; say first how many.", Kind.FLAG)
TIMEOUT = Option("timeout", "With --deep: wait this long for an answer (else: 10m).", Kind.SECONDS, metavar="SECONDS")

VERBS = (
    Verb(
        "verify",
        "Prove that a host serves what it should, and load no model.",
        ("ccdeploy verify --host studio", "ccdeploy verify --host studio --json", "ccdeploy verify --deep"),
        run,
        details="Looks at the process, the proxy, Ollama and the way through Traefik. Ends with 8 when something "
        "on the host is wrong, with 9 when only the way through Traefik is. Loads models only with --deep: that asks "
        "each name for one answer, phase by phase, in the order that costs the fewest loads.",
        options=(HOST, DEEP, TIMEOUT, JSON),
        has_steps=True,
    ),
)
