"""A stand-in for `ccdeploy.app`: it returns or raises what the environment says, and keeps what it was asked.

CCDEPLOY_TEST_ENDS names an error type, a function of this module, or nothing for a good end.
CCDEPLOY_TEST_ASKED is a file that each call is appended to as a line of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ccdeploy import errors, events
from ccdeploy.findings import error, warning
from ccdeploy.results import (
    Attempt,
    Check,
    CheckReport,
    CommandRun,
    ConfigChange,
    ConfigReport,
    Diff,
    Doctor,
    History,
    Init,
    Inventory,
    LockState,
    Log,
    LogLine,
    MadeTrace,
    NextStep,
    Plan,
    Replays,
    Run,
    Setup,
    Status,
    Verification,
    Watch,
)  # fmt: skip
from tests.cli.stand_in import made
from tests.cli.stand_in.made import WATCHED, Assumed, a_doctor, a_history, a_plan, a_trace, a_watch, an_inventory

ENDS = "CCDEPLOY_TEST_ENDS"
ASKED = "CCDEPLOY_TEST_ASKED"
FOUND = error("no-provider", "configs/litellm/tdd.yaml:14", "alias 'gpt-4' names no provider", "write 'ollama_chat/x'")
MINDED = warning("big-context", "configs/litellm/tdd.yaml:20", "num_ctx is larger than the model's")
HOSTILE = ("\x1b[31mred\x1b[0m", "\x1b]0;title\x07x\x9b2J", "sk-abcdef123456")
CHECKS, SEEN = made.CHECKS, made.SEEN
save_page = made.save_page


@dataclass(frozen=True)
class Project:
    """What a use case is about."""

    folder: Path
    observer: events.Observer
    embedded: Callable[[], Mapping[str, Any]]
    embedded_memory: Callable[[], str | None] = lambda: None


def check(project: Project, configs: Sequence[str], host: str | None = None) -> CheckReport:
    """Report on two configs."""
    _asked("check", project, configs=list(configs), host=host)
    bad = (FOUND, MINDED) if os.environ.get(ENDS) == "bad_config" else (MINDED,)
    report = ConfigReport("tdd", "configs/litellm/tdd.yaml", bad, ("gpt-4", "claude-3-5-sonnet"))
    return CheckReport("configs/hosts.yaml", (), (report,))


def plan(project: Project, host: str | None, config: str | None, assumed: Assumed) -> Plan:
    """Plan for one phase."""
    _asked("plan", project, host=host, config=config, **asdict(assumed))
    return a_plan(config, is_bad=os.environ.get(ENDS) == "thrash")


def replay(project: Project, path: str) -> Replays:
    """Return one empty replay."""
    _asked("replay", project, path=path)
    return Replays(({"name": path, "events": [], "requests": []},))


def deploy(project: Project, host: str | None, config: str | None, **more: Any) -> Attempt:
    """Tell of the steps of a deploy, then end as asked."""
    _asked("deploy", project, host=host, config=config, **more)
    if more["dry_run"]:
        planned = ("stage release 7f3a", "boot the shadow on 8082", "stop the old proxy and start the new one")
        return Attempt("deploy", host or "studio", "rehearsed", planned=planned, expected_gap="about 9 s")
    steps = events.Steps(project.observer)
    with steps.step("lock", "take the lock"):
        pass
    with steps.step("shadow", "boot the shadow") as notes:
        _end()
        notes.detail = "on port 8082"
    with steps.step("verify", "verify"):
        for seen in CHECKS:
            project.observer(events.Checked(seen.name, seen.status, seen.detail))
    project.observer(events.Warned("a proxy under nohup does not survive a reboot of the host"))
    return _attempt("deploy", host, "deployed")


def verify(project: Project, host: str | None, **more: Any) -> tuple[str, Verification]:
    """Return a good verification, or one with a fault."""
    _asked_to_end("verify", project, host=host, **more)
    return host or "studio", {"sick": _seen("proxy"), "route": _seen("route")}.get(os.environ.get(ENDS, ""), SEEN)


def rollback(project: Project, host: str | None, **more: Any) -> Attempt:
    """Roll back."""
    _asked_to_end("rollback", project, host=host, **more)
    return _attempt("rollback", host, "rolled-back")


def run(project: Project, host: str | None, config: str | None, command: Sequence[str], **more: Any) -> Run:
    """Return a run whose command ended well, or with 5."""
    _asked_to_end("run", project, host=host, config=config, command=list(command), **more)
    code = 5 if os.environ.get(ENDS) == "command" else 0
    back = _attempt("run", host, "rolled-back")
    return Run(host or "studio", config or "tdd", "gone-back", back, CommandRun(command[0], code, 3.5), back)


def upgrade(project: Project, host: str | None, version: str | None = None, **more: Any) -> Attempt:
    """Upgrade."""
    _asked_to_end("upgrade", project, host=host, version=version, **more)
    return _attempt("upgrade", host, "upgraded")


def restart(project: Project, host: str | None, **more: Any) -> Attempt:
    """Restart."""
    _asked_to_end("restart", project, host=host, **more)
    return _attempt("restart", host, "restarted")


def stop(project: Project, host: str | None, **more: Any) -> Attempt:
    """Stop."""
    _asked_to_end("stop", project, host=host, **more)
    return Attempt("stop", host or "studio", "stopped", release="7f3a")


def status(project: Project, host: str | None) -> Status:
    """Return a status, with drift if asked for."""
    _asked_to_end("status", project, host=host)
    drift = ("config.yaml is no link any more: somebody replaced it",) if os.environ.get(ENDS) == "drift" else ()
    return Status(
        host or "studio", "serving", 8081, (4711,), "7f3a", "tdd", "2026-01-31T12:00:00Z", "ada", drift=drift,
        models=("gpt-4",), notes=("a proxy under nohup does not survive a reboot",),
    )  # fmt: skip


def history(project: Project, host: str | None, *, limit: int = 20) -> History:
    """Return two attempts and a release."""
    _asked_to_end("history", project, host=host, limit=limit)
    return a_history(host)


def diff(
    project: Project, host: str | None, config: str | None, *, text: bool = False, phase: int | None = None
) -> Diff:
    """Return one changed context, and the line that it stands in."""
    _asked_to_end("diff", project, host=host, config=config, text=text, phase=phase)
    lines = ("--- host", "+++ here", "@@ -1 +1 @@", "-num_ctx: 1", "+num_ctx: 2")
    change = ConfigChange("model", "changed", "gpt-4", "num_ctx", "1", "2")
    return Diff(host or "studio", "7f3a", config or "tdd", lines, (change,), is_text=text)


def logs(project: Project, host: str | None, *, show: Callable[[LogLine], bool] | None = None, **more: Any) -> Log:
    """Return a log that tries to take over the terminal, and that tells a key; show it line by line if asked to."""
    _asked("logs", project, host=host, follows=show is not None, **{name: str(what) for name, what in more.items()})
    lines = tuple(json.loads(os.environ.get("CCDEPLOY_TEST_LOG", "null")) or HOSTILE)
    if show:
        all(show(LogLine("2026-01-31T12:00:00Z", "info", line)) for line in lines)
    _end()
    return Log(host or "studio", "/home/ada/ccproxy/logs/litellm.log", lines)


def trace(project: Project, host: str | None, config: str | None, **more: Any) -> MadeTrace:
    """Return one request, with a guess."""
    _asked_to_end("trace", project, host=host, config=config, **more)
    return a_trace(more["output"])


def watch(project: Project, host: str | None, view: Any, **more: Any) -> Watch:
    """Show who is there, a load and an alarm, then end as asked."""
    _asked("watch", project, host=host, **more)
    all(view.show(line) for line in WATCHED)
    view.look(WATCHED[0])
    _end()
    return a_watch(host or "studio", has_thrash=os.environ.get(ENDS) == "thrash")


def doctor(project: Project, host: str | None) -> Doctor:
    """Return what is in order, and one finding if asked for."""
    _asked_to_end("doctor", project, host=host)
    return a_doctor(host, is_unfit=os.environ.get(ENDS) == "unfit")


def models(project: Project, host: str | None, *, save: bool = False) -> Inventory:
    """Return one model, and what was written if asked for."""
    _asked_to_end("models", project, host=host, save=save)
    return an_inventory(host, was_saved=save)


def setup(project: Project, host: str | None, **more: Any) -> Setup:
    """Return what was made."""
    _asked_to_end("setup", project, host=host, **more)
    return Setup(host or "studio", "/home/ada/ccproxy", ("releases/", ".env with a new master key"), ("logs/",))


def lock_status(project: Project, host: str | None) -> LockState:
    """Return a lock that nobody holds."""
    _asked_to_end("lock_status", project, host=host)
    return LockState(host or "studio", False)


def lock_acquire(project: Project, host: str | None, message: str) -> LockState:
    """Return a lock that is held by hand."""
    _asked_to_end("lock_acquire", project, host=host, message=message)
    return LockState(host or "studio", True, {"id": "x", "who": "ada", "doing": message, "manual": True}, 0.4)


def lock_release(project: Project, host: str | None, *, force: bool = False) -> LockState:
    """Return a lock that nobody holds."""
    _asked_to_end("lock_release", project, host=host, force=force)
    return LockState(host or "studio", False)


def init(project: Project, answers: Mapping[str, str | None]) -> Init:
    """Return what was written."""
    _asked_to_end("init", project, **answers)
    step = NextStep("ccdeploy check", "judge every file, offline")
    return Init(str(project.folder), "studio", ("configs/hosts.yaml",), (), ("tasks.py",), (step,))


def init_default(key: str, answers: Mapping[str, str | None]) -> str:
    """Return a default for one question."""
    return "studio" if key == "name" else ""


def init_fault(key: str, text: str) -> str | None:
    """Find fault with one answer."""
    return f"'{text}' is no {key}" if text == "wrong" else None


def _attempt(verb: str, host: str | None, outcome: str) -> Attempt:
    seen = _seen("route") if os.environ.get(ENDS) == "route" else SEEN
    return Attempt(verb, host or "studio", outcome, "8b21", "7f3a", "tdd", 21.4, 8500, verification=seen)


def _seen(layer: Any) -> Verification:
    return Verification(
        (*CHECKS[:2], Check("a faulty one", layer, "failed", "answered 502")), 2, 1, ("gpt-4",), 0, "not polled"
    )


def _asked(verb: str, project: Project, **what: Any) -> None:
    if path := os.environ.get(ASKED):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"verb": verb, "folder": str(project.folder), **what}) + "\n")


def _asked_to_end(verb: str, project: Project, **what: Any) -> None:
    _asked(verb, project, **what)
    _end()


def _end() -> None:
    ends = os.environ.get(ENDS, "")
    if ends == "bug":
        raise KeyError("nobody foresaw sk-abcdef123456")
    if ends == "waits":
        _wait_for_a_signal()
    kind = getattr(errors, ends, None)
    if kind is errors.Refused:
        raise errors.Refused("config 'tdd' would be refused", findings=(FOUND, MINDED))
    if kind is not None:
        raise kind(
            "studio: it ended\x1b[2J", hint="look at it", evidence=("Traceback of LiteLLM", "\x1b[31mlast line\x1b[0m")
        )


def _wait_for_a_signal() -> None:
    """Wait until a signal interrupts, then restore for as long as a second and a third one are sent."""
    try:
        print("waiting", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        arrived, sent = os.pipe()
        os.set_blocking(sent, False)
        signal.set_wakeup_fd(sent)  # so that a signal between two statements is not missed
        print("restoring", flush=True)
        if os.environ.get("CCDEPLOY_TEST_RESTORES"):
            os.read(arrived, 1)
            print("still", flush=True)
            os.read(arrived, 1)
        raise
