"""When the user's hooks run around an attempt, and what their failures mean for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ccdeploy.errors import EXIT_CODES, CcdeployError, ConnectFailed, Locked, Refused
from ccdeploy.events import Printed, Steps, Warned
from ccdeploy.project import HOSTS, has_hook, performer, settings
from ccdeploy.results import HookRun
from ccdeploy.results.narrowed import of_phase

if TYPE_CHECKING:
    from ccdeploy.project import Project
    from ccdeploy.results import Attempt, ConfigChange

_BEFORE = "pre-deploy"
_AFTER = {"deployed": "post-deploy", "upgraded": "post-deploy", "rolled-back": "post-rollback"}
_FAILED = "failed"


class _HookFailed(Exception):
    """Ends the step of a hook, so that it is shown as one that failed."""


@dataclass
class Hooks:
    """The hooks around one attempt: at most one before it and one after it. Off, it runs none and says nothing."""

    project: Project
    host: str
    verb: str
    config: str | None = None
    are_off: bool = False
    phase: int | None = None
    ran: list[HookRun] = field(default_factory=list)
    timeout_s: float = field(init=False)

    def __post_init__(self) -> None:
        """Read how long a hook may take: later, a fault that came into hosts.yaml would hide how the attempt ended."""
        self.timeout_s = settings(self.project).hooks.timeout_s

    def before(self, current: str | None, changes: Sequence[ConfigChange]) -> bool:
        """Run pre-deploy, before anything is written; return whether it ran. Raises Refused when it fails.

        It holds no lock: it may take its time, and nobody waits for a heartbeat.
        """
        run = self._run(_BEFORE, previous=current, changes=tuple(map(asdict, changes)))
        if run is not None and run.status != "ok":
            fault, _, remedy = run.detail.partition("; ")
            raise Refused(
                f"{self.host}: {fault}: nothing was touched",
                hint=remedy or _remedy(run),
                result={"host": self.host, "verb": self.verb, "hooks": [asdict(run)]},
            )
        return run is not None

    def around(self, attempt: Callable[[], Attempt]) -> Attempt:
        """Make the attempt, then run the hook of its outcome; what the attempt came to is never changed by a hook."""
        try:
            done = attempt()
        except CcdeployError as exc:
            self._after_error(exc)
            raise
        if done.outcome == "rehearsed":
            return self._rehearsed(done)
        if name := _AFTER.get(done.outcome):
            code = done.exit_code
            self._run_after(name, asdict(done), code, EXIT_CODES[code] if code else _serves(done))
        notes = tuple(run.detail for run in self.ran if run.status != "ok")
        return replace(done, hooks=tuple(self.ran), notes=(*done.notes, *notes))

    def _after_error(self, exc: CcdeployError) -> None:
        known = exc.result or {}
        outcome = known.get("outcome")
        was_lost = exc.was_begun and isinstance(exc, ConnectFailed | Locked)
        if outcome in ("failed", "stranded", "interrupted") or was_lost:
            self._run_after(_FAILED, known, exc.exit_code, exc.message)
        elif name := _AFTER.get(outcome or ""):  # interrupted when the release served already
            self._run_after(name, known, exc.exit_code, exc.message)
        if self.ran:
            exc.result = {**known, "hooks": [asdict(run) for run in self.ran]}

    def _run_after(self, name: str, attempt: dict[str, Any], exit_code: int, message: str) -> None:
        known = {key: attempt.get(key) for key in ("outcome", "release", "previous", "seconds", "downtime_ms")}
        lists = {key: tuple(attempt.get(key) or ()) for key in ("findings", "notes", "changes")}
        models = tuple((attempt.get("verification") or {}).get("models", ()))
        is_told = attempt.get("config") is not None
        known["config"] = attempt["config"] if is_told else self.config
        known["phase"] = attempt.get("phase") if is_told else self.phase
        run = self._run(name, exit_code=exit_code, message=message, models=models, **known, **lists)
        if run is not None and run.status != "ok":
            self.project.observer(Warned(run.detail))

    def _run(self, name: str, **what: Any) -> HookRun | None:
        """Run a hook as a step of its own, if there is one; Ctrl-C ends a later one, and not what was done before."""
        if self.are_off or not has_hook(self.project.folder, name):
            return None
        try:
            with Steps(self.project.observer).step(f"hook-{name}", f"run hooks/{name}"):
                self.ran.append(run := self._ran(name, what))
                if run.status != "ok":
                    raise _HookFailed(run.detail)
        except _HookFailed:
            return run
        except KeyboardInterrupt:
            if name == _BEFORE:
                raise
            self.ran.append(HookRun(name, "interrupted", detail=f"hooks/{name} was interrupted"))
        return self.ran[-1]

    def _ran(self, name: str, what: dict[str, Any]) -> HookRun:
        from datetime import UTC, datetime

        from ccdeploy.clock import iso
        from ccdeploy.project.hooks import run_hook
        from ccdeploy.project.occasion import Occasion

        folder, observer = self.project.folder, self.project.observer
        by = asdict(performer(folder))
        about = {"host": self.host, "verb": self.verb, "config": self.config, "phase": self.phase, **by, **what}
        occasion = Occasion(name, iso(datetime.now(UTC)), **about)
        return run_hook(folder, occasion, self.timeout_s, lambda line: observer(Printed(f"hooks/{name}", line)))

    def _rehearsed(self, done: Attempt) -> Attempt:
        """Return a rehearsal that names the hooks which would run. Raises Refused when the first of them cannot."""
        from ccdeploy.project.hooks import fault_of

        if self.are_off:
            return done
        after = {"deploy": "post-deploy", "upgrade": "post-deploy", "rollback": "post-rollback"}.get(self.verb)
        before = _BEFORE if after == "post-deploy" else None
        named = {name: has_hook(self.project.folder, name) for name in (before, after) if name}
        planned = (
            *([f"run hooks/{before}"] if before and named[before] else []),
            *done.planned,
            *([f"run hooks/{after}"] if after and named[after] else []),
        )
        faults = {name: fault_of(self.project.folder, name) for name, is_there in named.items() if is_there}
        if (fault := faults.pop(_BEFORE, None)) and done.planned:
            what, _, remedy = fault.partition("; ")
            raise Refused(f"{self.host}: {what}: a deploy would be refused", hint=remedy or None)
        notes = tuple(fault for fault in faults.values() if fault)
        return replace(done, planned=planned if done.planned else (), notes=(*done.notes, *notes))


def _remedy(run: HookRun) -> str:
    longer = f"`hooks: {{timeout: 5m}}` in {HOSTS} gives it longer; " if run.status == "timed-out" else ""
    return f"{longer}the same command with --no-hooks goes without it"


def _serves(done: Attempt) -> str:
    config = f"config '{done.config}'{of_phase(done.phase)}, " if done.config else ""
    return f"{done.host} serves {config}release {done.release}"
