"""A sandbox's life: up, down, status. It may be asked for at any time, by several at once."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from ccdeploy.errors import Refused
from ccdeploy.sandbox.entry import host_entry
from ccdeploy.sandbox.extras import require
from ccdeploy.sandbox.folder import Say, locked, prepare, remove
from ccdeploy.sandbox.hand import start_by_hand, was_deployed_to
from ccdeploy.sandbox.kept_ports import choose_ports
from ccdeploy.sandbox.layout import Layout, layout_of
from ccdeploy.sandbox.options import SandboxOptions
from ccdeploy.sandbox.parts import PortLost, Recipe, recipes, start, wait_for_proxy, wait_for_route, wait_ready
from ccdeploy.sandbox.processes import Process, end, marked
from ccdeploy.sandbox.seed import install_litellm, seed, write_traefik_config
from ccdeploy.sandbox.state import PENDING, Hand, Part, State, read_state, write_state
from ccdeploy.sandbox.status import PartStatus, Status, status

_PARTS_TIMEOUT_S = 60.0  # each takes about a second; a busy machine may take much longer
_GRACE_S = 3.0  # a proxy with a stream in flight would not end by itself before the stream does
_PORT_TRIES = 3

__all__ = ["PartStatus", "State", "Status", "down", "halt", "status", "up"]


def up(folder: Path, *, options: SandboxOptions | None = None, say: Say = lambda _: None, fresh: bool = False) -> State:
    """Bring the sandbox up and return its state; what runs stays, a part that died starts again.

    No `options` keeps those of the running sandbox. A part whose options changed is restarted.
    `fresh` takes down what runs and seeds anew. Raises Refused with what is not installed, or with the
    output of what did not start.
    """
    layout = layout_of(folder)
    kept = None if fresh else read_state(layout.state)
    require(options or (kept.options if kept else SandboxOptions()))
    with locked(layout, say):
        state = read_state(layout.state)
        if state and state.folder != layout.folder:
            say(f"it was made for {state.folder}, whose paths are in its files: seeding anew")
            state, fresh = None, True
        if fresh or not state:
            _end_all(layout, state)  # without a state, all that runs there is left over
        if fresh:
            remove(layout.base)
            state = None
        wanted = options or (state.options if state else SandboxOptions())
        if state and state.options == wanted and _is_complete(state):
            return state
        return _bring_up(layout, state, wanted, say)


def chosen(folder: Path) -> SandboxOptions:
    """Return the options of the sandbox, or those that a first `up` would give it."""
    state = read_state(layout_of(folder).state)
    return state.options if state else SandboxOptions()


def down(folder: Path) -> list[str]:
    """End every process of the sandbox, proxies included, and return what was ended; nothing where nothing ran.

    The files stay: the next `up` finds the host as after a reboot. Raises Refused when a process will not end.
    """
    layout = layout_of(folder)
    if not layout.base.exists():
        return []
    with locked(layout, lambda _: None):
        state = read_state(layout.state)
        ended = _end_all(layout, state if state and state.folder == layout.folder else None)
        layout.state.unlink(missing_ok=True)
    return ended


def halt(folder: Path, name: str) -> None:
    """End one part (ssh, ollama or traefik) and nothing else, as if it had crashed; `up` starts it again."""
    state = read_state(layout_of(folder).state)
    part = state.parts.get(name) if state else None
    if not part:
        raise Refused(f"sandbox: no part called '{name}' runs", hint="`ccdeploy sandbox status` lists the parts")
    _end_part(part)


def _bring_up(layout: Layout, before: State | None, options: SandboxOptions, say: Say) -> State:
    began = time.monotonic()
    prepare(layout)
    state = _prepared(layout, before, options)
    write_state(state, layout.state)
    if state.hand and not state.hand.is_ready:
        state = _with_hand(layout, state, say)
    state = _with_parts(layout, state, say)
    if state.hand and not state.hand.is_ready:
        state = _with_hand_ready(layout, state, state.hand)
    say(f"up after {time.monotonic() - began:.1f} s; its files are in {layout.base}")
    return state


def _prepared(layout: Layout, before: State | None, options: SandboxOptions) -> State:
    """Make the home where there is none, and return the state of a sandbox whose parts have still to start."""
    alive = {n: p for n, p in before.parts.items() if p.is_alive} if before else {}
    ports = choose_ports(layout, alive, is_running=before is not None)
    if not (layout.root / ".env").exists() and not was_deployed_to(layout):
        seed(layout, ports)
    install_litellm(layout, options.litellm)
    hand = before.hand if before else None
    if not before and options.hand_started and not was_deployed_to(layout):
        hand = PENDING
    return State(layout.folder, options, ports, host_entry(layout, options, ports), alive, hand)


def _with_hand(layout: Layout, state: State, say: Say) -> State:
    """Start the hand-started proxy unless an interrupted `up` has; it is not waited for yet."""
    if state.hand and state.hand.process.is_alive:
        return state
    say("starting litellm as a person would have")
    process = start_by_hand(layout, state.ports["listen_1"], state.options.login_shell)
    state = replace(state, hand=Hand(process, is_ready=False))
    write_state(state, layout.state)
    return state


def _with_hand_ready(layout: Layout, state: State, hand: Hand) -> State:
    """Wait for the hand-started proxy, and for Traefik to see it."""
    log = layout.root / "logs" / "litellm.log"
    wait_for_proxy(hand.process, state.ports["listen_1"], log, state.options.ready_timeout_s)
    if state.options.traefik:
        wait_for_route(state.ports["traefik"])
    state = replace(state, hand=replace(hand, is_ready=True))
    write_state(state, layout.state)
    return state


def _with_parts(layout: Layout, state: State, say: Say) -> State:
    """Start the parts, on other ports if someone else took one in the moment before."""
    for _ in range(_PORT_TRIES):
        try:
            return _start_parts(layout, state, say)
        except PortLost:
            ports = choose_ports(layout, state.parts, is_running=True)
            state = replace(state, ports=ports, host=host_entry(layout, state.options, ports))
    raise Refused(f"sandbox: other programs took the ports of its parts {_PORT_TRIES} times", hint="try again")


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


def _is_complete(state: State) -> bool:
    wanted = {"ssh", "ollama", *(["traefik"] if state.options.traefik else [])}
    is_seeded = state.hand is None or state.hand.is_ready
    return is_seeded and state.parts.keys() == wanted and all(p.is_alive for p in state.parts.values())


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
    return [f"{names.get(p.pid, 'a process that was started there')}, pid {p.pid}" for p in there]


def _end_part(part: Part) -> None:
    end(lambda: [part.process] if part.is_alive else [], _GRACE_S)
