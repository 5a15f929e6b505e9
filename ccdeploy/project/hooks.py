"""The user's hooks: executables in `hooks/`, found by name, judged, and run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, error, warning
from ccdeploy.results import HookRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from ccdeploy.project.occasion import Occasion

FOLDER = "hooks"
BEFORE = "pre-deploy"
NAMES = (BEFORE, "post-deploy", "post-rollback", "failed")
_ALIKE = 0.8  # how like a hook's name that of another file must be to be taken for a slip


def has_hook(folder: Path, name: str) -> bool:
    """Whether the project in `folder` has this hook, fit to run or not."""
    return os.path.lexists(folder / FOLDER / name)


def fault_of(folder: Path, name: str) -> str | None:
    """Return why a hook cannot be run, with the remedy; None when nothing is known against it."""
    path = folder / FOLDER / name
    shown = f"{FOLDER}/{name}"
    if not path.is_file():
        return f"{shown} is no file; write an executable there, or remove it"
    if not os.access(path, os.X_OK):
        return f"{shown} is not executable; chmod +x {shown}"
    return None


def judge_hooks(folder: Path) -> list[Finding]:
    """Return what is wrong with the hooks of a project: an error where a deploy would refuse."""
    found = []
    for name in NAMES:
        if has_hook(folder, name) and (fault := fault_of(folder, name)):
            message, _, remedy = fault.partition("; ")
            where = f"{FOLDER}/{name}"
            message = message.removeprefix(f"{where} is ")
            if name == BEFORE:
                found.append(error("hook-not-executable", where, message, remedy))
            else:
                found.append(warning("hook-not-executable", where, message, remedy))
    return [*found, *_slips(folder / FOLDER)]


def run_hook(
    folder: Path,
    occasion: Occasion,
    timeout_s: float,
    tell: Callable[[str], None],
    environ: Mapping[str, str] = os.environ,
) -> HookRun:
    """Run the hook of an occasion; `tell` gets each line that it prints. Raises KeyboardInterrupt, once it has ended.

    It runs in the project's folder with the environment of this process, and what the occasion adds.
    """
    from ccdeploy.project.hook_process import Executable, run_executable

    name = occasion.event
    if fault := fault_of(folder, name):
        return HookRun(name, "not-started", detail=fault)
    added = {**environ, **occasion.environment()}
    wanted = Executable(f"{FOLDER}/{name}", folder, occasion.to_json().encode(), added, timeout_s)
    return run_executable(wanted, tell)


def _slips(folder: Path) -> list[Finding]:
    """Return a warning for each file whose name is nearly that of a hook: it would never run."""
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.iterdir()):
        near = get_close_matches(path.stem, NAMES, 1, _ALIKE)
        if near and path.name not in NAMES and path.suffix not in (".sample", ".md") and path.is_file():
            found.append(warning("hook-name", f"{FOLDER}/{path.name}", "never runs", f"a hook is called {near[0]}"))
    return found
