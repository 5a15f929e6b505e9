"""`plan`: what a config, or recorded traffic, will do to the memory of an Ollama."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.cli.options import HOST, JSON
from ccdeploy.cli.streams import put_on
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb
from ccdeploy.errors import UsageFault
from ccdeploy.units import size_bytes

if TYPE_CHECKING:
    from ccdeploy.app import Project
    from ccdeploy.results import Plan

MEMORY = Option("memory", "Plan for this much memory instead of the host's, such as 48GiB.", metavar="SIZE")
EVERY = Option("every", "How often each alias is asked for; if not given, 30s.", Kind.SECONDS, metavar="SECONDS")
POLL = Option("poll", "Somebody asks GET /health this often, such as Traefik.", Kind.SECONDS, metavar="SECONDS")
SPEED = Option("load-speed", "How much of a model is loaded in a second; if not given, 2.2GB.", metavar="SIZE")
TRACE = Option("trace", "Replay the recorded traffic of this file instead, one trace a line.", metavar="FILE")

HTML = Option("html", "Write it to this file too, as a page for a browser, with figures.", metavar="FILE")

_SHORTEST_S = 1.0  # an hour of it has 3600 requests for each alias


def run(project: Project, asked: Asked) -> Answer:
    """Judge a config by the memory of a host, or replay a trace."""
    from ccdeploy import app

    if asked.trace is not None and asked.html is not None:
        raise UsageFault("--html is the page of a config; leave out --trace")
    if asked.trace is not None:
        return _replayed(project, asked)
    for name, given_s in (("every", asked.every_s), ("poll", asked.poll_s)):
        if given_s is not None and given_s < _SHORTEST_S:
            raise UsageFault(f"--{name}: {given_s:g} s is too short to be planned for; write 1s or more")
    assumed = app.Assumed(
        memory_bytes=_size("memory", asked.memory),
        every_s=asked.every_s,
        load_bytes_per_s=_size("load-speed", asked.load_speed),
        poll_s=asked.poll_s,
    )
    planned = app.plan(project, asked.host, asked.config, assumed)
    return Answer(planned if asked.html is None else _with_page(planned, asked.html))


def _with_page(planned: Plan, path: str) -> Plan:
    from ccdeploy import app
    from ccdeploy.report.page import plan_page

    return replace(planned, page=app.save_page(path, plan_page(planned)))


def _replayed(project: Project, asked: Asked) -> Answer:
    from ccdeploy import app

    for_a_config = (asked.memory, asked.every_s, asked.poll_s, asked.load_speed)
    if asked.config is not None or any(given is not None for given in for_a_config):
        raise UsageFault(
            "--trace has its own models, memory and requests, so nothing else is taken with it",
            hint="`ccdeploy trace CONFIG --from-log FILE` makes a trace for another config",
        )
    found = app.replay(project, asked.trace or "")
    if not asked.json:
        return Answer(found)
    for document in found.documents:
        put_on(json.dumps(document) + "\n")
    return Answer(found, was_shown=True)


def _size(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        size = size_bytes(text)
    except ValueError as exc:
        raise UsageFault(f"--{name}: {exc}") from exc
    if not size:
        raise UsageFault(f"--{name}: {text} is nothing; write such as 32GB")
    return size


VERBS = (
    Verb(
        "plan",
        "Say which models fit into memory together, phase by phase, and how often they would be loaded.",
        (
            "ccdeploy plan tdd-pipeline",
            "ccdeploy plan initial-thrashing --memory 48GiB",
            "ccdeploy plan tdd-pipeline --html memory.html",
            "ccdeploy plan --trace yesterday.jsonl --json",
        ),
        run,
        details="Ollama's own scheduler decides, simulated: nothing is asked of a host whose settings name "
        "`ollama.memory`, and nothing is loaded. Ends with 3 for a config whose models would never all be loaded.",
        options=(HOST, MEMORY, EVERY, POLL, SPEED, TRACE, HTML, JSON),
        configs="one",
    ),
)
