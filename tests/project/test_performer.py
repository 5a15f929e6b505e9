"""Who deploys: a person, or a run of a CI on behalf of one."""

from __future__ import annotations

import getpass
import socket
import subprocess
from pathlib import Path

import pytest

from ccdeploy.project import performer
from ccdeploy.release.manifest import Performer

SHA = "0123456789abcdef0123456789abcdef01234567"
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "ada",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "team/gateway",
    "GITHUB_RUN_ID": "4711",
    "GITHUB_SHA": SHA,
}
GITLAB = {
    "GITLAB_CI": "true",
    "GITLAB_USER_LOGIN": "ada",
    "CI_JOB_URL": "https://gitlab.com/team/gateway/-/jobs/4711",
    "CI_COMMIT_SHA": SHA,
}


def test_a_person_is_known_by_user_and_machine(tmp_path: Path) -> None:
    """Nothing of a CI is there, and nothing is made up."""
    assert performer(tmp_path, {}) == Performer(getpass.getuser(), socket.gethostname(), None, None)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (GITHUB, Performer("ada", "GitHub Actions", SHA[:12], "https://github.com/team/gateway/actions/runs/4711")),
        (GITLAB, Performer("ada", "GitLab CI", SHA[:12], "https://gitlab.com/team/gateway/-/jobs/4711")),
    ],
    ids=["github", "gitlab"],
)
def test_a_ci_deploys_on_behalf_of_somebody(environ: dict[str, str], expected: Performer, tmp_path: Path) -> None:
    """`runner from fv-az1234` in the history would be of no use to anybody."""
    assert performer(tmp_path, environ) == expected


def test_whoever_runs_a_workflow_again_deploys(tmp_path: Path) -> None:
    """The push of last week was another person's."""
    assert performer(tmp_path, {**GITHUB, "GITHUB_TRIGGERING_ACTOR": "grace"}).who == "grace"


def test_a_run_without_its_number_has_no_url(tmp_path: Path) -> None:
    """A link that leads nowhere is worse than none."""
    assert performer(tmp_path, {key: GITHUB[key] for key in ("GITHUB_ACTIONS", "GITHUB_ACTOR")}).run_url is None


def test_a_name_may_be_given_and_is_one_line(tmp_path: Path) -> None:
    """Another CI, or a bot: its name stands in tables, so it breaks none."""
    named = performer(tmp_path, {**GITHUB, "CCDEPLOY_PERFORMER": " release\n\x1b[2Jbot "})
    assert (named.who, named.from_where) == ("release [2Jbot", "GitHub Actions")


def test_git_knows_the_commit_better_than_the_ci(tmp_path: Path) -> None:
    """A project may be another checkout than the one that the workflow is of."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    commit = performer(tmp_path, GITHUB).commit
    assert commit is not None
    assert not SHA.startswith(commit)
