"""The man pages are made of the verbs, and render without a complaint."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ccdeploy.cli.registry import all_verbs
from docs.environment import VARIABLES
from docs.generate import ROOT
from docs.man import man_pages

_READ = re.compile(r"""(?:environ|told)(?:\.get)?[\[(]"(?P<name>[A-Z_]+)\"""")
_ABOUT_HOSTS = {"remote", "shell", "litellm", "operations"}  # these speak of the environment of a proxy


def mandoc() -> str:
    """Return the program that judges man pages; without one, skip, and fail where the tests run for everyone."""
    found = shutil.which("mandoc")
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("mandoc is not installed; .ci/run does it")
    return found


def test_every_verb_has_a_page_and_no_page_is_left_over() -> None:
    """`man ccdeploy-lock-status` is where one looks; a verb that is gone must not be found there."""
    names = {f"ccdeploy-{verb.name.replace(' ', '-')}.1" for verb in all_verbs()} | {"ccdeploy.1"}
    assert (
        {path.name for path in (ROOT / "docs" / "man").iterdir()} == names == {Path(path).name for path in man_pages()}
    )


def test_the_pages_render_without_a_complaint() -> None:
    """roff that is not quite right shows something else than it says."""
    pages = sorted((ROOT / "docs" / "man").glob("*.1"))
    done = subprocess.run([mandoc(), "-T", "lint", *pages], capture_output=True, text=True, check=False)
    # It looks for the pages of ssh on this machine, which has none.
    told = [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]
    assert told == []


def test_a_page_shows_what_the_verb_says() -> None:
    """Options begin with two hyphens that can be copied, and examples are as typed."""
    page = ROOT / "docs" / "man" / "ccdeploy-deploy.1"
    done = subprocess.run([mandoc(), "-T", "utf8", str(page)], capture_output=True, text=True, check=True)
    shown = re.sub(r".\x08", "", done.stdout)
    assert "--dry-run" in shown
    assert "ccdeploy deploy tdd-pipeline --host studio" in shown
    assert "fab deploy --config tdd-pipeline --host studio" in shown


def test_the_variables_that_are_read_are_the_ones_that_are_listed() -> None:
    """A variable that changes what the tool does, and that nobody knows of, is a trap."""
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "ccdeploy").rglob("*.py")}
    ours = {
        path: text for path, text in sources.items() if path.relative_to(ROOT / "ccdeploy").parts[0] not in _ABOUT_HOSTS
    }
    listed = {name for name, _ in VARIABLES}
    read = {match["name"] for text in ours.values() for match in _READ.finditer(text)}
    assert read <= listed
    assert [name for name in listed if not any(f'"{name}"' in text for text in ours.values())] == []
