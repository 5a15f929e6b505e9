"""The action and the pre-commit hook that users take from this repository, run as GitHub and pre-commit run them.

Both install with the real pip, from the files of this checkout. Their dependencies, and setuptools, are lent to them by
this environment, since fetching those once more would show nothing of ours; tests/package builds in an empty one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import CONFIG

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("ccdeploy", "pyproject.toml", "README.md", "LICENSE", "action.yml", ".pre-commit-hooks.yaml")
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SITE_PACKAGES = Path(yaml.__file__).resolve().parents[1]
LENT = {
    "PIP_NO_DEPS": "1",
    "PIP_NO_BUILD_ISOLATION": "0",  # by setuptools from here; pip takes the 0 for "without isolation"
    "PIP_NO_COMPILE": "1",
    "PYTHONPATH": str(SITE_PACKAGES),
}
_EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkout of our repository, as users get it: a git repository with one commit."""
    folder = tmp_path_factory.mktemp("checkout") / "ccdeploy"
    folder.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    commit(folder)
    return folder


@pytest.fixture
def project(folder: Path) -> Path:
    """Return a user's project with a config that is fine, and one host."""
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    """Make a folder a git repository with all of it in one commit."""
    git = [
        "git",
        "-C",
        str(folder),
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "-c",
        "commit.gpgsign=false",
    ]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *words], check=True)


class Runner:
    """Does what GitHub does with the steps of a composite action, on this machine."""

    def __init__(self, temp: Path, action: Path, workspace: Path) -> None:
        self.contexts = {"github.action_path": str(action)}
        self.paths = temp / "paths"
        self.paths.touch()
        self.workspace = workspace
        self.environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PIP_NO")},
            **LENT,
            "GITHUB_ACTIONS": "true",
            "GITHUB_PATH": str(self.paths),
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_STEP_SUMMARY": str(temp / "summary.md"),
            "RUNNER_TEMP": str(temp),
        }

    def use(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run every step until one fails; return how the last one ended."""
        given = {key: str(what.get("default", "")) for key, what in ACTION["inputs"].items()} | inputs
        self.contexts |= {f"inputs.{key}": value for key, value in given.items()}
        for step in STEPS:
            done = self._run(step)
            if done.returncode:
                break
        return done

    def last(self, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the last step alone."""
        self.contexts |= {f"inputs.{key}": str(what.get("default", "")) for key, what in ACTION["inputs"].items()}
        self.environ |= environ
        return self._run(STEPS[-1])

    def _run(self, step: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        added = {key: self._value(value) for key, value in step.get("env", {}).items()}
        path = os.pathsep.join([*reversed(self.paths.read_text().split()), self.environ["PATH"]])
        script = self.paths.with_name("step.sh")
        script.write_text(step["run"])
        assert step["shell"] == "bash"
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],  # noqa: S607
            cwd=self.workspace / self._value(step.get("working-directory", ".")),
            env={**self.environ, "PATH": path, **added},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def _value(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self.contexts[found[1]], text)


def test_no_script_of_the_action_has_an_expression_in_it() -> None:
    """A branch's name, or a config's, that stands in a script is run by it."""
    assert [step["name"] for step in STEPS if "${{" in step["run"]] == []


def test_the_action_installs_itself_and_checks(checkout: Path, project: Path, tmp_path: Path) -> None:
    """Then a pull request shows beside the line what a deploy would refuse; the second use installs nothing."""
    temp = tmp_path / "runner"
    temp.mkdir()
    runner = Runner(temp, checkout, project.parent)
    where = {"working-directory": project.name}
    done = runner.use(**where)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "small.yaml" in done.stdout
    runner.environ["PIP_NO_INDEX"] = "1"
    (project / "configs" / "litellm" / "small.yaml").write_text(CONFIG.replace("ollama_chat/", "olama_chat/"))
    done = runner.use(command="check\n  small", **where)
    assert done.returncode == 3, done.stdout + done.stderr
    assert f"::error file={project.name}/configs/litellm/small.yaml,line=4,title=" in done.stderr
    assert (temp / "summary.md").read_text().count("### ❌ ccdeploy check") == 1
    done = runner.use(command="check $(touch injected) `touch injected` ; touch injected", **where)
    assert done.returncode == 3
    assert not (project / "injected").exists()


def test_the_action_says_what_it_needs(project: Path, checkout: Path, tmp_path: Path) -> None:
    """Some runners have an old Python only, and the remedy is one line of the workflow. One that is named is meant."""
    old = tmp_path / "bin"
    old.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        (old / name).write_text("#!/bin/sh\nexit 1\n")
        (old / name).chmod(0o755)
    runner = Runner(tmp_path, checkout, project)
    runner.environ["PATH"] = f"{old}{os.pathsep}{runner.environ['PATH']}"
    for inputs in ({}, {"python": str(old / "python3.13")}):
        done = runner.use(**inputs)
        assert done.returncode == 1
        assert done.stdout.startswith("::error title=ccdeploy::no Python 3.11 or newer was found; put actions/setup-py")
        (old / "python3").unlink(missing_ok=True)  # the second time there is another that would do


def test_a_cancelled_job_interrupts_the_verb(project: Path, checkout: Path, tmp_path: Path) -> None:
    """GitHub signals the process that it started alone: a shell in between would keep it to itself."""
    path = tmp_path / "bin" / "ccdeploy"
    path.parent.mkdir()
    path.write_text('#!/bin/sh\necho "$PPID"\n')
    path.chmod(0o755)
    runner = Runner(tmp_path, checkout, project)
    done = runner.last(PATH=f"{path.parent}{os.pathsep}{runner.environ['PATH']}")
    assert done.stdout == f"{os.getpid()}\n"  # it took the shell's place: its parent is who started that


def test_the_pre_commit_hook_checks(checkout: Path, project: Path, tmp_path: Path) -> None:
    """Run by pre-commit itself, which clones the repository and installs it."""
    sha = (checkout / ".git" / (checkout / ".git" / "HEAD").read_text().split()[1]).read_text().strip()
    hooks = {"repos": [{"repo": str(checkout), "rev": sha, "hooks": [{"id": "ccdeploy-check"}]}]}
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(hooks))
    commit(project)
    environ = {**os.environ, **LENT, "PRE_COMMIT_HOME": str(tmp_path / "home"), "PRE_COMMIT_COLOR": "never"}

    def run() -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "pre_commit", "run", "--all-files"]
        return subprocess.run(words, cwd=project, env=environ, capture_output=True, text=True, timeout=300, check=False)

    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
    (project / "configs" / "litellm" / "small.yaml").write_text(CONFIG.replace("ollama_chat/", "olama_chat/"))
    done = run()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "exit code: 3" in done.stdout
    assert "configs/litellm/small.yaml:4" in done.stdout
