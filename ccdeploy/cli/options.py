"""Options that several verbs share, described once."""

from __future__ import annotations

from ccdeploy.cli.verb import Kind, Option

HOST = Option("host", "The host in configs/hosts.yaml; without it, defaults.host.", metavar="NAME", completes="host")
JSON = Option("json", "Print one JSON document on stdout, all else on stderr.", Kind.FLAG)
DRY_RUN = Option("dry-run", "Ask everything for real, write nothing, say what would be done.", Kind.FLAG)
WAIT = Option("wait", "Wait this long for another's lock (else: end with 5).", Kind.SECONDS, metavar="SECONDS")
QUIET = Option(
    "quiet",
    "Wait at most this long, still serving, for a moment with nothing in flight before the old proxy is stopped.",
    Kind.SECONDS,
    metavar="SECONDS",
)

STRATEGY = Option(
    "strategy",
    "How traffic gets to the new proxy: with a gap of one boot, or with none; without it, the host's own.",
    metavar="NAME",
    choices=("restart", "blue-green"),
)
NO_HOOKS = Option("no-hooks", "Run none of the project's hooks.", Kind.FLAG)

LOOKING = (HOST, JSON)
CHANGING = (HOST, DRY_RUN, WAIT, NO_HOOKS, JSON)
