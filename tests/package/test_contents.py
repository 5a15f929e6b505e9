"""What is in the package, and what it says of itself."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message

import pytest

from ccdeploy import __version__
from tests.cli.faces import ROOT
from tests.package.conftest import Package
from tests.support.pythons import VERSIONS
from tests.test_house import project_files

pytestmark = [pytest.mark.package, pytest.mark.xdist_group("package")]


def ours() -> set[str]:
    """Return every file below ccdeploy/ that git knows or would take."""
    return {str(path.relative_to(ROOT)) for path in project_files() if path.is_relative_to(ROOT / "ccdeploy")}


def manual() -> set[str]:
    """Return the man pages."""
    return {path.name for path in (ROOT / "docs" / "man").glob("*.1")}


def metadata(package: Package) -> Message:
    """Return the wheel's metadata."""
    with zipfile.ZipFile(package.wheel) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
        return message_from_bytes(wheel.read(name))


def test_the_wheel_holds_the_package_and_nothing_else(package: Package) -> None:
    """A file that was forgotten breaks a verb only at a user's; one too many may be somebody's secret."""
    with zipfile.ZipFile(package.wheel) as wheel:
        names = set(wheel.namelist())
    about = f"ccdeploy-{__version__}.dist-info"
    said = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt", "licenses/LICENSE"}
    shared = f"ccdeploy-{__version__}.data/data/share/man/man1"
    pages = {f"{shared}/{name}" for name in manual()}
    assert names == ours() | pages | {f"{about}/{name}" for name in said}
    assert "ccdeploy/py.typed" in names


def test_the_sdist_holds_what_the_wheel_is_built_from(package: Package) -> None:
    """The tests want the whole repository: a part of them in here would only fail."""
    with tarfile.open(package.sdist) as sdist:
        names = {member.name.partition("/")[2] for member in sdist if member.isfile()}
    beside = {"LICENSE", "README.md", "CHANGELOG.md", "MANIFEST.in", "pyproject.toml", "setup.cfg", "PKG-INFO"}
    assert {name for name in names if not name.startswith("ccdeploy.egg-info/")} == (
        ours() | beside | {f"docs/man/{name}" for name in manual()}
    )


def test_the_metadata_are_what_an_index_accepts(package: Package) -> None:
    """A README that does not render, or a classifier that does not exist, is refused at the upload."""
    words = [sys.executable, "-m", "twine", "check", "--strict", str(package.wheel), str(package.sdist)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_metadata_say_what_the_project_says(package: Package) -> None:
    """The version is written twice, and the Pythons that the tests try are named one by one."""
    said = metadata(package)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (said["Version"], project["version"]) == (__version__, __version__)
    assert said["License-Expression"] == "MIT"
    assert said["Requires-Python"] == project["requires-python"]
    named = {line.rpartition(" ")[2] for line in said.get_all("Classifier", []) if line.count("::") == 2}
    assert set(VERSIONS) <= named
    assert said.get_payload(decode=True) == (ROOT / "README.md").read_bytes()


def test_every_dependency_has_both_bounds() -> None:
    """A lower one that is tried, and an upper one before what nobody has seen yet."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    every = [*project["dependencies"], *(line for lines in project["optional-dependencies"].values() for line in lines)]
    assert [line for line in every if ">=" not in line or ",<" not in line] == []
