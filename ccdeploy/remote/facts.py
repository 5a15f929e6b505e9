"""What is on a host, as values: asked in one round trip, and unknown where it could not be known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.litellm import commandline
from ccdeploy.release import history, manifest, process
from ccdeploy.release.bundle import sha256
from ccdeploy.release.manifest import Manifest
from ccdeploy.release.process import Process, RunState
from ccdeploy.remote import at_boot, deadman, dynamic, env_file, listeners, litellms, lock_facts
from ccdeploy.remote.at_boot import AtBoot
from ccdeploy.remote.deadman import Deadman
from ccdeploy.remote.dynamic import Dynamic
from ccdeploy.remote.env_file import EnvFile
from ccdeploy.remote.listeners import Listeners
from ccdeploy.remote.litellms import Litellm, Litellms
from ccdeploy.remote.lock_facts import LockFacts
from ccdeploy.remote.slots import Slots, slots
from ccdeploy.results import HistoryEntry
from ccdeploy.shell import facts as question
from ccdeploy.shell.facts import RECORDS, Paths
from ccdeploy.shell.path import under

if TYPE_CHECKING:
    from ccdeploy.settings import Host
    from ccdeploy.transport.seam import Transport

_MODE_LENGTH = 10  # of `ls -l`: -rw-------; an ACL may add a sign
_PORT = re.compile("[0-9]{1,5}")
_SHOWN = 40  # characters of what a program of the host printed in place of an answer


@dataclass(frozen=True)
class Facts:
    """What is on a host. None means unknown, or that there is none, as each field says."""

    system: str  # `uname -s`
    now: datetime  # the host's clock
    booted: datetime | None  # when the host was started, by its own clock; None: unknown
    missing_tools: tuple[str, ...]
    root: str  # absolute
    real_root: str  # where it is behind all links
    root_exists: bool
    root_is_unreadable: bool
    is_writable: bool
    misplaced: tuple[str, ...]  # what stands in a place of ours, and is no file or folder as it should be
    litellms: Litellms
    free_bytes: int | None  # None: unknown
    env: EnvFile
    ports: tuple[int, ...]  # those of the settings
    listeners: Mapping[int, Listeners]
    current: str | None  # the release that `current` points to
    config_kind: str  # "link", "file", "none", or where a foreign link points
    config_text: bytes | None = field(repr=False)  # of a hand-made config.yaml; it may hold secrets
    at_boot: AtBoot  # what starts the current release after a boot
    boots: str | None  # the release that would be started then, where one is
    broken_records: tuple[str, ...]  # serving, shadow or draining: run/NAME.json is there and cannot be read
    serving: RunState | None
    serving_process: Process | None  # the live process with the recorded pid
    draining: RunState | None  # an old proxy that ends its requests, and gets no new ones
    draining_process: Process | None
    shadow: RunState | None
    shadow_process: Process | None
    releases: tuple[Manifest, ...]
    nameless_releases: tuple[str, ...]  # folders without a readable release.json
    current_files: Mapping[str, bytes] = field(repr=False)
    history: tuple[HistoryEntry, ...]
    lock: LockFacts
    stray_uploads: tuple[str, ...]
    dynamic: Dynamic | None  # Traefik's dynamic file; None when the settings name none
    deadmen: tuple[Deadman, ...]  # what goes back by itself unless it is confirmed

    @property
    def litellm(self) -> Litellm:
        """The LiteLLM that the current release runs with, and the next deploy: its own, else the settings'."""
        return self.litellms.of(self.current_release)

    def release(self, release_id: str | None) -> Manifest | None:
        """Return the release of this id, if the host has it."""
        return next((r for r in self.releases if r.release == release_id), None)

    def new_id(self, digest: str) -> str:
        """Return an id for a new release that sorts after every one that the host has."""
        return manifest.new_id(self.now, digest, [*(r.release for r in self.releases), *self.nameless_releases])

    @property
    def last_attempt(self) -> HistoryEntry | None:
        """The last attempt that had the lock; those that found it held tell nothing of the host."""
        return next((entry for entry in reversed(self.history) if entry.outcome != "locked"), None)

    @property
    def current_release(self) -> Manifest | None:
        """The release that `current` points to, as its release.json tells it."""
        return self.release(self.current)

    @property
    def running(self) -> RunState | None:
        """The recorded proxy, if that very process lives; else a new slot that Traefik was pointed at already."""
        if _is_alive(self.serving, self.serving_process):
            return self.serving
        is_pointed = self.shadow is not None and self.shadow.port == self._pointed
        return self.shadow if is_pointed and _is_alive(self.shadow, self.shadow_process) else None

    @property
    def running_shadow(self) -> RunState | None:
        """A recorded shadow that lives and serves nobody: left behind by an attempt that was cut off."""
        if self.shadow is None or not _is_alive(self.shadow, self.shadow_process):
            return None
        return None if self.running and self.running.pid == self.shadow.pid else self.shadow

    @property
    def running_draining(self) -> RunState | None:
        """A recorded old proxy that has not ended yet."""
        return self.draining if _is_alive(self.draining, self.draining_process) else None

    @property
    def left_behind(self) -> tuple[RunState | Process, ...]:
        """The proxies of ours that an attempt left behind when it was cut off, each once: the next one ends them."""
        found = (self.running_shadow, self.running_draining, self.leftover_shadow)
        return tuple({one.pid: one for one in reversed(found) if one is not None}.values())

    @property
    def slots(self) -> Slots:
        """Which of the two ports serves, and which is free for the next proxy."""
        running = self.running.port if self.running else None
        return slots(self.ports, running, self._pointed, may_move=self.dynamic is not None)

    @property
    def _pointed(self) -> int | None:
        """The port that Traefik's file leads to, where it is ours."""
        return self.dynamic.written.to if self.dynamic and self.dynamic.written else None

    @property
    def leftover_shadow(self) -> Process | None:
        """A shadow of ours that no record names: its attempt was cut off before it could be written down.

        It listens on the idle slot and runs a release of this root. What runs the current release
        while nobody listens on the active one may be what serves: that is not claimed.
        """
        active, idle = self.slots.active, self.slots.idle
        who, known = self.listeners[idle], (self.running, self.running_draining)
        if not who.is_litellm or who.leader is None or who.leader.pid in [state.pid for state in known if state]:
            return None
        config = commandline.config_path_in(who.leader.command) or ""
        if not config.startswith(f"{self.root}/releases/") or commandline.port_in(who.leader.command) != idle:
            return None
        release = config.removeprefix(f"{self.root}/releases/").partition("/")[0]
        return who.leader if release != self.current or self.listeners[active] else None

    @property
    def drifted_files(self) -> tuple[str, ...]:
        """The files of the current release that are not what release.json says."""
        release = self.current_release
        if release is None:
            return ()
        return tuple(
            path
            for path, digest in release.files.items()
            if path not in self.current_files or sha256(self.current_files[path]) != digest
        )


