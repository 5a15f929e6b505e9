"""Which CI runs us, and how progress and findings look in its log."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Protocol

from ccdeploy.events import Event
from ccdeploy.report import github
from ccdeploy.report.github import GithubProgress
from ccdeploy.report.gitlab import GitlabProgress
from ccdeploy.report.look import Unbreakable


class Ci(StrEnum):
    """A CI whose log we know how to write."""

    GITHUB = "GITHUB_ACTIONS"
    GITLAB = "GITLAB_CI"


class Progress(Protocol):
    """An observer that is told the end."""

    def __call__(self, event: Event) -> None:
        """Show an event."""
        ...

    def close(self, error: str | None = None) -> None:
        """Show nothing more; `error` is the verb's last sentence."""
        ...


def ci(environ: Mapping[str, str] = os.environ) -> Ci | None:
    """Return the CI that runs us; None for a person, and for one whose log is a plain one."""
    return next((known for known in Ci if environ.get(known) == "true"), None)


def ci_progress(
    out: Unbreakable, place: Callable[[str], str], environ: Mapping[str, str] = os.environ
) -> Progress | None:
    """Return how progress is shown in the log of the CI that runs us; `place` says how it knows a file of ours."""
    match ci(environ):
        case Ci.GITHUB:
            return GithubProgress(out, place)
        case Ci.GITLAB:
            return GitlabProgress(out)
    return None


def harmless(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return `text` so that the CI that runs us takes none of it for a command; everywhere else as it is.

    GitLab reads escape sequences only, and those never come out of `report.text.safe`.
    """
    return github.harmless(text) if ci(environ) is Ci.GITHUB else text
