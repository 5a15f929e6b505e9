"""Proxies on a host: a shadow, the one that serves, and those that finish their streams."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ccdeploy.errors import CcdeployError, Refused
from ccdeploy.litellm import commandline
from ccdeploy.release.bundle import MAIN, sha256
from ccdeploy.release.process import Digests, Process, command_digest, parse_ps, run_state_fields
from ccdeploy.secret import Secret, confidential, mask
from ccdeploy.shell import deadman
from ccdeploy.shell import process as script
from ccdeploy.shell.deadman import Watch
from ccdeploy.shell.launch import Start
from ccdeploy.shell.lock import give_up_line
from ccdeploy.shell.path import under
from ccdeploy.shell.process import Stop

if TYPE_CHECKING:
    from ccdeploy.release.manifest import Manifest
    from ccdeploy.remote.facts import Facts
    from ccdeploy.remote.litellms import Litellm
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.settings import Host
    from ccdeploy.shell.process import Question
    from ccdeploy.transport.seam import Transport

SERVING_LOG = "logs/litellm.log"
# LiteLLM cuts what is in flight so many seconds after SIGTERM, 30 where nothing is set, and nobody is told.
_GRACE = "GRACEFUL_SHUTDOWN_TIMEOUT"
_VERIFIED_WITHIN_S = 60  # the new proxy, with the patience that the way through Traefik has
SHADOW_PATIENCE_S = 10.0  # a shadow has no streams to finish


@dataclass(frozen=True)
class Started:
    """What became of a proxy that was started.

    `state` is bound (it listens), dead, late (alive, not listening in time) or foreign (another
    process has the port). `log` are its last lines, unless it is bound.
    """

    state: str
    pid: int | None
    process: Process | None
    listeners: tuple[Process, ...]
    log: tuple[str, ...]
    had_to_kill: bool = False
    still_draining: Process | None = None  # the old proxy, while it finishes its streams
    is_port_free: bool | None = None  # after a stop that started nothing; None: not asked


def shadow_log(release: str) -> str:
    """Return the log of a release's shadow, relative to root."""
    return f"logs/shadow-{release}.log"


def failed_log(release: str) -> str:
    """Return the log of a release that failed in service, relative to root."""
    return f"logs/failed-{release}.log"


def argv(host: Host, executable: str, config: str, port: int) -> tuple[str, ...]:
    """Return the command line of a proxy; both paths are absolute, the config is always a release's own."""
    return commandline.argv(executable, config, host.listen.address, port, host.litellm_args)


def digests(host: Host, facts: Facts, bundle_digest: str, litellm: Litellm, port: int | None = None) -> Digests:
    """Return the four digests of what would be started now. An unknown LiteLLM version is equal to none.

    `port` is another than the active slot's for a proxy that is started where it served before the settings changed.
    """
    path = f"{facts.root}/releases/RELEASE"
    line = argv(host, under(facts.root, litellm.path), f"{path}/{MAIN}", port or facts.slots.active)
    version = litellm.version or "unknown"
    return Digests(bundle_digest, facts.env.digest, sha256(version.encode()), command_digest(line, path))


def start(host: Host, facts: Facts, release: Manifest, port: int | None = None) -> Start:
    """Return how a release's proxy is started to serve: on the active slot, or on the port it served on before."""
    return _start(host, facts, release, "serving", port or facts.slots.active, MAIN)


def start_of_shadow(host: Host, facts: Facts, release: Manifest, config_name: str) -> Start:
    """Return how a release's shadow is started, on the idle slot."""
    return _start(host, facts, release, "shadow", facts.slots.idle, config_name)


def _start(  # noqa: PLR0913, PLR0917  # what tells a serving proxy from a shadow
    host: Host, facts: Facts, release: Manifest, name: str, port: int, config_name: str
) -> Start:
    litellm = facts.litellms.of(release)
    found = digests(host, facts, release.digest, litellm, port)
    config = f"{facts.root}/releases/{release.release}/{config_name}"
    return Start(
        name=name,
        argv=argv(host, under(facts.root, litellm.path), config, port),
        environment=_environment(host, facts),
        port=port,
        log=SERVING_LOG if name == "serving" else shadow_log(release.release),
        state=run_state_fields(port, release.release, found),
        ready_timeout_s=host.ready_timeout_s,
    )


def _environment(host: Host, facts: Facts) -> Mapping[str, Secret]:
    """Return the environment of a proxy: env_file's, and time for its streams that outlasts drain_timeout.

    drain_timeout begins when the next proxy has booted and is verified, LiteLLM's own time at SIGTERM:
    were they equal, LiteLLM would cut first, and the result could not say so. It is in no digest.
    """
    grace_s = math.ceil(host.drain_timeout_s + 2 * host.ready_timeout_s) + _VERIFIED_WITHIN_S
    return {_GRACE: Secret(str(grace_s)), **facts.env.values}


