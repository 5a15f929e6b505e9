"""The package in an empty environment, without extras: what a user has after `pip install ccdeploy`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccdeploy.cli.registry import WORDS
from tests.cli.faces import ROOT
from tests.package.conftest import Install, Installed, dependencies
from tests.support.neighbourhood import Neighbourhood
from tests.support.pythons import VERSIONS
from tests.support.studio import Studio, a_studio

pytestmark = [pytest.mark.package, pytest.mark.xdist_group("package")]
KINDS = [*((version, "highest") for version in VERSIONS), ("3.11", "lowest-direct")]
OUTER = [kind for kind in KINDS if kind[0] in (VERSIONS[0], VERSIONS[-1])]  # what works on both sides works between
IMPORT_ALL = """
import importlib, pkgutil, ccdeploy
names = [m.name for m in pkgutil.walk_packages(ccdeploy.__path__, "ccdeploy.")]
names = [n for n in names if not n.startswith("ccdeploy.sandbox") and not n.endswith("__main__")]
for name in names: importlib.import_module(name)
print(len(names))
"""
LIST = "import importlib.metadata as m; [print(d.name, d.version) for d in m.distributions()]"


@pytest.fixture(params=KINDS, ids="-".join)
def installed(request: pytest.FixtureRequest, install: Install) -> Installed:
    """An environment for each Python at hand, and one with each dependency at its lower bound."""
    return install(*request.param)


@pytest.fixture
def studio(tmp_path: Path, around: Neighbourhood) -> Iterator[Studio]:
    """A host behind OpenSSH's sshd, on which nothing runs yet."""
    with a_studio(tmp_path, around, "openssh-zsh") as made:
        yield made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files that our repository ships, in a folder of their own; its default host is the embedded one."""
    shutil.copytree(ROOT / "configs", tmp_path / "project" / "configs")
    for name in ("tasks.py", "fabfile.py"):
        shutil.copy(ROOT / name, tmp_path / "project" / name)
    return tmp_path / "project"


def test_everything_can_be_imported_and_helps(installed: Installed, tmp_path: Path) -> None:
    """A dependency that is missing shows itself here, not in the one verb that needs it."""
    done = installed.run("python", "-I", "-W", "error::SyntaxWarning", "-c", IMPORT_ALL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100
    told = installed.run("ccdeploy", "--help", cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert [word for word in WORDS if f"  {word} " not in told.stdout] == []


def test_the_lower_bounds_are_what_is_tried(install: Install, tmp_path: Path) -> None:
    """Or the tests of the lowest versions would be tests of the highest under another name."""
    listed = install("3.11", "lowest-direct").run("python", "-c", LIST, cwd=tmp_path).stdout.splitlines()
    for line in dependencies():
        name, _, least = line.partition(",")[0].partition(">=")
        assert any(entry == f"{name} {least}" or entry.startswith(f"{name} {least}.") for entry in listed), (
            line,
            listed,
        )


def test_configs_are_checked(installed: Installed, project: Path) -> None:
    """The one verb that needs no host: a pre-commit hook has nothing but this."""
    done = installed.run("ccdeploy", "check", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "configs/litellm/tdd-pipeline.yaml" in done.stdout


def test_a_wrong_command_line_ends_with_2(installed: Installed, project: Path) -> None:
    """What is wrong with it is said by ours, in every version of the libraries that read it."""
    for words, says in (
        (("ccdeploy", "deplyo"), "there is no verb 'deplyo'; did you mean deploy?"),
        (("ccdeploy", "deploy", "--hots", "x"), "no such option '--hots'; did you mean '--host'?"),
        (("fab", "-H", "a", "sandbox.up"), "sandbox up is about no host; leave -H out"),
    ):
        done = installed.run(*words, cwd=project)
        assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"ccdeploy: {says}")


@pytest.mark.parametrize("installed", OUTER, indirect=True, ids="-".join)
def test_a_deploy_and_a_look_at_it_work(installed: Installed, studio: Studio) -> None:
    """Both faces, over a real sshd: deploy with one, look with the other."""
    studio.config("first", "coder")
    with studio.watched() as promises:
        done = installed.run("ccdeploy", "deploy", "first", cwd=studio.folder)
        assert done.returncode == 0, done.stderr
        seen = installed.run("fab", "status", cwd=studio.folder)
    promises.kept(served={"coder"}, gap_allowed=True)
    assert seen.returncode == 0, seen.stderr
    assert "the proxy serves" in seen.stdout


@pytest.mark.parametrize("installed", OUTER, indirect=True, ids="-".join)
def test_what_needs_the_extra_says_so(installed: Installed, project: Path) -> None:
    """One sentence with the remedy, from each verb that would bring the embedded host up; nothing is made."""
    for words in (("ccdeploy", "sandbox", "up"), ("ccdeploy", "deploy"), ("fab", "logs")):
        done = installed.run(*words, cwd=project)
        assert done.returncode == 3
        first, remedy = done.stderr.splitlines()
        assert first.startswith(
            "ccdeploy: sandbox: not installed in this Python environment: asyncssh, starlette, uvicorn"
        )
        assert "pip install 'ccdeploy[sandbox]'" in remedy
    assert not (project / ".ccdeploy").exists()
    assert installed.run("ccdeploy", "sandbox", "status", cwd=project).returncode == 0
