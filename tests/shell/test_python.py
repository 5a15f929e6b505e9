"""Looking for a Python on hosts of every kind, with every shell; the Pythons are small scripts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ccdeploy.shell.python import NAMES, Python, find_python, pythons
from tests.shell.shells import NAMES as SHELLS
from tests.shell.shells import ShellTransport, shell_or_skip

# No machine has these, so only what a test puts there is found.
NEW, OLD = "python3.91", "python3.90"
FIT = f'#!/bin/sh\nexec {sys.executable} "$@"\n'


@pytest.fixture(params=SHELLS)
def machine(request: pytest.FixtureRequest, shells: Path, tmp_path: Path) -> ShellTransport:
    """This machine with `tmp_path/bin` first in PATH and a home of its own, once with each shell."""
    environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    return ShellTransport(shell_or_skip(request.param, shells), environment)


def put(path: Path, text: str) -> str:
    """Write an executable, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def telling(word: str, version: str) -> str:
    """Return a Python that says this of itself."""
    return f"#!/bin/sh\necho {word} {version}\n"


def found(machine: ShellTransport, *names: str, places: str = "/nowhere", stub: str = "/nowhere") -> tuple[Python, ...]:
    """Return what is found under these names."""
    return pythons(machine.run(find_python(names, places, stub)).text)


def test_a_python_is_found_by_its_name(machine: ShellTransport, tmp_path: Path) -> None:
    """A real one, asked for its version, venv and ensurepip."""
    path = put(tmp_path / "bin" / NEW, FIT)
    version = ".".join(map(str, sys.version_info[:3]))
    assert found(machine, NEW, OLD) == (Python("fit", version, path),)


def test_the_newest_name_wins_wherever_it_is(machine: ShellTransport, tmp_path: Path) -> None:
    """The order of the names counts before that of the folders."""
    put(tmp_path / "bin" / OLD, FIT)
    path = put(tmp_path / "else where" / NEW, FIT)
    assert found(machine, NEW, OLD, places=str(tmp_path / "else where"))[-1].path == path


def test_places_that_the_path_misses_are_looked_into(machine: ShellTransport, tmp_path: Path) -> None:
    """A non-interactive shell on a Mac knows nothing of Homebrew, nor of python.org's versions."""
    path = put(tmp_path / "Versions" / "3.91" / "bin" / NEW, FIT)
    mine = put(tmp_path / ".local" / "bin" / OLD, FIT)
    assert found(machine, NEW, places=f"{tmp_path}/Versions/*/bin")[-1].path == path
    assert found(machine, OLD, places="$HOME/.local/bin")[-1].path == mine


def test_what_is_not_fit_is_passed_over_and_told(machine: ShellTransport, tmp_path: Path) -> None:
    """Debian without python3-venv, an old one, a shim of pyenv's without a version: each has another remedy."""
    put(tmp_path / "bin" / "python3.99", telling("bare", "3.11.2"))
    put(tmp_path / "bin" / "python3.98", telling("old", "3.9.6"))
    put(tmp_path / "bin" / "python3.97", "#!/bin/sh\nexit 127\n")
    seen = found(machine, "python3.99", "python3.98", "python3.97")
    assert [(p.state, p.version) for p in seen] == [("bare", "3.11.2"), ("old", "3.9.6"), ("broken", None)]


def test_apples_stub_is_recognised_and_never_run(machine: ShellTransport, tmp_path: Path) -> None:
    """It opens a window and waits for somebody to click: a host without a screen would hang."""
    stub = put(tmp_path / "bin" / NEW, f"#!/bin/sh\n: >{tmp_path}/was-run\n")
    put(tmp_path / "bin" / "uname", "#!/bin/sh\necho Darwin\n")
    put(tmp_path / "bin" / "xcode-select", "#!/bin/sh\nexit 2\n")
    assert found(machine, NEW, stub=stub) == (Python("stub", None, stub),)
    assert not (tmp_path / "was-run").exists()
    put(tmp_path / "bin" / "xcode-select", "#!/bin/sh\nexit 0\n")
    put(Path(stub), FIT)
    assert found(machine, NEW, stub=stub)[-1].state == "fit"


def test_a_host_without_any_has_nothing_to_tell(machine: ShellTransport) -> None:
    """No line is no Python."""
    assert found(machine, NEW, OLD) == ()


def test_the_names_are_those_that_litellm_runs_on() -> None:
    """From the newest that all of its parts have wheels for, down to the oldest that it takes."""
    assert NAMES == ("python3.13", "python3.12", "python3.11", "python3.10", "python3")
