"""A sandbox's life: up, down, status. It may be asked for at any time, by several at once."""

from __future__ import annotations

import fcntl
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ccdeploy.errors import Refused
from ccdeploy.sandbox.account import user_name
from ccdeploy.sandbox.hand import start_by_hand, was_deployed_to
from ccdeploy.sandbox.layout import Layout, layout_of
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.parts import PortLost, Recipe, recipes, start, wait_for_proxy, wait_ready
from ccdeploy.sandbox.ports import free_port, is_free
from ccdeploy.sandbox.processes import Process, end, marked
from ccdeploy.sandbox.seed import install_litellm, move_ports, seed, write_traefik_config
from ccdeploy.sandbox.state import Hand, Part, State, read_state, write_private, write_state

PORTS = ("ssh", "ollama", "traefik", "traefik_api", "listen_1", "listen_2")
_PARTS_TIMEOUT_S = 60.0  # each takes about a second; a busy machine may take much longer
_LOCK_TIMEOUT_S = 300.0
_GRACE_S = 3.0  # a proxy with a stream in flight would not end by itself before the stream does
_PORT_TRIES = 3

Say = Callable[[str], None]


@dataclass(frozen=True)
class PartStatus:
    """One part: its process, its port, whether it runs, and the file with its output."""

    name: str
    pid: int
    port: int
    is_alive: bool
    output: str


@dataclass(frozen=True)
class Status:
    """What there is of a sandbox: every folder, port and process; `proxies` are pids of all else that it runs."""

    folder: str
    is_up: bool
    root: str | None = None
    ports: dict[str, int] = field(default_factory=dict)
    parts: tuple[PartStatus, ...] = ()
    proxies: tuple[int, ...] = ()
    host: dict[str, Any] = field(default_factory=dict)
    exit_code: int = 0


def up(folder: Path, *, options: SandboxOptions | None = None, say: Say = lambda _: None, fresh: bool = False) -> State:
    """Bring the sandbox up and return its state; what runs stays, a part that died starts again.

    No `options` keeps those of the running sandbox. A part whose options changed is restarted.
    `fresh` takes down what runs and seeds anew. Raises Refused with the output of what did not start.
    """
    layout = layout_of(folder)
    with _locked(layout, say):
        state = read_state(layout.state)
        moved = state is not None and state.folder != layout.folder
        if fresh or moved:
            _end_all(layout, None if moved else state)
            _remove(layout.base)
            state = None
        wanted = options or (state.options if state else SandboxOptions())
        if state and state.options == wanted and _is_complete(state):
            return state
        return _bring_up(layout, state, wanted, say)


def down(folder: Path) -> list[str]:
    """End every process of the sandbox, proxies included, and return what was ended, one sentence each.

    The files stay: the next `up` finds the host as after a reboot. Raises Refused when a process will not end.
    """
    layout = layout_of(folder)
    if not layout.base.exists():
        return ["sandbox: there is none"]
    with _locked(layout, lambda _: None):
        state = read_state(layout.state)
        said = _end_all(layout, state if state and state.folder == layout.folder else None)
        layout.state.unlink(missing_ok=True)
    return said or ["sandbox: nothing was running"]


def status(folder: Path) -> Status:
    """Return what there is of the sandbox; changes nothing and waits for nobody."""
    layout = layout_of(folder)
    state = read_state(layout.state)
    if not state or state.folder != layout.folder:
        return Status(str(layout.base), False, proxies=tuple(p.pid for p in marked(str(layout.base))))
    parts = tuple(
        PartStatus(p.name, p.process.pid, p.port, p.is_alive, str(layout.output(p.name))) for p in state.parts.values()
    )
    known = {p.pid for p in parts}
    return Status(
        folder=str(layout.base),
        is_up=bool(parts) and all(p.is_alive for p in parts),
        root=str(layout.root),
        ports=state.ports,
        parts=parts,
        proxies=tuple(p.pid for p in marked(str(layout.base)) if p.pid not in known),
        host=state.host,
    )


