"""What a client that was cut off has left on its host, and what `status` must say of that. It asks no ccdeploy."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from ccdeploy.results import Status
from ccdeploy.traefik.dynamic import read
from tests.support.heartbeat import set_back
from tests.support.promises import Site
from tests.support.proxies import proxies
from tests.support.waiting import until

GOOD = ("verified", "adopted")
LONG_AGO = 1_000_000_000  # seconds since 1970
_STARTS_WITHIN_S = 5.0


def lapse(root: Path) -> None:
    """Let a minute go by for the lock of a client that is gone: a heartbeat is as old as it gets by itself.

    A watcher takes the heartbeat that it finds at its start for a new one, however old it looks: so one that was
    started just now has its first look before that minute.
    """
    watchers = root / "run" / "deadman"
    with suppress(AssertionError):  # its script was cut off before it was started at all
        until(lambda: not _are_starting(watchers), "every watcher that is armed has told its pid", _STARTS_WITHIN_S)
    set_back(root, LONG_AGO)
    for folder in (root / "lock", root / "lock.takeover"):  # these have no heartbeat where the script was cut off
        with suppress(FileNotFoundError):
            os.utime(folder, (LONG_AGO, LONG_AGO))


def is_by_hand(root: Path) -> bool:
    """Whether a person holds the lock: then it never lapses."""
    owner = root / "lock" / "owner.json"
    return owner.exists() and bool(json.loads(owner.read_text())["manual"])


def let_watchers_end(root: Path) -> None:
    """Wait while the host goes back by itself; a watcher that has nothing to do ends at its next look."""
    pids = root / "run" / "deadman"
    until(lambda: not any(_lives(path) for path in pids.glob("*.pid")), "every watcher has ended", 60)


def _are_starting(watchers: Path) -> bool:
    return any(not path.with_suffix(".pid").exists() for path in watchers.glob("*.armed"))


def _lives(record: Path) -> bool:
    try:
        os.kill(int(record.read_text().split()[0]), 0)
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return False
    return True


def names_of(root: Path, release: str) -> set[str]:
    """Return the names that a release of the host promises."""
    config = yaml.safe_load((root / "releases" / release / "config.yaml").read_text())
    return {model["model_name"] for model in config["model_list"]}


def state_of(root: Path, release: str) -> str:
    """Return what release.json says of a release."""
    return str(json.loads((root / "releases" / release / "release.json").read_text())["state"])


def good_before(root: Path, current: str) -> list[str]:
    """Return the releases that can be gone back to from the current one, the oldest first."""
    older = sorted(path.name for path in (root / "releases").glob("[!.]*") if path.name < current)
    return [release for release in older if state_of(root, release) in GOOD]


def unnamed(site: Site, told: Status) -> list[str]:
    """Return what an attempt has left on the host and `status` does not tell of."""
    said = "\n".join([told.lock or "", *told.drift, *told.notes])
    return [f"{what}: '{words}'" for what, words in _left(site) if not re.search(words, said)]


def _left(site: Site) -> Iterator[tuple[str, str]]:
    """Yield each thing that was left, and what is to be found in that which tells of it."""
    root = site.root
    if (root / "lock").exists():
        yield ("a lock by hand", "by hand") if is_by_hand(root) else ("a stale lock", "stale")
    if list((root / "releases").glob(".incoming-*")):
        yield "a stray upload", "upload.* was cut off"
    if _is_run_left(root):
        yield "a run that was not gone back from", "was not gone back from"
    if _ended_by(root) == "host":
        yield "what the host did by itself", "the host went back by itself"
    if [path for path in (root / "run" / "deadman").glob("*") if path.suffix in (".armed", ".fired")]:
        yield "a watcher that is dead", "the watcher that was to go back from it runs no longer"
    yield from _proxies_left(site)


def _proxies_left(site: Site) -> Iterator[tuple[str, str]]:
    root, alive = site.root, {one.pid for one in proxies(site.root)}
    serving, shadow, draining = (_record(root, name) for name in ("serving", "shadow", "draining"))
    written = read(site.dynamic_file.read_text()) if site.dynamic_file else None
    serves = serving if serving.get("pid") in alive else {}
    if not serves and written and shadow.get("pid") in alive and shadow["port"] == written.to:
        serves = shadow
    if serving and serving is not serves:
        yield "a proxy that was stopped and not replaced", "runs no longer"
    if serves and (root / "releases" / serves["release"]).exists() and state_of(root, serves["release"]) not in GOOD:
        yield "a release that was never verified", "was never verified"
    if serves.get("digests") and (root / "current").readlink().name != serves["release"]:
        yield "a link to another release than the one that runs", "`current` points to"
    if serves and written and (written.to, written.fallback) != (serves["port"], None):
        yield "a switch that was cut off", "Traefik's file leads to"
    if draining.get("pid") in alive:
        yield "an old proxy that drains", "has not ended yet"
    others = alive - {serves.get("pid"), draining.get("pid")}
    if shadow.get("pid") in others:
        yield "a shadow", f"shadow.* runs on port {shadow['port']}"
    if stray := others - {shadow.get("pid")}:
        yield f"a proxy that no record names ({stray})", f"runs on port {site.spare_port}"


def _is_run_left(root: Path) -> bool:
    lines = [json.loads(line) for line in _lines(root / "history.jsonl")]
    last = next((one for one in reversed(lines) if one["outcome"] in ("deployed", "rolled-back")), None)
    if last is None or (last["verb"], last["outcome"]) != ("run", "deployed"):
        return False
    return bool((root / "current").readlink().name == last["release"])


def _ended_by(root: Path) -> str | None:
    lines = _lines(root / "history.jsonl")
    return json.loads(lines[-1]).get("ended_by") if lines else None


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _record(root: Path, name: str) -> dict[str, Any]:
    path = root / "run" / f"{name}.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}
