"""The three promises as one assertion, for every test of a verb.

    with Promises(site) as promises:
        run_the_verb()
    promises.kept(served={"coder", "fast"}, gap_allowed=True)

It asks nothing of ccdeploy: it has a probe, a process table and a disk of its own. All that was
broken is said at once.
"""

from __future__ import annotations

import hashlib
import json
import stat
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values

from tests.support import proxies
from tests.support.gateway import ask
from tests.support.leads import booted_badly, links_broken, misled
from tests.support.probe import Probe
from tests.support.waiting import until

LET_GO_WITHIN_S = 1.5  # a process that was killed is in the table for a moment longer
FILE_MODE = 0o444
SECOND_COPY = ".original"  # what a damaged release is restored from
SHADOW_COPY = ".shadow.yaml"  # what a shadow booted from that may not call models


@dataclass(frozen=True)
class Site:
    """Where a host keeps its releases, on which ports it serves, and where its Ollama counts loads.

    With `front`, Traefik's port, either port may be the one that serves: users come by Traefik, which
    `dynamic_file` leads.
    """

    root: Path
    first_port: int
    second_port: int
    ollama_url: str | None = None
    front: int | None = None
    dynamic_file: Path | None = None

    @classmethod
    def of(cls, host: Mapping[str, Any]) -> Site:
        """Return the site that a host entry of hosts.yaml describes, when the host is this machine."""
        ports = host["listen"]["ports"]
        ollama = host.get("ollama")
        ollama_url = ollama["url"] if ollama else None
        if host.get("strategy") != "blue-green":
            return cls(Path(host["root"]), ports[0], ports[1], ollama_url)
        traefik = host["traefik"]
        front, file = urlsplit(traefik["url"]).port, Path(traefik["dynamic_file"])
        return cls(Path(host["root"]), ports[0], ports[1], ollama_url, front, file)

    @property
    def serving_port(self) -> int:
        """The port that serves: the first, or the one that is recorded where it may be either."""
        moved = self.front is not None and self.serving().get("port") == self.second_port
        return self.second_port if moved else self.first_port

    @property
    def spare_port(self) -> int:
        """The other one."""
        return self.first_port if self.serving_port == self.second_port else self.second_port

    @property
    def key(self) -> str | None:
        """The master key, as the proxy was given it."""
        return dotenv_values(self.root / ".env").get("LITELLM_MASTER_KEY")

    def loads(self) -> int | None:
        """Return how many models its Ollama has loaded so far; None when it cannot be asked."""
        if self.ollama_url is None:
            return None
        try:
            with urllib.request.urlopen(f"{self.ollama_url}/sandbox/log", timeout=5) as answer:  # noqa: S310 - loopback
                return int(json.load(answer)["loads"])
        except (urllib.error.URLError, ConnectionError):
            return None  # a test may have switched it off

    def serving(self) -> dict[str, Any]:
        """Return what run/serving.json says; nothing when it is not there."""
        path = self.root / "run" / "serving.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}


