"""The tests are put to the test: each promise is broken by a patch, in a copy, and the tests that guard it must fail.

Each patch is a change that somebody could make in good faith. That the same tests pass without it is shown
by the suite itself, and here once more in a copy that nobody has broken.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.mutation import PATCHES, PROMISES, ROOT, Mutation, mutations, read

pytestmark = pytest.mark.faults

MUTATIONS = mutations()
FEWEST = 10
COPIED = ("ccdeploy", "tests")  # what is broken, and what is found by a path beside itself
NOT_NEEDED = shutil.ignore_patterns("__pycache__", "*.patch")
PATIENCE_S = 600  # for the tests of one mutation
# It says first which package it is that is tested: the copy's, and not the one that is installed.
RUN = "import sys, ccdeploy, pytest; print(ccdeploy.__file__, flush=True); sys.exit(pytest.main(sys.argv[1:]))"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project: the package and the tests as files of their own, the rest as links."""
    made = tmp_path / "project"
    made.mkdir()
    for path in ROOT.iterdir():
        if path.name in COPIED:
            shutil.copytree(path, made / path.name, ignore=NOT_NEEDED)
        elif not path.name.startswith(".") and path.suffix != ".egg-info":
            (made / path.name).symlink_to(path)
    return made


def ran(copy: Path, tests: Sequence[str], patience_s: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
    """Run tests of a copy with the Python of this run, and prove that they are about the copy's own package."""
    words = ["-p", "no:xdist", "-p", "no:cacheprovider", "-rfE", "--tb=short", "--show-capture=no"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = own | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words, f"--basetemp={copy.parent / 'tmp'}", *tests],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
    )
    package = done.stdout.partition("\n")[0]
    assert package == f"{copy}/ccdeploy/__init__.py", f"another package was tested:\n{done.stdout}{done.stderr}"
    return done


def failed(told: str, test: str) -> bool:
    """Whether pytest's summary names a test, or one of its parameters, among those that failed."""
    lines = (line for line in told.splitlines() if line.startswith(f"FAILED {test}"))
    return any(line.removeprefix(f"FAILED {test}")[:1] in ("", " ", "[") for line in lines)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_broken_promise_is_noticed(mutation: Mutation, copy: Path) -> None:
    """A test that passes with the promise broken guards nothing."""
    if fault := mutation.apply(copy):
        pytest.fail(mutation.anew(fault))
    done = ran(copy, mutation.tests)
    shown = f"{mutation.promise}: {mutation.how}\n{done.stdout}{done.stderr}"
    assert done.returncode == 1, f"pytest ended with {done.returncode}\n{shown}"
    assert "\nERROR tests/" not in done.stdout, f"an error is no failure\n{shown}"
    assert [test for test in mutation.tests if not failed(done.stdout, test)] == [], shown


def test_an_unbroken_copy_passes(copy: Path) -> None:
    """Else the tests might fail for want of something that the copy lacks, and the patches would prove nothing."""
    done = ran(copy, sorted({test for mutation in MUTATIONS for test in mutation.tests}), 3 * PATIENCE_S)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_promise_is_broken_in_several_ways() -> None:
    """One way of breaking it proves one test, and a promise has many."""
    broken = [mutation.promise for mutation in MUTATIONS]
    assert len(broken) >= FEWEST
    assert all(broken.count(promise) >= 2 for promise in PROMISES)


def test_a_patch_that_does_not_apply_says_how_it_is_made_anew(copy: Path) -> None:
    """The code that it breaks moves on; whoever moved it is told what to do, and not only that it failed."""
    mutation = MUTATIONS[0]
    (copy / mutation.files[0]).write_text("# another file by now\n")
    fault = mutation.apply(copy)
    assert "patch does not apply" in fault
    assert f"git diff -U1 ccdeploy; }} >new.patch && mv new.patch {mutation.path.relative_to(ROOT)}" in mutation.anew(
        fault
    )


def test_a_patch_without_a_header_is_refused(tmp_path: Path) -> None:
    """It would be applied, and nobody would know what for."""
    (tmp_path / "a.patch").write_text(next(PATCHES.glob("*.patch")).read_text().partition("diff --git")[2])
    with pytest.raises(ValueError, match=r"a\.patch: no header"):
        read(tmp_path / "a.patch")
