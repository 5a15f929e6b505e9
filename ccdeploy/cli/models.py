"""`models`: what the Ollama of a host has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccdeploy.cli.options import HOST, JSON
from ccdeploy.cli.verb import Answer, Asked, Kind, Option, Verb

if TYPE_CHECKING:
    from ccdeploy.app import Project

SAVE = Option("save", "Put what was found into configs/models.yaml; its comments and its order stay.", Kind.FLAG)


def run(project: Project, asked: Asked) -> Answer:
    """List the models of a host."""
    from ccdeploy import app

    return Answer(app.models(project, asked.host, save=asked.save))


VERBS = (
    Verb(
        "models",
        "List the models of a host's Ollama with their shape, and keep it in models.yaml.",
        ("ccdeploy models --host studio", "ccdeploy models --host studio --save"),
        run,
        details="Asks for each model's file, shape and context, and reads from Ollama's log how much memory it has. "
        "Marks what configs/models.yaml says otherwise, and what a config names and Ollama has not. Loads no model.",
        options=(HOST, SAVE, JSON),
        has_steps=True,
        writes=True,
    ),
)