def halt(folder: Path, name: str) -> None:
    """End one part (ssh, ollama or traefik) and nothing else, as if it had crashed; `up` starts it again."""
    state = read_state(layout_of(folder).state)
    part = state.parts.get(name) if state else None
    if not part:
        raise Refused(f"sandbox: no part called '{name}' runs", hint="`ccdeploy sandbox status` lists the parts")
    _end_part(part)


def _bring_up(layout: Layout, before: State | None, options: SandboxOptions, say: Say) -> State:
    began = time.monotonic()
    _prepare_folders(layout)
    alive = {n: p for n, p in before.parts.items() if p.is_alive} if before else {}
    ports = _choose_ports(layout, alive, is_running=before is not None)
    if not (layout.root / ".env").exists() and not was_deployed_to(layout):
        seed(layout, ports)
    install_litellm(layout, options.litellm)
    state = State(layout.folder, options, ports, _host(layout, options, ports), alive, before.hand if before else None)
    write_state(state, layout.state)
    hand = _hand(layout, before, options, ports)
    if hand:
        say("starting litellm as a person would have; it takes about ten seconds")
        state = replace(state, hand=hand)
        write_state(state, layout.state)
    for attempt in range(1, _PORT_TRIES + 1):
        try:
            state = _start_parts(layout, state, say)
            break
        except PortLost as lost:
            if attempt == _PORT_TRIES:
                raise Refused(f"sandbox: {lost} lost its port {_PORT_TRIES} times to another program") from lost
            state = _with_ports(layout, state, _choose_ports(layout, state.parts, is_running=True))
    if hand:
        wait_for_proxy(hand.process, ports["listen_1"], layout.root / "logs" / "litellm.log", options.ready_timeout_s)
        state = replace(state, hand=replace(hand, is_ready=True))
        write_state(state, layout.state)
    say(f"up after {time.monotonic() - began:.1f} s; its files are in {layout.base}")
    return state


def _start_parts(layout: Layout, state: State, say: Say) -> State:
    """Start the parts that do not run as wanted, all at once, and wait for each."""
    write_traefik_config(layout, state.ports)
    wanted = recipes(layout, state.options, state.ports)
    for part in list(state.parts.values()):
        if part.argv not in {r.argv for r in wanted} or not part.is_alive:
            _end_part(part)
            state = state.without(part.name)
    started: list[tuple[Recipe, Part]] = []
    for recipe in wanted:
        if recipe.name not in state.parts:
            part = start(recipe, layout, state.ports)
            started.append((recipe, part))
            state = state.having(part)
            write_state(state, layout.state)
    if started:
        say(f"starting {', '.join(recipe.name for recipe, _ in started)}")
    for recipe, part in started:
        wait_ready(recipe, part, layout, state.ports, _PARTS_TIMEOUT_S)
    write_state(state, layout.state)
    return state


def _hand(layout: Layout, before: State | None, options: SandboxOptions, ports: dict[str, int]) -> Hand | None:
    """Return the hand-started proxy that has still to become ready; started here when it is time for one."""
    unfinished = before.hand if before and before.hand and not before.hand.is_ready else None
    if unfinished and unfinished.process.is_alive:
        return unfinished
    if not options.hand_started or was_deployed_to(layout) or (before and not unfinished):
        return None
    return Hand(start_by_hand(layout, ports["listen_1"], options.login_shell), is_ready=False)


def _is_complete(state: State) -> bool:
    wanted = {"ssh", "ollama", *(["traefik"] if state.options.traefik else [])}
    is_seeded = state.hand is None or state.hand.is_ready
    return is_seeded and state.parts.keys() == wanted and all(p.is_alive for p in state.parts.values())


def _choose_ports(layout: Layout, alive: dict[str, Part], is_running: bool) -> dict[str, int]:
    """Return a port for each name: the one it had, unless someone else has it now."""
    had = _kept_ports(layout)
    held = {name for name in alive if alive[name].is_alive} | ({"listen_1", "listen_2"} if is_running else set())
    if "traefik" in held:
        held.add("traefik_api")
    ports: dict[str, int] = {}
    for name in PORTS:
        old = had.get(name)
        ports[name] = old if old and (name in held or is_free(old)) else free_port({*ports.values(), *had.values()})
    if ports != had:
        write_private(layout.ports, json.dumps(ports, indent=2) + "\n")
        move_ports(layout, had, ports)
    return ports


