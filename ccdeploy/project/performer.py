"""Who deploys, from which machine and commit: a person, or the run of a CI on behalf of one."""

from __future__ import annotations

import getpass
import os
import re
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccdeploy.release.manifest import Performer

OVERRIDE = "CCDEPLOY_PERFORMER"
_SHORT = 12  # digits of a commit, as git is asked for below
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f]+")  # a name is shown within sentences and tables: it is one line


def performer(folder: Path, environ: Mapping[str, str] = os.environ) -> Performer:
    """Return who deploys, from where, and from which commit of the project in `folder`.

    A CI says on whose behalf it runs; its own user and machine would tell nobody anything.
    """
    from ccdeploy.release.manifest import Performer

    who, where, url, commit = _of_ci(environ)
    named = _BREAKS.sub(" ", environ.get(OVERRIDE, "")).strip()
    return Performer(
        named or who or _user(),
        where or socket.gethostname(),
        _commit(folder) or (commit[:_SHORT] if commit else None),
        url,
    )


def _of_ci(environ: Mapping[str, str]) -> tuple[str | None, str | None, str | None, str | None]:
    """Return who, from where, the URL of the run and the commit, as the CI's variables tell; None for what they do not.

    Variables: https://docs.github.com/actions/reference/workflows-and-actions/variables and
    https://docs.gitlab.com/ci/variables/predefined_variables/
    """
    told = environ.get
    if told("GITHUB_ACTIONS") == "true":
        run = all(map(told, ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")))
        url = f"{told('GITHUB_SERVER_URL')}/{told('GITHUB_REPOSITORY')}/actions/runs/{told('GITHUB_RUN_ID')}"
        # Whoever runs a workflow again is not the one whose push began it.
        actor = told("GITHUB_TRIGGERING_ACTOR") or told("GITHUB_ACTOR")
        return actor, "GitHub Actions", url if run else None, told("GITHUB_SHA")
    if told("GITLAB_CI") == "true":
        return told("GITLAB_USER_LOGIN"), "GitLab CI", told("CI_JOB_URL"), told("CI_COMMIT_SHA")
    return None, None, None, None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


def _commit(folder: Path) -> str | None:
    """Return the commit of the user's project, marked when files differ from it; None outside a repository."""
    try:
        asked = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty", f"--abbrev={_SHORT}"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None if asked.returncode == 0 else None
