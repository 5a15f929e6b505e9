"""Wrong command lines: 2, one sentence, and nothing was asked of any host."""

from __future__ import annotations

import pytest

from tests.cli.faces import PROGRAMS, Project


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("ccdeploy deploy --hots x", "no such option '--hots'; did you mean '--host'?"),
        ("ccdeploy deplyo", "there is no verb 'deplyo'; did you mean deploy?"),
        ("ccdeploy lock relaese", "there is no verb 'relaese'; did you mean release?"),
        ("ccdeploy completion tcsh", "there is no verb 'tcsh'; write bash or fish or zsh"),
        ("ccdeploy status --host", "option '--host' requires an argument"),
        ("ccdeploy verify --timeout 3s", "--timeout is for answers; add --deep, which asks for them"),
        ("ccdeploy verify --deep --timeout 0", "--timeout 0 waits for no answer; write 1s or more"),
        ("ccdeploy verify one two", "got unexpected extra arguments (one two)"),
    ],
)
def test_ccdeploy_says_what_it_does_not_know(project: Project, line: str, sentence: str) -> None:
    """A typo is answered with what was meant, and never with a traceback."""
    done = project.run(line)
    assert (done.returncode, done.stdout, project.asked) == (2, "", [])
    assert done.stderr.splitlines()[0] == f"ccdeploy: {sentence}"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["deploy", "--hots", "x"], "there is no option '--hots'; did you mean --host?"),
        (["deplyo"], "there is no task 'deplyo'; did you mean deploy?"),
        (["--help", "deplyo"], "there is no task 'deplyo'; did you mean deploy?"),
        (["lock", "status"], "'lock' is no task; write lock.acquire or lock.release or lock.status"),
        (["deploy", "tdd"], "there is no task 'tdd'; if it is a config, write --config tdd"),
        (["upgrade", "1.108.0"], "there is no task '1.108.0'; if it is a version, write --version 1.108.0"),
        (["deploy", "--config"], "--config needs a value"),
        (["logs", "-n"], "--lines needs a value"),
        (["--config", "tdd", "deploy"], "'tdd' is no file of Fabric's settings; a config to deploy comes after the task"),  # noqa: E501
        (["-H", "a", "deploy", "--host", "b"], "-H and --host name a host each; use one of the two"),
        (["-H", "a", "sandbox.up"], "sandbox up is about no host; leave -H out"),
        (["--dry", "lock.acquire", "-m", "x"], "lock acquire has no rehearsal; leave --dry out"),
        (["phase"], "phase needs a number, such as `phase 2`"),
        (["phase", "--host", "studio"], "phase needs a number, such as `phase 2`"),
        (["phase", "2", "tdd"], "there is no task 'tdd'; if it is a config, write --config tdd"),
        (["deploy", "--", "ls"], "nothing is read after --; leave it out"),
        (["-i", "key", "deploy"], "--identity is not read; use ssh.identity_file of the host in configs/hosts.yaml"),
    ],
)  # fmt: skip
def test_fab_says_what_it_does_not_know(project: Project, words: list[str], sentence: str) -> None:
    """By itself Fabric ends with 1, shows a traceback, or silently deploys."""
    done = project.run_words([*PROGRAMS["fab"], *words])
    assert (done.returncode, done.stdout, project.asked) == (2, "", [])
    assert done.stderr.splitlines()[0] == f"ccdeploy: {sentence}"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("ccdeploy deploy --phase x", "--phase takes a number such as 2, not 'x'"),
        ("ccdeploy deploy --phase 0", "--phase takes a number such as 2, not '0'"),
        ("ccdeploy diff --phase 1.5", "--phase takes a number such as 2, not '1.5'"),
        ("ccdeploy phase two", "phase takes a number such as 2, not 'two'"),
        ("ccdeploy deploy --wait soon", "--wait: 'soon' is no duration; write 10s, 5m or 1h"),
        ("ccdeploy deploy --strategy magic", "--strategy knows no 'magic'; write restart or blue-green"),
        ("ccdeploy logs -n none", "--lines: 'none' is no count; write 1 or more"),
        ("ccdeploy history --limit 0", "--limit: '0' is no count; write 1 or more"),
        ("ccdeploy lock acquire", "lock acquire needs a reason; add --message 'why nobody may deploy'"),
    ],
)
def test_both_faces_judge_values_alike(project: Project, face: str, line: str, sentence: str) -> None:
    """A value that one face takes and the other refuses would make two tools of one."""
    done = project.run(line, face)
    assert (done.returncode, done.stdout, project.asked) == (2, "", [])
    assert done.stderr.splitlines()[0] == f"ccdeploy: {sentence}"


def test_fabs_own_dry_is_a_rehearsal(project: Project) -> None:
    """Fabric ignores `--dry` for tasks that open their own connections: it would deploy for real."""
    done = project.run_words([*PROGRAMS["fab"], "deploy", "--dry"])
    assert (done.returncode, project.asked[0]["dry_run"]) == (0, True)


def test_fabs_own_host_names_a_host(project: Project) -> None:
    """`fab -H studio deploy` is what a Fabric user types first."""
    done = project.run_words([*PROGRAMS["fab"], "-H", "studio", "deploy"])
    assert (done.returncode, project.asked[0]["host"]) == (0, "studio")


@pytest.mark.parametrize("line", ["ccdeploy run", "ccdeploy run large"])
def test_a_run_without_a_command_says_how_both_faces_take_one(project: Project, face: str, line: str) -> None:
    """Fabric keeps -- for itself, so that the two differ here."""
    done = project.run(line, face)
    assert (done.returncode, done.stdout, project.asked) == (2, "", [])
    assert "ccdeploy run CONFIG -- COMMAND" in done.stderr
    assert "--command 'COMMAND...'" in done.stderr


def test_fab_says_how_run_takes_a_command(project: Project) -> None:
    """Whoever knows `ccdeploy run` types it so."""
    done = project.run_words([*PROGRAMS["fab"], "run", "--config", "large", "--", "ls"])
    assert (done.returncode, project.asked) == (2, [])
    assert done.stderr.splitlines()[0] == "ccdeploy: nothing is read after --; write --command 'COMMAND...'"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("./task --all 'two words'", ["./task", "--all", "two words"]),
        ("cd x && ./task", ["/bin/sh", "-c", "cd x && ./task"]),
        ("echo $HOME", ["/bin/sh", "-c", "echo $HOME"]),
        ("echo 'open", ["/bin/sh", "-c", "echo 'open"]),
    ],
)
def test_a_command_line_for_a_shell_gets_one(project: Project, line: str, words: list[str]) -> None:
    """`--command 'a && b'` must not run a with the argument &&; a plain one is found missing before the deploy."""
    done = project.run_words([*PROGRAMS["fab"], "run", "--config", "large", "--command", line])
    assert (done.returncode, project.asked[0]["command"]) == (0, words)