def _is_alive(state: RunState | None, process: Process | None) -> bool:
    return state is not None and process is not None and state.is_same(process)


def gather(transport: Transport, host: Host) -> Facts:
    """Ask the host everything in one round trip. Raises Refused when its answer is not whole."""
    file = host.traefik.dynamic_file if host.traefik else None
    asked = question.facts(Paths(host.root, host.litellm, host.env_file, file), host.listen.ports)
    try:
        return _Answer(asked.parts(transport.run(asked.command).stdout)).facts(host, file)
    except ValueError as exc:
        raise Refused(f"{host.name}: {exc}", hint="run the command again; does a login script end the shell?") from exc


def moment(text: str) -> datetime:
    """Return the moment that `date +%s` told. Raises ValueError when it told none."""
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise ValueError(f"its clock tells no time: `date +%s` printed {text[:_SHOWN]!r}") from exc


class _Answer:
    """The raw parts of the answer; every string becomes a value here, once."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self._parts = parts
        self._processes = {str(one.pid): one for one in process.parse_ps(self._text("processes"))}

    def facts(self, host: Host, dynamic_file: str | None) -> Facts:
        nameless, releases = self._releases()
        root = self._parts["root"].decode("utf-8", "surrogateescape")
        return Facts(
            system=self._text("system"),
            now=moment(self._text("now")),
            booted=self._booted(),
            missing_tools=self._missing_tools(),
            root=root,
            real_root=self._parts.get("real_root", b"").decode("utf-8", "surrogateescape") or root,
            root_exists="absent" not in self._parts,
            root_is_unreadable=self._text("absent") == "unreadable",
            is_writable=self._is("writable"),
            misplaced=tuple(self._text("misplaced").splitlines()),
            litellms=self._litellms(host.litellm),
            free_bytes=self._free_bytes(),
            env=env_file.from_answer(
                self._text("env_mode")[:_MODE_LENGTH], self._parts.get("env", b""), is_readable=self._is("env_readable")
            ),
            ports=host.listen.ports,
            listeners={
                port: listeners.from_answer(self._text(f"listeners:{port}"), self._processes)
                for port in {*host.listen.ports, *self._recorded_ports()}
            },
            current=self._current(),
            config_kind=self._config_kind(),
            config_text=self._parts.get("config") if self._text("config_kind") == "file" else None,
            at_boot=at_boot.read(self._text("at_boot")),
            boots=self._text("boots") or None,
            broken_records=tuple(name for name in RECORDS if self._is_broken(name)),
            serving=process.parse_run_state(self._text("run:serving")),
            serving_process=self._process("serving"),
            shadow=process.parse_run_state(self._text("run:shadow")),
            shadow_process=self._process("shadow"),
            draining=process.parse_run_state(self._text("run:draining")),
            draining_process=self._process("draining"),
            releases=releases,
            nameless_releases=nameless,
            current_files=self._named("file:"),
            history=tuple(history.parse(self._text("history"))),
            lock=self._lock(),
            stray_uploads=tuple(self._text("stray").split()),
            dynamic=dynamic.from_answer(under(root, dynamic_file), self._parts) if dynamic_file else None,
            deadmen=deadman.from_answer(self._text("deadman")),
        )

    def _text(self, part: str) -> str:
        return self._parts.get(part, b"").decode("utf-8", "replace").strip()

    def _is(self, part: str) -> bool:
        return self._text(part) == "yes"

    def _missing_tools(self) -> tuple[str, ...]:
        # A ps that does not tell of the very shell that asked it (busybox's) identifies no process.
        is_of_use = self._text("self") in self._processes
        return (*self._text("missing").split(), *(() if is_of_use else ("ps",)))

    def _named(self, prefix: str) -> dict[str, bytes]:
        return {name.removeprefix(prefix): data for name, data in self._parts.items() if name.startswith(prefix)}

    def _litellms(self, setting: str) -> Litellms:
        in_venvs = {path: self._text(f"venv:{path}") for path in self._named("venv:")}
        answers = {setting: self._text("litellm"), **in_venvs}
        return litellms.from_answer(setting, self._text("venv_kind"), self._text("leads_to"), answers)

    def _booted(self) -> datetime | None:
        try:
            return moment(self._text("boot"))
        except ValueError:
            return None

    def _is_broken(self, name: str) -> bool:
        return f"run:{name}" in self._parts and process.parse_run_state(self._text(f"run:{name}")) is None

    def _free_bytes(self) -> int | None:
        blocks = self._text("disk")
        return int(blocks) * 1024 if blocks.isdigit() else None

    def _recorded_ports(self) -> list[int]:
        names = (name.removeprefix("listeners:") for name in self._parts if name.startswith("listeners:"))
        return [int(name) for name in names if _PORT.fullmatch(name)]

    def _current(self) -> str | None:
        target = self._text("current")
        return target.rsplit("/", 1)[-1] if target else None

    def _config_kind(self) -> str:
        kind = self._text("config_kind")
        return {"current/config.yaml": "link", "file": "file", "": "none"}.get(kind, kind)

    def _process(self, name: str) -> Process | None:
        return self._processes.get(self._text(f"process:{name}"))

    def _releases(self) -> tuple[tuple[str, ...], tuple[Manifest, ...]]:
        parsed = {n: manifest.parse(d.decode("utf-8", "replace")) for n, d in self._named("release:").items()}
        whole = tuple(m for name, m in sorted(parsed.items()) if m is not None and m.release == name)
        names = {m.release for m in whole}
        return tuple(name for name in sorted(parsed) if name not in names), whole

    def _lock(self) -> LockFacts:
        now = int(moment(self._text("now")).timestamp())
        return lock_facts.from_answer(self._text("lock"), self._text("owner"), self._text("lock_mtime"), now)
