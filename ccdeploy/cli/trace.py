"""`trace`: recorded traffic from a log, to replay on a config."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import HOST, JSON
from ccdeploy.cli.verb import Answer, Asked, Option, Verb
from ccdeploy.errors import UsageFault

if TYPE_CHECKING:
    from ccdeploy.app import Project

FROM_LOG = Option("from-log", "The log to read, LiteLLM's or Ollama's; gzip is fine.", metavar="FILE")
ALIAS = Option("alias", "Whom requests were for of which the log tells no model.", metavar="NAME")
OUTPUT = Option("output", "Write the trace here instead of on stdout.", metavar="FILE")


def run(project: Project, asked: Asked) -> Answer:
    """Make a trace of a log."""
    from ccdeploy import app

    if asked.from_log is None:
        raise UsageFault("trace needs a log; write --from-log FILE")
    made = app.trace(project, asked.host, asked.config, from_log=asked.from_log, alias=asked.alias, output=asked.output)
    return Answer(made)


VERBS = (
    Verb(
        "trace",
        "Make a trace of recorded traffic from the log of LiteLLM or Ollama.",
        (
            "ccdeploy trace tdd-pipeline --from-log ollama.log --output yesterday.jsonl",
            "ccdeploy trace --from-log logs/litellm.log --host studio",
        ),
        run,
        details="Each request gets its time, model and duration from the log, its context and keep_alive from the "
        "config. What the log does not tell is guessed only from what is beside it, counted, and said on stderr; "
        "where there is nothing to guess from, it ends with 3 and the setting to turn on.",
        options=(HOST, FROM_LOG, ALIAS, OUTPUT, JSON),
        configs="one",
    ),
)
