"""Mutations: patches that break a promise on purpose, each with the tests that must notice it.

`mutations/NAME.patch` is a diff against ccdeploy/ below a header: the first line says which promise
it breaks and how, each line `Caught by:` names a test. How one is written anew is told by `anew`.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATCHES = Path(__file__).with_name("mutations")
PROMISES = ("No request lost", "No model loaded", "No host stranded")
_CAUGHT_BY = "Caught by: "
_FILE = re.compile(r"^\+\+\+ b/(\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Mutation:
    """A patch: its name, the promise that it breaks, how, and the node ids of the tests that must fail with it."""

    name: str
    promise: str
    how: str
    tests: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The file of the patch."""
        return PATCHES / f"{self.name}.patch"

    def apply(self, copy: Path) -> str:
        """Apply it to a copy of the project; return what went wrong, nothing when nothing did."""
        # Without a repository around it: within one, git passes over what lies elsewhere than it expects.
        command = ["git", "apply", "--whitespace=nowarn", str(self.path)]
        environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(copy.parent), "LC_ALL": "C"}
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
        unchanged = [name for name in self.files if (copy / name).read_bytes() == (ROOT / name).read_bytes()]
        return done.stderr or (f"left as they were: {', '.join(unchanged)}" if unchanged or not self.files else "")

    def anew(self, why: str) -> str:
        """Return what to do with a patch that does not apply any more."""
        file = self.path.relative_to(ROOT)
        return (
            f"{file} does not apply any more:\n{why}\n"
            f"Commit or set aside what you have; break the code by hand as the first line of {file} says; then\n"
            f"  {{ sed '/^diff --git/,$d' {file}; git diff -U1 ccdeploy; }} >new.patch && mv new.patch {file}\n"
            "  git checkout ccdeploy"
        )


def read(path: Path) -> Mutation:
    """Return the mutation of a file. Raises ValueError where its header is none."""
    head, marked, diff = path.read_text(encoding="utf-8").partition("\ndiff --git ")
    promise, _, how = head.partition("\n")[0].partition(": ")
    tests = tuple(line.removeprefix(_CAUGHT_BY) for line in head.splitlines() if line.startswith(_CAUGHT_BY))
    if not marked or promise not in PROMISES or not how or not tests:
        raise ValueError(
            f"{path.name}: no header; wanted are a first line 'PROMISE: how', and lines '{_CAUGHT_BY}TEST'"
        )
    return Mutation(path.stem, promise, how, tests, tuple(_FILE.findall(diff)))


def mutations() -> list[Mutation]:
    """Return every mutation, by name."""
    return [read(path) for path in sorted(PATCHES.glob("*.patch"))]
