"""The lock of a host: taken, kept alive by a heartbeat, checked in every script that writes, given back."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ccdeploy.clock import Clock, iso
from ccdeploy.errors import CcdeployError, ConnectionLost, HostKeyChanged, Locked, LockLost
from ccdeploy.events import Noted, Warned
from ccdeploy.latch import Latch
from ccdeploy.release import lock
from ccdeploy.release.lock import HEARTBEAT_EVERY_S, STALE_AFTER_S, Owner
from ccdeploy.shell import lock as script
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import LOCK_LOST
from ccdeploy.shell.releases import note_refused

if TYPE_CHECKING:
    from ccdeploy.events import Observer
    from ccdeploy.release.manifest import Performer
    from ccdeploy.shell.command import Command, Result
    from ccdeploy.transport.seam import Transport

OnRefusal = Callable[[Locked], str]
RETRY_EVERY_S = 2.0  # how often `--wait` asks again, and a heartbeat that was lost is tried again


@dataclass
class HeldLock:
    """A lock that is ours. `found` is what the host said when we took it: `current` and run/serving.json.

    `was_anothers` tells that it was waited for, or taken over: whoever had it may have begun what nobody confirmed.
    """

    transport: Transport
    hold: Hold
    owner: Owner
    found: str = ""
    was_anothers: bool = False
    is_released: bool = False
    is_kept: bool = False  # past the verb that took it, by a Keeping
    observer: Observer = field(default=lambda event: None)
    _stopping: Latch = field(default_factory=Latch)
    _beater: threading.Thread | None = None

    def run(self, command: Command, over: Transport | None = None) -> Result:
        """Run a script that begins with the lock's guard, perhaps over another connection.

        Raises LockLost when the lock is no longer ours.
        """
        result = (over or self.transport).run(command)
        if result.status == LOCK_LOST:
            self.is_released = True
            raise LockLost(
                f"{self.transport.name}: the lock was taken over while '{command.name}' was about to write",
                hint="see `ccdeploy lock status` and `ccdeploy history`, then run the command again",
            )
        return result

    def start_beating(self) -> None:
        """Renew the heartbeat from a thread of its own until `stop_beating`."""
        self._beater = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._beater.start()

    def stop_beating(self) -> None:
        """End the heartbeat; safe to repeat."""
        self._stopping.set()
        if self._beater and self._beater is not threading.current_thread():
            self._beater.join(timeout=5)

    def released(self) -> None:
        """Note that a script of ours gave the lock back as its last line."""
        self.stop_beating()
        self.is_released = True

    def give_back(self) -> None:
        """Give the lock back; when the host cannot be asked it lapses by itself, and what happened before is told."""
        self.stop_beating()
        if self.is_released:
            return
        self.is_released = True
        try:
            self.transport.run(script.release(self.hold))
        except CcdeployError as exc:
            self.observer(Warned(f"the lock was not given back ({exc.message}); it lapses in {STALE_AFTER_S} s"))

    def _beat(self) -> None:
        was_silent = False
        # One that was lost is made up for at once: three in a row, and the lock lapses.
        while not self._stopping.wait(min(RETRY_EVERY_S, HEARTBEAT_EVERY_S) if was_silent else HEARTBEAT_EVERY_S):
            try:
                result = self.transport.run(script.beat(self.hold, self.owner.to_json()))
            except CcdeployError as exc:
                if self.is_kept and not was_silent:  # else the main thread meets the same fault, and says so
                    self.observer(Warned(f"{exc.message}; it is tried again every {RETRY_EVERY_S:g} s"))
                was_silent = True
                continue
            if result.status == LOCK_LOST:
                if self.is_kept:
                    self.observer(Warned(f"{self.transport.name}: another took the lock over, and may deploy"))
                return  # every guarded script refuses from now on
            if self.is_kept and was_silent:
                self.observer(Noted(f"{self.transport.name} is reached again, and the lock is still ours"))
            was_silent = False


def new_owner(by: Performer, doing: str, clock: Clock, *, manual: bool = False) -> Owner:
    """Return an owner of a lock that nobody else can be taken for."""
    return Owner(uuid.uuid4().hex, by.who, by.from_where, iso(clock.now()), doing, manual, by.run_url)


@dataclass
class Keeping:
    """Keeps the lock that a verb takes past its end, so that the next one of this command goes on under it.

    Without the heartbeat of this process it lapses like any other.
    """

    lock: HeldLock | None = None

    def give_back(self) -> None:
        """Give back what is kept; safe to repeat."""
        kept, self.lock = self.lock, None
        if kept:
            kept.give_back()


@dataclass(frozen=True)
class Lock:
    """The lock of a host, as one who wants it: under which name, and to whom the waiting is told.

    With `keeping`, a lock that is kept already is used again, and one that is taken is kept unless the verb fails.
    `refused` returns the line of history of an attempt that did not get it; None for what is no attempt.
    """

    transport: Transport
    root: str
    owner: Owner
    observer: Observer
    clock: Clock
    keeping: Keeping | None = None
    refused: OnRefusal | None = None

    def take(self) -> HeldLock:
        """Take the lock once. Raises Locked, with its owner, when somebody holds it."""
        hold = Hold(self.root, self.owner.id)
        result = self.transport.run(script.acquire(hold, self.owner.to_json(), STALE_AFTER_S))
        if result.status == script.HELD:
            raise _held(self.transport.name, result.text)
        found = result.text
        was_anothers = found.startswith("took over ")
        if was_anothers:
            line, _, found = found.partition("\n")
            silent = _name(line.removeprefix("took over "))
            self.observer(Noted(f"took over a lock whose owner fell silent: {silent}"))
        return HeldLock(self.transport, hold, self.owner, found, was_anothers, observer=self.observer)

    @contextmanager
    def held(self, wait_s: float = 0) -> Iterator[HeldLock]:
        """Hold the lock for the length of a verb; wait up to `wait_s` for it. Raises Locked.

        It is given back however the verb ends, Ctrl-C included, unless a script did so already, or it is kept.
        """
        if self.keeping is not None and self.keeping.lock is not None:
            yield self.keeping.lock
            return
        try:
            mine = self._take_within(wait_s)
        except Locked as exc:
            self._note(exc)
            raise
        except BaseException:  # Ctrl-C or a lost connection, perhaps after the host had made the lock
            self._give_back_quietly()
            raise
        mine.is_kept = self.keeping is not None
        try:
            mine.start_beating()
            yield mine
        except BaseException as exc:
            if isinstance(exc, CcdeployError):
                exc.was_begun = True
            mine.stop_beating()
            if not mine.is_released:
                self._give_back_after(exc)
            raise
        if self.keeping is not None:
            self.keeping.lock = mine
        else:
            mine.give_back()

    def _give_back_after(self, cause: BaseException) -> None:
        """Give the lock back; what went wrong before is what a person must hear of.

        But a changed key explains a connection that was lost, if nothing else is known of what came of it.
        """
        try:
            self._give_back_quietly()
        except HostKeyChanged as changed:
            if isinstance(cause, ConnectionLost) and cause.result is None:
                changed.was_begun = True
                raise

    def _give_back_quietly(self) -> None:
        # The script leaves a lock that is not ours alone; one that cannot be given back lapses by itself.
        try:
            self.transport.run(script.release(Hold(self.root, self.owner.id)))
        except HostKeyChanged:
            raise  # whoever calls knows what it explains
        except CcdeployError:
            return

    def _note(self, refusal: Locked) -> None:
        """Write the refusal into the history; what keeps it from that is not what a person must hear of."""
        if self.refused is not None:
            with suppress(CcdeployError):
                self.transport.run(note_refused(self.root, self.refused(refusal)))

    def _take_within(self, wait_s: float) -> HeldLock:
        deadline = self.clock.monotonic() + wait_s
        said = False
        while True:
            try:
                mine = self.take()
                mine.was_anothers = mine.was_anothers or said
                return mine
            except Locked as exc:
                # A host that goes back by itself is done within one boot, and nobody else is at work then.
                if not _is_the_host(exc) and self.clock.monotonic() + RETRY_EVERY_S > deadline:
                    raise
                if not said:
                    self.observer(Noted(f"waiting for the lock: {exc.message}"))
                    said = True
            self.clock.sleep(RETRY_EVERY_S)


def _held(name: str, answer: str) -> Locked:
    age, _, owner_text = answer.partition("\n")
    owner = lock.parse(owner_text)
    holder = str(owner) if owner else "by an owner that wrote no name"
    remedy = (
        f"`ccdeploy lock release --host {name}` gives it back"
        if owner and owner.manual
        else f"wait (`--wait 60`); it lapses {STALE_AFTER_S} s after its last heartbeat, which was {age} s ago"
    )
    return Locked(f"{name} is locked {holder}", hint=remedy, result={"owner": owner.__dict__ if owner else None})


def _is_the_host(exc: Locked) -> bool:
    owner = (exc.result or {}).get("owner")
    return owner is not None and Owner(**owner).is_the_host


def _name(owner_text: str) -> str:
    owner = lock.parse(owner_text)
    return str(owner) if owner else "it wrote no name"
