"""In a CI: what its log, its annotations and its summary hold, through both faces."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.faces import Project

GITHUB = {"GITHUB_ACTIONS": "true"}
GITLAB = {"GITLAB_CI": "true"}


def test_github_gets_groups_on_stderr_and_a_summary(project: Project, face: str, tmp_path: Path) -> None:
    """One run of `deploy` is one page that says how it went; what was there before stays."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    env = {**GITHUB, "GITHUB_STEP_SUMMARY": str(summary)}
    done = project.run("ccdeploy deploy tdd --host studio", face, env=env)
    assert done.returncode == 0, done.stderr
    assert "::group::boot the shadow\n::endgroup::\nok       boot the shadow" in done.stderr
    assert "::warning title=ccdeploy::a proxy under nohup does not survive a reboot of the host\n" in done.stderr
    assert "::" not in done.stdout
    assert summary.read_text().startswith("before\n### ✅ ccdeploy deploy: studio serves config 'tdd', release 8b21\n")


def test_an_error_is_an_annotation_and_a_summary(project: Project, face: str, tmp_path: Path) -> None:
    """It stands at the top of the run, with its findings beside the lines of the pull request."""
    summary = tmp_path / "summary.md"
    env = {**GITHUB, "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_WORKSPACE": str(tmp_path.parent)}
    done = project.run("ccdeploy deploy tdd --host studio", face, ends="Refused", env=env)
    assert done.returncode == 3
    where = f"file={tmp_path.name}/configs/litellm/tdd.yaml,line=14,title=no-provider"
    assert (
        f"::error {where}::alias 'gpt-4' names no provider; write 'ollama&#95;chat/x'".replace("&#95;", "_")
        in done.stderr
    )
    assert "::error title=ccdeploy deploy::config 'tdd' would be refused\n" in done.stderr
    assert summary.read_text().startswith("### ❌ ccdeploy deploy: config 'tdd' would be refused\n")


def test_check_annotates_a_pull_request(project: Project) -> None:
    """This is what the action does by itself."""
    done = project.run("ccdeploy check tdd", ends="bad_config", env=GITHUB)
    assert done.returncode == 3
    assert "::error file=configs/litellm/tdd.yaml,line=14,title=no-provider::" in done.stderr
    assert "::warning file=configs/litellm/tdd.yaml,line=20,title=big-context::" in done.stderr


def test_a_log_of_a_host_gives_no_commands(project: Project, face: str) -> None:
    """On stdout as text, and in the JSON, which stays the same document."""
    hostile = ["::add-mask::the", "x ##[set-output name=a]b"]
    env = {**GITHUB, "CCDEPLOY_TEST_LOG": json.dumps(hostile)}
    assert project.run("ccdeploy logs", face, env=env).stdout == ": :add-mask::the\nx # #[set-output name=a]b\n"
    whole = project.run("ccdeploy logs --json", face, env=env).stdout
    assert "##[" not in whole
    assert json.loads(whole)["lines"] == hostile


def test_json_stays_one_document(project: Project, face: str, tmp_path: Path) -> None:
    """Groups and annotations are for the log, which is stderr as well."""
    for env in (GITHUB, GITLAB):
        done = project.run("ccdeploy deploy --json", face, env=env)
        assert json.loads(done.stdout)["outcome"] == "deployed"
        failed = project.run("ccdeploy deploy --json", face, ends="DeployFailed", env=env)
        assert json.loads(failed.stdout)["exit_code"] == 6


def test_a_summary_that_cannot_be_written_is_a_warning(project: Project, tmp_path: Path) -> None:
    """The deploy was done all the same."""
    done = project.run("ccdeploy deploy", env={**GITHUB, "GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert done.returncode == 0
    assert "::warning title=ccdeploy::the summary could not be written: " in done.stderr


def test_gitlab_gets_sections(project: Project, face: str) -> None:
    """Each step folds."""
    done = project.run("ccdeploy deploy", face, env=GITLAB)
    assert "section_start:" in done.stderr
    assert done.stderr.count("section_start:") == done.stderr.count("section_end:") == 3
    assert "::" not in done.stderr.replace("section", "")
