"""Which verbs there are, in the order and the groups of the help; a verb's module is imported when it is needed."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from ccdeploy.cli.verb import Verb

GROUPS: dict[str, tuple[str, ...]] = {
    "Starting": ("init", "completion"),
    "Deploying": ("check", "plan", "diff", "deploy", "phase", "run", "rollback", "upgrade", "restart", "stop"),
    "Looking": ("verify", "status", "history", "logs", "watch", "models", "trace"),
    "Host": ("doctor", "setup", "lock"),
    "Sandbox": ("sandbox",),
}
# Verbs that have subverbs, with the sentence that stands beside them in the help.
FAMILIES: dict[str, str] = {
    "completion": "Print what teaches your shell to complete verbs, hosts and configs.",
    "lock": "See, take or free the lock that keeps two deploys apart.",
    "sandbox": "Run the embedded host: a host of real parts on this machine.",
}
WORDS: tuple[str, ...] = tuple(word for words in GROUPS.values() for word in words)


def verbs_of(word: str) -> tuple[Verb, ...]:
    """Return the verbs that start with `word`: one, or a family."""
    return cast("tuple[Verb, ...]", import_module(f"ccdeploy.cli.{word}").VERBS)


def all_verbs() -> tuple[Verb, ...]:
    """Return every verb, in the order of the help."""
    return tuple(verb for word in WORDS for verb in verbs_of(word))