def _with_ports(layout: Layout, state: State, ports: dict[str, int]) -> State:
    return replace(state, ports=ports, host=_host(layout, state.options, ports))


def _kept_ports(layout: Layout) -> dict[str, int]:
    try:
        data = json.loads(layout.ports.read_bytes())
        return {name: int(data[name]) for name in PORTS if name in data}
    except (OSError, ValueError, TypeError):
        return {}


def _host(layout: Layout, options: SandboxOptions, ports: dict[str, int]) -> dict[str, Any]:
    """Return the sandbox as an entry of hosts.yaml."""
    route = {
        "url": f"http://127.0.0.1:{ports['traefik']}",
        "api": f"http://127.0.0.1:{ports['traefik_api']}",
        "dynamic_file": str(layout.dynamic_file),
    }
    return {
        "ssh": {
            "address": "127.0.0.1",
            "port": ports["ssh"],
            "user": user_name(),
            "identity_file": str(layout.ssh / "id_ed25519"),
            "known_hosts": str(layout.ssh / "known_hosts"),
            "host_key_policy": "strict",
        },
        "root": str(layout.root),
        "litellm": "venv/bin/litellm",
        "env_file": ".env",
        "listen": {"address": "127.0.0.1", "ports": [ports["listen_1"], ports["listen_2"]]},
        "ready_timeout": "120s",
        "drain_timeout": "60s",
        "config": None,
        "traefik": route if options.traefik else None,
        "ollama": {"url": f"http://127.0.0.1:{ports['ollama']}", "memory": options.memory},
    }


def _end_all(layout: Layout, state: State | None) -> list[str]:
    """End all that carries the sandbox's mark, and the parts even if they do not show it."""
    parts = list(state.parts.values()) if state else []
    names = {part.process.pid: part.name for part in parts}

    def left() -> list[Process]:
        found = {p.pid: p for p in marked(str(layout.base))}
        return list({**found, **{p.process.pid: p.process for p in parts if p.is_alive}}.values())

    there = left()
    end(left, _GRACE_S)
    stubborn = ", ".join(str(p.pid) for p in left())
    if stubborn:
        raise Refused(f"sandbox: these processes do not end: {stubborn}", hint="look at them with `ps -p PID`")
    return [f"sandbox: ended {names.get(p.pid, 'a process that it had started')}, pid {p.pid}" for p in there]


def _end_part(part: Part) -> None:
    end(lambda: [part.process] if part.is_alive else [], _GRACE_S)


def _prepare_folders(layout: Layout) -> None:
    layout.base.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in (layout.ssh, layout.root, layout.dynamic_file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    layout.ssh.chmod(0o700)
    ignored = layout.kept / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n")  # keys and logs: nothing of this belongs into a repository


def _remove(folder: Path) -> None:
    """Remove a folder with all in it; a release's folder may be read-only."""
    if not folder.exists():
        return
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
    shutil.rmtree(folder)


@contextmanager
def _locked(layout: Layout, say: Say) -> Iterator[None]:
    """Hold the sandbox's file lock; whoever comes second waits, then finds the work done."""
    layout.kept.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + _LOCK_TIMEOUT_S
    with layout.lock.open("w") as file:
        while not _took(file.fileno()):
            if time.monotonic() > deadline:
                raise Refused(
                    f"sandbox: another command has been at work on it for {_LOCK_TIMEOUT_S:g} s",
                    hint=f"see who holds {layout.lock} with `lsof`",
                )
            if deadline - time.monotonic() > _LOCK_TIMEOUT_S - 0.05:
                say("another command is bringing the sandbox up or down; waiting for it")
            time.sleep(0.05)
        yield


def _took(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