def start_shadow(lock: HeldLock, before: str, start: Start) -> Started:
    """Start a shadow and wait until it listens. `before` makes the uploaded files a release."""
    return _answer(lock, script.start_shadow(lock.hold, before, start), start)


def switch(lock: HeldLock, before: str, shadow: Stop | None, old: Stop | None, start: Start | None) -> Started:
    """Stop the old proxy and start the new one, in one script; see shell.process.switch."""
    return _answer(lock, script.switch(lock.hold, before, shadow, old, start), start)


def end_shadow(lock: HeldLock) -> None:
    """End the recorded shadow; safe to repeat, and when there is none."""
    lock.run(script.end(lock.hold, "shadow", SHADOW_PATIENCE_S))


def end_slot(lock: HeldLock, stop: Stop, patience_s: float) -> bool:
    """End a proxy that no way leads to, and nothing else that has its pid by now; return whether it had to be killed.

    It may end its requests for as long as the patience lasts.
    """
    return "killed" in lock.run(script.end_slot(lock.hold, replace(stop, patience_s=patience_s))).text


def tell_to_end(lock: HeldLock, stop: Stop) -> None:
    """Tell a proxy to end after its last request, and do not wait for that."""
    lock.run(script.tell_to_end(lock.hold, stop))


@dataclass(frozen=True)
class EndedSwitch:
    """What became of a switch script that outlived its connection.

    `has_told_to_stop`: the old proxy must not be taken for one that serves on, though it listens yet.
    `is_unarmed`: it had not armed its watch, and never will; there is none to hold off or to end.
    """

    has_told_to_stop: bool = False
    is_unarmed: bool = False


def end_switch(lock: HeldLock, given_up: str, watch: Watch | None = None) -> EndedSwitch:
    """End a switch script that outlived its connection, so that the host no longer changes under who judges it.

    One that is to arm a `watch` and has not come as far finds nothing to arm, and does nothing more. Nor does one
    that is to start the shadow of the change that is `given_up`, or to confirm it.
    """
    first = give_up_line(given_up) + (deadman.never_arm_lines(watch) if watch else "")
    words = lock.run(script.end_switch(lock.hold, first)).text.split()
    return EndedSwitch(any(word != deadman.UNARMED for word in words), deadman.UNARMED in words)


def drain(transport: Transport, root: str, stops: Sequence[Stop]) -> tuple[int, ...]:
    """Wait until old proxies have finished; return the pids of those that had to be killed."""
    answer = transport.run(script.drain(root, stops)).text
    return tuple(int(word) for word in answer.split() if word.isdigit())


@dataclass(frozen=True)
class Look:
    """Who listens on a port and how some processes are, at one moment, with the end of the log."""

    listeners: tuple[Process, ...]
    alive: tuple[Process, ...]
    log: tuple[str, ...]


def look(transport: Transport, root: str, port: int, log: str, pids: Sequence[int] = ()) -> Look:
    """Ask who listens on a port and how these processes are."""
    question = script.look(root, port, log, pids)
    parts = _parts(transport.name, question, transport.run(question.command).stdout)
    return Look(tuple(parse_ps(parts["listeners"])), tuple(parse_ps(parts["alive"])), tuple(parts["log"].splitlines()))


def _masked(log: Sequence[str], start: Start | None) -> tuple[str, ...]:
    """Return the lines of a proxy's log without the secrets of its environment; those of its config are not known."""
    secrets = confidential(start.environment) if start else ()
    return tuple(mask(line, secrets) for line in log)


def _answer(lock: HeldLock, question: Question, start: Start | None) -> Started:
    parts = _parts(lock.transport.name, question, lock.run(question.command).stdout)
    pid = parts.get("pid", "")
    described = parse_ps(parts.get("process", ""))
    return Started(
        state=parts.get("state", "stopped"),
        pid=int(pid) if pid.isdigit() else None,
        process=described[0] if described else None,
        listeners=tuple(parse_ps(parts.get("listeners", ""))),
        log=_masked(parts.get("log", "").splitlines(), start),
        had_to_kill="killed" in parts.get("stop", ""),
        still_draining=next(iter(parse_ps(parts.get("old", ""))), None),
        is_port_free=parts["port"] == "free" if "port" in parts else None,
    )


def _parts(name: str, question: Question, output: bytes) -> Mapping[str, str]:
    try:
        return question.parts(output)
    except ValueError as exc:
        raise _not_whole(name, question) from exc


def _not_whole(name: str, question: Question) -> CcdeployError:
    return Refused(f"{name}: the answer to '{question.command.name}' is not whole", hint="run the command again")
