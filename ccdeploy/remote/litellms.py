"""The LiteLLMs on a host: the one that the settings name, and those in the venvs that ccdeploy made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccdeploy.litellm.version import is_same
from ccdeploy.shell.venv import VENVS

if TYPE_CHECKING:
    from ccdeploy.release.manifest import Manifest

STATES = frozenset({"whole", "broken", "unfinished", "absent"})


@dataclass(frozen=True)
class Litellm:
    """One `litellm` executable: its path, absolute or relative to root.

    `state` is whole, broken (the Python that it names is not there), unfinished (its venv is being
    made, or was cut off) or absent. `version` is None when it could not be told.
    """

    path: str
    state: str
    version: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it can be started."""
        return self.state == "whole"

    @property
    def venv(self) -> str | None:
        """The folder of its venv below root, if ccdeploy made it."""
        parts = self.path.split("/")
        return f"{VENVS}/{parts[1]}" if len(parts) > 2 and parts[0] == VENVS else None


@dataclass(frozen=True)
class Litellms:
    """All of them. `setting` is the path that the settings name, `venv_kind` what its venv is.

    `venv_kind` is empty for none, `.` for a folder, else where a link leads to, as it is written.
    `leads_to` is the venv of ours that the setting leads to in the end, by whatever links; else empty.
    """

    setting: str
    venv_kind: str
    leads_to: str
    known: Mapping[str, Litellm]

    @property
    def is_link_of_ours(self) -> bool:
        """Whether the settings' venv is a link to one that ccdeploy made, be it there or not."""
        is_link = self.venv_kind not in ("", ".")
        return is_link and (bool(self.leads_to) or self.venv_kind.startswith(f"{VENVS}/"))

    def at(self, path: str) -> Litellm:
        """Return the one at a path; an absent one where there is none."""
        return self.known.get(path, Litellm(path, "absent"))

    def of(self, release: Manifest | None) -> Litellm:
        """Return the one that a release runs with: that of its upgrade, unless the settings name another since."""
        own = release.litellm if release else None
        return self.at(own.path if own is not None and own.setting == self.setting else self.setting)

    def of_version(self, version: str) -> Litellm | None:
        """Return one of this version that can be started; the settings' own before others."""
        whole = [one for one in self.known.values() if one.is_whole and is_same(one.version, version)]
        return next(iter(sorted(whole, key=lambda one: (one.path != self.setting, one.path))), None)

    def unneeded(self, releases: Iterable[Manifest], running: Iterable[str] = ()) -> list[str]:
        """Return the venvs of ours that nobody needs.

        Neither one of these releases, whatever the settings say by now, nor these command lines of what
        runs, nor the settings themselves.
        """
        own = (Litellm(release.litellm.path, "").venv for release in releases if release.litellm)
        needed = {*own, self.at(self.setting).venv, self.leads_to, self.venv_kind}
        made = {one.venv for one in self.known.values() if one.venv is not None} - needed
        return sorted(folder for folder in made if not any(f"/{folder}/" in line for line in running))

    def new_folder(self, version: str) -> str:
        """Return the folder for a new venv of this version: a broken one may still be serving, and stays."""
        taken = {one.venv for one in self.known.values() if one.state != "unfinished"}
        names = (f"{VENVS}/{version}{suffix}" for suffix in ("", *(f"-{number}" for number in range(2, 1000))))
        return next(name for name in names if name not in taken)


def from_answer(setting: str, venv_kind: str, leads_to: str, answers: Mapping[str, str]) -> Litellms:
    """Return what a host has by its answer: the lines told of each path."""
    return Litellms(setting, venv_kind, leads_to, {path: _parsed(path, text) for path, text in answers.items()})


def _parsed(path: str, text: str) -> Litellm:
    state, *versions = text.split("\n")
    found = {line.removesuffix(".dist-info") for line in versions if line}
    return Litellm(path, state if state in STATES else "absent", found.pop() if len(found) == 1 else None)
