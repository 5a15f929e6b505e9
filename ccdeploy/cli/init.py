"""`init`: begin a project, from options, and from questions where somebody is there to answer them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ccdeploy.cli.asking import Question, ask, can_ask
from ccdeploy.cli.options import JSON
from ccdeploy.cli.project import HOSTS
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project

ADDRESS = Option("address", "The host's name or address, or its alias in ~/.ssh/config.", metavar="ADDRESS")
NAME = Option("name", "What it is called here; without it, the first part of the address.", metavar="NAME")
USER = Option("user", "Whom to log in as; without it, whom ssh would.", metavar="NAME")
ROOT = Option("root", "The proxy's folder on the host; ~/ccproxy if not given.", metavar="FOLDER")
URL = Option("url", "The public URL, through Traefik; without it, there is none.", metavar="URL")
OLLAMA = Option("ollama", "Ollama as the host reaches it; http://127.0.0.1:11434 if not given.", metavar="URL")
YES = Option("yes", "Ask nothing: what is not given has its default.", Kind.FLAG, short="y")

QUESTIONS = (
    Question("address", "Address of the host, as for ssh", "empty for the sandbox alone"),
    Question("name", "What to call it"),
    Question("user", "User to log in as", "empty for whom ssh would take"),
    Question("root", "Folder of the proxy on the host"),
    Question("url", "Public URL, through Traefik", "empty for none"),
)


def run(project: Project, asked: Asked) -> Answer:
    """Begin a project in the current folder, whatever stands in those above."""
    from ccdeploy import app

    folder = Path.cwd()
    answers = {
        "address": asked.address, "name": asked.name, "user": asked.user,
        "root": asked.root, "url": asked.url, "ollama": asked.ollama,
    }  # fmt: skip
    is_begun = (folder / HOSTS).exists()
    if can_ask() and not (is_begun or asked.yes or asked.json):
        answers = _asked_for(answers)
    result = app.init(replace(project, folder=folder), answers)
    return Answer(result, result.host)


def _asked_for(answers: dict[str, str | None]) -> dict[str, str | None]:
    from ccdeploy import app

    for question in QUESTIONS:
        if answers[question.key] is None:
            default = app.init_default(question.key, answers)
            answers[question.key] = ask(question, default, partial(app.init_fault, question.key))
        if not answers["address"]:
            break  # there is no host that more could be asked of
    return answers


VERBS = (
    Verb(
        "init",
        "Begin a project in this folder: its files, commented, ready for check.",
        ("ccdeploy init", "ccdeploy init --address ada@studio.example.com --url https://coder.example.com"),
        run,
        details="Asks for what is not given, where it is run in a terminal. A file that is there stays as it is; a "
        "second time changes nothing. Copies of the JSON schemas are renewed when ccdeploy was upgraded.",
        options=(ADDRESS, NAME, USER, ROOT, URL, OLLAMA, YES, JSON),
        writes=True,
    ),
)
