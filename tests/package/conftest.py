"""The package, built once, and empty environments that it is installed into."""

from __future__ import annotations

import os
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import uv

from tests.cli.faces import ROOT
from tests.support.pythons import python

Install = Callable[..., "Installed"]


@dataclass(frozen=True)
class Package:
    """What `make package` builds."""

    wheel: Path
    sdist: Path


@dataclass(frozen=True)
class Installed:
    """An environment with ccdeploy in it, and nothing of this checkout."""

    folder: Path

    def program(self, name: str) -> str:
        """Return the path of a program of the environment."""
        return str(self.folder / "bin" / name)

    def run(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in a project, to its end."""
        kept = {name: os.environ[name] for name in ("HOME", "PATH", "LANG", "TMPDIR") if name in os.environ}
        return subprocess.run(
            [self.program(words[0]), *words[1:]],
            cwd=cwd,
            env={**kept, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


def dependencies() -> list[str]:
    """Return what the package needs, as pyproject.toml says it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return list(map(str, project["dependencies"]))


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Build sdist and wheel, the wheel from the sdist, as a package index gets them."""
    folder = tmp_path_factory.mktemp("dist")
    run_uv("build", "--out-dir", str(folder), str(ROOT))
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Package(wheel, sdist)


@pytest.fixture(scope="session")
def install(package: Package, tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Return what installs the wheel into an empty environment, without extras; each kind of it once."""
    made: dict[tuple[str, str], Installed] = {}

    def installed(version: str, resolution: str = "highest") -> Installed:
        program = python(version)
        if program is None:
            pytest.skip(f"there is no Python {version} on this machine")
        if (version, resolution) not in made:
            folder = tmp_path_factory.mktemp("environment") / "venv"
            run_uv("venv", "--python", program, str(folder))
            target = str(folder / "bin" / "python")
            # Direct is what is named here: of the wheel alone, only ccdeploy itself would be.
            run_uv(
                "pip", "install", "--python", target, "--resolution", resolution, str(package.wheel), *dependencies()
            )
            made[version, resolution] = Installed(folder)
        return made[version, resolution]

    return installed


def run_uv(*words: str) -> None:
    """Run uv, which downloads no Python of its own, and looks for packages where pip is told to."""
    index = {"UV_DEFAULT_INDEX": os.environ["PIP_INDEX_URL"]} if "PIP_INDEX_URL" in os.environ else {}
    environment = {**index, **os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": ""}
    done = subprocess.run([uv.find_uv_bin(), *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
