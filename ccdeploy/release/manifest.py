"""release.json: what a release is made of, who made it, and what became of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ccdeploy.clock import iso
from ccdeploy.release.bundle import MAIN, digest_of
from ccdeploy.release.jsontext import has_texts, mapping, phase_in, written

State = Literal["staged", "verified", "adopted", "drifted", "bad"]
_STAMP = "%Y%m%d-%H%M%S"
_FORM = "20260131-120000"
_TEXTS = ("release", "config", "created_at", "who", "from_where", "state")
_TEXTS_OR_NONE = ("commit", "run_url", "state_at", "reason")
_SHA256 = re.compile(r"[0-9a-f]{64}")
GOOD: frozenset[str] = frozenset({"verified", "adopted"})  # a rollback may return to these


@dataclass(frozen=True)
class Performer:
    """Who deploys, from which machine, and from which commit of the project; `run_url` where it is a run of a CI."""

    who: str
    from_where: str
    commit: str | None = None
    run_url: str | None = None


@dataclass(frozen=True)
class Executable:
    """The LiteLLM that an upgrade gave a release: where it is, its version, and the setting that it stands in for.

    It holds for as long as the settings say the same as then.
    """

    path: str
    version: str
    setting: str


@dataclass(frozen=True)
class Manifest:
    """One release as release.json tells it. `files` maps each path to its SHA-256.

    state: staged (never served), verified (served and was checked), adopted (was serving before we
    came), drifted (edited on the host, never served), bad (failed; `reason` says how).
    """

    release: str
    config: str
    files: Mapping[str, str]
    created_at: str
    who: str
    from_where: str
    commit: str | None = None
    run_url: str | None = None
    state: State = "staged"
    state_at: str | None = None
    reason: str | None = None
    litellm: Executable | None = None  # None: the settings' own
    phase: int | None = None  # the one that the config was narrowed to

    @property
    def digest(self) -> str:
        """The digest of the bundle that the release was made from."""
        return digest_of(self.files)

    @property
    def is_good(self) -> bool:
        """Whether a rollback may return to it."""
        return self.state in GOOD

    def marked(self, state: State, at: datetime, reason: str | None = None) -> Manifest:
        """Return the manifest with another state."""
        return replace(self, state=state, state_at=iso(at), reason=reason)

    def to_json(self) -> str:
        """Return the text of release.json."""
        own = self.litellm.__dict__ if self.litellm else None
        said = written(self.__dict__) | {"files": dict(self.files), "litellm": own}
        return json.dumps(said, indent=2, sort_keys=True) + "\n"


def new_id(moment: datetime, digest: str, taken: Iterable[str] = ()) -> str:
    """Return the id of a release: sortable by time, told apart by content.

    It sorts after every id in `taken`: two releases of one second, or a clock that was set back,
    would otherwise make a rollback go to the wrong one.
    """
    newest = max((release[: len(_FORM)] for release in taken if _is_stamp(release)), default="")
    stamp = f"{moment:{_STAMP}}"
    if stamp <= newest:
        stamp = f"{datetime.strptime(newest, _STAMP) + timedelta(seconds=1):{_STAMP}}"
    return f"{stamp}-{digest[:4]}"


def created(  # noqa: PLR0913, PLR0917  # what is known of a release when it is made
    release: str,
    config: str,
    files: Mapping[str, str],
    by: Performer,
    at: datetime,
    litellm: Executable | None = None,
) -> Manifest:
    """Return the manifest of a release that is being staged."""
    by_whom = (by.who, by.from_where, by.commit, by.run_url)
    return Manifest(release, config, dict(files), iso(at), *by_whom, litellm=litellm)


def _is_stamp(release: str) -> bool:
    """Whether a folder of this name has a time that another can come after."""
    try:
        return bool(datetime.strptime(release[: len(_FORM)], _STAMP) + timedelta(seconds=1))
    except (ValueError, OverflowError):
        return False


def _executable(raw: object) -> Executable | None:
    """Return what release.json says of its LiteLLM; of another shape, it is as good as not said."""
    if not isinstance(raw, dict):
        return None
    words = [raw.get(name) for name in Executable.__dataclass_fields__]
    return Executable(*map(str, words)) if all(isinstance(word, str) for word in words) else None


def parse(text: str) -> Manifest | None:
    """Return the manifest that `text` holds; None when it is not one (half written, or of another hand)."""
    raw = mapping(text)
    raw["litellm"] = _executable(raw.get("litellm"))
    raw["phase"] = phase_in(raw)
    try:
        manifest = Manifest(**{key: raw[key] for key in Manifest.__dataclass_fields__ if key in raw})
    except TypeError:
        return None
    are_texts = has_texts(raw, _TEXTS) and has_texts(raw, _TEXTS_OR_NONE, or_none=True)
    files = manifest.files
    if not are_texts or not isinstance(files, dict) or MAIN not in files:
        return None
    return manifest if all(map(_is_file, files, files.values())) else None


def stays_inside(path: str) -> bool:
    """Whether the path of a file is one within the folder of its release: scripts write to where it leads."""
    return bool(path) and "\0" not in path and not path.startswith("/") and ".." not in path.split("/")


def _is_file(path: str, digest: object) -> bool:
    """Whether release.json names a file of the release by its digest: neither leads elsewhere, or is anything else."""
    return stays_inside(path) and isinstance(digest, str) and bool(_SHA256.fullmatch(digest))
