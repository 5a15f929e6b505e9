"""Runs both faces as subprocesses, against a stand-in for the use cases, in a project of their own."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccdeploy.cli.fab import fab_example
from ccdeploy.cli.registry import all_verbs

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = Path(__file__).with_name("stand_in")
FACES = ("ccdeploy", "fab")


@dataclass(frozen=True)
class Project:
    """A user's project, with what is needed to run a face in it."""

    folder: Path

    @property
    def asked(self) -> list[dict[str, Any]]:
        """What the use cases were asked for, in order."""
        path = self.folder / "asked.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def command(self, line: str, face: str = "ccdeploy") -> list[str]:
        """Return the argument list of a `ccdeploy` command line, as this face has it."""
        return [*PROGRAMS[face], *shlex.split(as_typed(line, face))[1:]]

    def environment(self, ends: str = "", **more: str) -> dict[str, str]:
        """Return an environment in which the use cases end as asked."""
        kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
        ours = {
            "PYTHONPATH": f"{STAND_IN}{os.pathsep}{ROOT}",
            "CCDEPLOY_TEST_ENDS": ends,
            "CCDEPLOY_TEST_ASKED": str(self.folder / "asked.jsonl"),
        }
        return {**kept, **ours, **more}

    def run(
        self, line: str, face: str = "ccdeploy", ends: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a `ccdeploy` command line with a face to its end; `ends` is how the use case is to end."""
        return self.run_words(self.command(line, face), ends, env)

    def run_words(
        self, words: list[str], ends: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run an argument list to its end."""
        environment = self.environment(ends, **(env or {}))
        return subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=180, check=False
        )


def as_typed(line: str, face: str) -> str:
    """Return a command line of `ccdeploy` as one types it for a face."""
    if face == "ccdeploy":
        return line
    words = shlex.split(line)[1:]
    verb = next((verb for verb in all_verbs() if words[: len(verb.name.split())] == verb.name.split()), None)
    return fab_example(verb, line) if verb else shlex.join(["fab", *words])


def make_project(folder: Path) -> Project:
    """Return a project with settings, and the tasks that ours ships."""
    (folder / "configs").mkdir()
    (folder / "configs" / "hosts.yaml").write_text("defaults: {host: sandbox}\nhosts:\n  sandbox: embedded\n")
    for name in ("tasks.py", "fabfile.py"):
        shutil.copy(ROOT / name, folder / name)
    return Project(folder)


PROGRAMS = {
    "ccdeploy": [sys.executable, "-m", "ccdeploy"],
    "fab": [sys.executable, "-m", "fabric"],
}
