"""One release on its way into service: shadow, switch, verification, and the way back at every step.

Before the switch a failure only removes the shadow; after it a failure goes back. `operations.switch`
goes forward, `operations.back` goes back; here is what they share.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ccdeploy.clock import iso
from ccdeploy.litellm.quiet import without_background_checks
from ccdeploy.release.bundle import MAIN
from ccdeploy.release.history import to_line
from ccdeploy.release.manifest import Manifest, State
from ccdeploy.release.retention import to_prune
from ccdeploy.results import Attempt, ConfigChange, HistoryEntry, Verification
from ccdeploy.secret import mask
from ccdeploy.shell import deadman
from ccdeploy.shell import releases as lines
from ccdeploy.shell.at_boot import SCRIPT, UNWRITTEN
from ccdeploy.shell.lock import unless_given_up_line
from ccdeploy.verify.ollama import Before

if TYPE_CHECKING:
    from ccdeploy.findings import Finding
    from ccdeploy.litellm.config import Config
    from ccdeploy.operations.candidate import Candidate
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.dynamic import Dynamic
    from ccdeploy.remote.facts import Facts
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.shell.deadman import Watch
    from ccdeploy.shell.process import Stop

GONE_SINCE = "gone-since"  # what the recording script prints when the proxy that was recorded serves no longer
NOT_SET_ASIDE = "not-set-aside"  # and when something of what it replaces was not marked, or moved away
_UNWRITTEN = "history-unwritten"  # and when the line of history was not written
_TOLD = {
    _UNWRITTEN: "history.jsonl could not be written: this attempt is missing in it",
    UNWRITTEN: f"{SCRIPT} could not be written: a boot would start an earlier release",
    NOT_SET_ASIDE: "what it replaces could not be set aside",
}


@dataclass(frozen=True)
class Previous:
    """What serves now, and would serve again: its release, what it is verified against, its process.

    `stop` is None when nothing serves: the release is the way back all the same.
    """

    release: Manifest
    candidate: Candidate
    stop: Stop | None


@dataclass
class Change:
    """What is known of a change while it is carried out."""

    verb: str
    work: Work
    facts: Facts
    lock: HeldLock
    release: Manifest
    target: Candidate
    previous: Previous | None
    before: Before
    findings: tuple[Finding, ...] = ()
    changes: tuple[ConfigChange, ...] = ()  # what differs in meaning from what served before
    notes: list[str] = field(default_factory=list)
    shadow_config: str = MAIN  # the file that the shadow boots from
    shadow: Stop | None = None  # the verified shadow, until the switch ends it
    boot_s: float | None = None  # how long the shadow took: the gap that is to be expected
    downtime_ms: int | None = None
    verification: Verification | None = None
    quiet_s: float = 0.0  # how long a moment with nothing in flight is waited for before anything is stopped
    draining: list[Stop] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)  # lines of the script that records success
    also_marked: list[Manifest] = field(default_factory=list)  # releases that those lines give another state
    is_new: bool = True  # a release that was staged for this change, and is to be marked bad when it fails
    alive: str = ""  # the line that ends a script unless the proxy that was recorded serves
    is_gone: bool = False  # it did not any more when the old one had ended its streams
    is_recorded: bool = False  # the release serves, verified, and the host has it in writing
    was_interrupted: bool = False  # after the release had been recorded: it serves, and nothing goes back
    is_out_of_reach: bool = False  # the host could not be asked any more
    why: str = ""  # what it is done for, in the line of history of a success
    began: float = 0.0
    id: str = field(default_factory=lambda: uuid.uuid4().hex)  # which no other change has
    watch: Watch | None = None  # the dead man's switch that may be armed on the host
    is_pointed: bool = False  # Traefik's file may lead to the new slot
    dynamic: Dynamic | None = None  # that file, as it was written last

    @property
    def port(self) -> int:
        """The port that the release is to serve on."""
        slots = self.facts.slots
        return slots.idle if self.work.host.strategy == "blue-green" else slots.active

    @property
    def serving_before(self) -> bool:
        """Whether anything served when the change began."""
        return self.previous is not None and self.previous.stop is not None

    def masked(self, log: Sequence[str]) -> tuple[str, ...]:
        """Return the lines of a proxy's log without the secrets of what is deployed, and of what it replaces."""
        before = self.previous.candidate.secrets if self.previous else ()
        secrets = (*self.target.secrets, *before)
        return tuple(mask(line, secrets) for line in log)

    def attempt(self, outcome: str) -> Attempt:
        """Return the change as a result."""
        return Attempt(
            verb=self.verb,
            host=self.work.host.name,
            outcome=outcome,
            release=self.release.release,
            previous=self.previous.release.release if self.previous else None,
            config=self.release.config,
            litellm_version=self.facts.litellms.of(self.release).version,
            seconds=round(self.work.clock.monotonic() - self.began, 3),
            downtime_ms=self.downtime_ms,
            phases=dict(self.work.steps.seconds),
            verification=self.verification,
            findings=self.findings,
            notes=tuple(self.notes),
            changes=self.changes,
            phase=self.release.phase,
        )

    def as_result(self, outcome: str) -> dict[str, Any]:
        """Return the change as plain values, for an error that ends it."""
        return asdict(self.attempt(outcome))

    def history_line(self, outcome: str, detail: str = "") -> str:
        """Return the lines that add this attempt to history.jsonl."""
        # What serves is not given up because of a line that cannot be written.
        return f"({lines.append_history(to_line(self.entry(outcome, detail)))}) || echo {_UNWRITTEN}\n"

    def entry(self, outcome: str, detail: str = "") -> HistoryEntry:
        """Return this attempt as history.jsonl tells it."""
        by = self.work.by
        attempt = self.attempt(outcome)
        return HistoryEntry(
            at=iso(self.work.clock.now()),
            verb=self.verb,
            outcome=outcome,
            release=attempt.release,
            previous=attempt.previous,
            config=attempt.config,
            who=by.who,
            seconds=attempt.seconds,
            downtime_ms=attempt.downtime_ms,
            detail=detail or self.why,
            phases=attempt.phases,
            commit=by.commit,
            from_where=by.from_where,
            run_url=by.run_url,
            phase=attempt.phase,
        )

    def boot_shadow_quietly(self, config: Config) -> None:
        """Have the shadow boot from a copy whose background checks are off, so that it calls no model."""
        path = f"{self.facts.root}/releases/{self.release.release}/{lines.SHADOW}"
        self.work.transport.put(without_background_checks(config), path, 0o444)
        self.shadow_config = lines.SHADOW
        self.work.say("the shadow boots from a copy with background_health_checks off, so that it calls no model")

    def mark(self, manifest: Manifest, state: State, reason: str | None = None) -> str:
        """Return the line that gives a release another state."""
        return lines.write_manifest(manifest.release, manifest.marked(state, self.work.clock.now(), reason).to_json())

    def prune_line(self, current: str, marked: Sequence[Manifest]) -> str:
        """Return the line that forgets what retention lets go, once `marked` have their new states."""
        known = {m.release: m for m in self.facts.releases} | {m.release: m for m in marked}
        before = self.previous.release.release if self.previous else None
        return lines.forget([old for old in to_prune(list(known.values()), current) if old != before])

    def tell(self, note: str) -> None:
        """Warn of something now, and keep it for the result."""
        self.work.warn(note)
        self.notes.append(note)

    def record(
        self, parts: Sequence[str], *, afterwards: Sequence[str] = (), unlock: bool = True, confirms: bool = False
    ) -> bool:
        """Write down how it ended; False when the proxy that was verified serves no longer.

        `afterwards` are lines that hold only if the host has not gone back by then. The lock is given
        back with it, unless it is kept. With that the host's dead man's switch is ended too: what
        `confirms` the release does so over a connection of its own, made anew, for a host that cannot
        be reached any more is to go back. Raises LockLost when it does already.
        """
        unlock = unlock and not self.lock.is_kept
        ends = deadman.disarm_line(self.watch, is_armed=confirms) if self.watch else deadman.sweep_lines()
        is_awaited = confirms and self.watch is not None
        # Once it is decided, nothing is gained by ending it: what follows is soon done.
        parts = [*parts, *(["trap '' TERM\n"] if is_awaited else []), ends, *afterwards]
        if is_awaited:
            parts.insert(0, unless_given_up_line(self.id))
        command = lines.record(self.lock.hold, parts, unlock=unlock, is_announced=is_awaited)
        if is_awaited:
            with self.work.transport.fresh() as anew:
                result = self.lock.run(command, over=anew)
        else:
            result = self.lock.run(command)
        if result.status == 0:
            self.watch = None
            self.is_recorded = self.is_recorded or confirms
        if unlock and result.status == 0:
            self.lock.released()
        told = [f"{path} could not be removed" for path in lines.left_behind(result.text)]
        told += [note for word, note in _TOLD.items() if word in result.text]
        self.is_gone = self.is_gone or GONE_SINCE in result.text
        for note in told:
            self.tell(note)
        return result.status != lines.GONE
