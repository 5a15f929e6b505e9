"""The environment variables that ccdeploy reads, each with what it does; a test compares them with the code."""

from __future__ import annotations

from docs.markdown import table

VARIABLES: tuple[tuple[str, str], ...] = (
    (
        "CCDEPLOY_PERFORMER",
        "Who deploys, as history, releases and the lock name them; before a CI's and the account's name.",
    ),
    ("NO_COLOR", "If it is set, output has no colours."),
    ("TERM", "A terminal that is `dumb`, or without a name, gets plain lines instead of a live list."),
    ("SSH_AUTH_SOCK", "The SSH agent that holds your keys."),
    ("SSH_ASKPASS", "The program that asks for a passphrase where there is no terminal, as `ssh` uses it."),
    ("SSH_ASKPASS_REQUIRE", "When to use that program: `never`, `prefer` or `force`."),
    ("DISPLAY", "Without it and `WAYLAND_DISPLAY`, that program is used only if it is required."),
    ("WAYLAND_DISPLAY", "As `DISPLAY`."),
    (
        "GITHUB_ACTIONS",
        "`true` on GitHub Actions: who deployed is taken from it, and the log is written its way.",
    ),
    ("GITHUB_TRIGGERING_ACTOR", "Who started the run; else `GITHUB_ACTOR`."),
    ("GITHUB_ACTOR", "Whose push began the run."),
    ("GITHUB_SERVER_URL", "With the next two, the address of the run."),
    ("GITHUB_REPOSITORY", "The repository of the run."),
    ("GITHUB_RUN_ID", "The number of the run."),
    ("GITHUB_SHA", "The commit, where git cannot tell it."),
    ("GITHUB_STEP_SUMMARY", "The file that a summary is added to."),
    ("GITHUB_WORKSPACE", "The top of the repository, which annotations name files below."),
    ("GITLAB_CI", "`true` on GitLab CI: who deployed is taken from it, and the log is written its way."),
    ("GITLAB_USER_LOGIN", "Who started the job."),
    ("CI_JOB_URL", "The address of the job."),
    ("CI_COMMIT_SHA", "The commit, where git cannot tell it."),
    ("PATH", "Where `ssh`, `git` and the programs of the sandbox are looked for."),
    ("TZ", "The time zone of the sandbox's processes."),
)


def environment() -> str:
    """Return the table of environment variables."""
    return table(("variable", "meaning"), [(f"`{name}`", meaning) for name, meaning in VARIABLES])