class Promises:
    """Watches a site while a verb runs; `kept` then says whether the promises were."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.probe = Probe(site.front or site.serving_port)
        self._loads_before: int | None = None

    def __enter__(self) -> Promises:
        self._loads_before = self.site.loads()
        self.probe.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self.probe.__exit__(*raised)

    @property
    def downtime_ms(self) -> int:
        """How long nobody was served while the verb ran."""
        return self.probe.downtime_ms

    def kept(
        self,
        *,
        served: set[str] | None,
        gap_allowed: bool = False,
        most_gaps: int = 1,
        release: str | None = None,
        user_traffic: bool = False,
    ) -> None:
        """Assert all that must hold after a verb, whatever became of it.

        `served` are the names that must be served, None when the proxy must be stopped. `release`
        is the one that must be current, if the test knows it. `most_gaps` is 2 where a proxy is to
        serve for a moment and end. With `user_traffic` the loads of
        Ollama prove nothing and are left out. Raises AssertionError with every breach.
        """
        breaches = [
            *self._requests_lost(most_gaps if gap_allowed else 0),
            *([] if user_traffic else self._models_loaded()),
            *(_not_stopped(self.site) if served is None else _not_serving(self.site, served)),
            *_left_over(self.site, 0 if served is None else 1),
            *links_broken(self.site, release),
            *misled(self.site),
            *booted_badly(self.site),
            *_releases_altered(self.site),
        ]
        assert not breaches, "a promise is broken:\n" + "\n".join(f"  - {breach}" for breach in breaches)

    def meanwhile(self, may_serve: list[set[str]], *, gap_allowed: bool = False) -> None:
        """Assert what must hold at every moment, also of a host whose client has gone in the middle.

        A whole proxy serves one of these sets of names, unless a gap is allowed; no model was loaded,
        and no file of a release is altered. Raises AssertionError with every breach.
        """
        breaches = [
            *self._models_loaded(),
            *_not_served_whole(self.site, may_serve, gap_allowed=gap_allowed),
            *booted_badly(self.site),
            *_releases_altered(self.site),
        ]
        assert not breaches, "a promise is broken meanwhile:\n" + "\n".join(f"  - {breach}" for breach in breaches)

    def _requests_lost(self, gaps: int) -> Iterator[str]:
        asked = len(self.probe.samples)
        if asked < 2:
            yield f"nothing is proven: the probe asked port {self.probe.port} only {asked} times"
        if not gaps:
            for outage in self.probe.outages:
                yield f"request lost: port {self.probe.port} did not serve for {outage}"
        elif len(self.probe.outages) > gaps:
            listed = ", ".join(str(outage) for outage in self.probe.outages)
            yield f"more than the {'one gap' if gaps == 1 else f'{gaps} gaps'} that was announced: {listed}"

    def _models_loaded(self) -> Iterator[str]:
        after = self.site.loads()
        if self._loads_before is not None and after is not None and after != self._loads_before:
            yield f"model loaded: Ollama had loaded {self._loads_before} before and {after} afterwards"


def _not_serving(site: Site, served: set[str]) -> Iterator[str]:
    try:
        answer = ask(site.serving_port, "/v1/models", site.key)
    except OSError as exc:
        yield f"host stranded: nobody serves on port {site.serving_port} ({exc})"
        return
    if answer.status != 200:
        yield f"host stranded: /v1/models on port {site.serving_port} answers {answer.status}: {answer.body[:200]!r}"
    elif (names := {entry["id"] for entry in answer.json["data"]}) != served:
        yield f"wrong names served: missing {sorted(served - names)}, unexpected {sorted(names - served)}"
    yield from _not_the_recorded_process(site)


def _not_served_whole(site: Site, may_serve: list[set[str]], *, gap_allowed: bool) -> Iterator[str]:
    """Yield what is wrong with what the users of a site get."""
    port = site.front or site.first_port
    try:
        answer = ask(port, "/v1/models", site.key)
    except OSError as exc:
        if not gap_allowed:
            yield f"nobody serves on port {port} ({exc})"
        return
    names = {entry["id"] for entry in answer.json["data"]} if answer.status == 200 else None
    if names not in may_serve:
        yield f"port {port} answers {answer.status} with the names {names}, expected one of {may_serve}"


def _not_the_recorded_process(site: Site) -> Iterator[str]:
    recorded = site.serving()
    if not recorded and not (site.root / "current").is_symlink():
        return  # a host that was never deployed to: nothing has been recorded yet
    pid, found = recorded.get("pid"), proxies.listeners(site.serving_port)
    if pid not in found:
        yield f"port {site.serving_port} belongs to {found}, but run/serving.json says pid {pid}"
    elif strangers := [p for p in found if p != pid and proxies.parent_of(p) != pid]:
        yield f"port {site.serving_port} is shared with {strangers}, who are no workers of {pid}"
    if recorded.get("port") not in (None, site.serving_port):
        yield f"run/serving.json says port {recorded['port']}, the host serves on {site.serving_port}"


def _not_stopped(site: Site) -> Iterator[str]:
    if found := proxies.listeners(site.serving_port):
        yield f"not stopped: {found} still listen on port {site.serving_port}"


def _left_over(site: Site, expected: int) -> Iterator[str]:
    if _never(lambda: len(proxies.proxies(site.root)) == expected):
        found = [f"{p.pid}: {p.command}" for p in proxies.proxies(site.root)]
        yield f"{len(found)} proxies live below {site.root}, expected {expected}: {found}"
    if _never(lambda: not proxies.listeners(site.spare_port)):
        yield f"{proxies.listeners(site.spare_port)} still listen on the spare port {site.spare_port}"
    lock = site.root / "lock"
    if lock.exists():
        owner = lock / "owner.json"
        yield f"the lock was not given back: {owner.read_text() if owner.exists() else 'without an owner'}"


def _releases_altered(site: Site) -> Iterator[str]:
    for folder in sorted((site.root / "releases").glob("[!.]*")):
        manifest = folder / "release.json"
        if not manifest.is_file():
            yield f"{folder.name} is no whole release: it has no release.json"
            continue
        promised: dict[str, str] = json.loads(manifest.read_text())["files"]
        yield from _differences(folder, promised)
        if (folder / SECOND_COPY).is_dir():
            yield from _differences(folder / SECOND_COPY, promised)


def _differences(folder: Path, promised: Mapping[str, str]) -> Iterator[str]:
    shown = folder.parent.name + "/" + folder.name
    paths = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    found = {str(p): path for p, path in paths.items() if p.parts[0] not in (SECOND_COPY, SHADOW_COPY, "release.json")}
    if set(found) != set(promised):
        yield f"{shown} holds {sorted(found)}, its release.json promises {sorted(promised)}"
    for name in sorted(set(found) & set(promised)):
        if hashlib.sha256(found[name].read_bytes()).hexdigest() != promised[name]:
            yield f"{shown}/{name} is not what its release.json promises"
        if (mode := stat.S_IMODE(found[name].stat().st_mode)) != FILE_MODE:
            yield f"{shown}/{name} has mode {mode:04o}, expected {FILE_MODE:04o}"


def _never(condition: Callable[[], bool]) -> bool:
    try:
        until(condition, "", LET_GO_WITHIN_S)
    except AssertionError:
        return True
    return False
