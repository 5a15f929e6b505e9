"""The operations that are cut off, each begun again and again on one host, from a state that is known each time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ccdeploy import app
from ccdeploy.errors import CcdeployError
from ccdeploy.results import Attempt
from tests.faults.aftermath import good_before, lapse, let_watchers_end, names_of, unnamed
from tests.faults.cutting import Cut, Cutter, Gone, Rewrite
from tests.support.studio import Studio


@dataclass(frozen=True)
class Operation:
    """A verb, and the fewest calls that it can have: a count below shows that the counting is wrong.

    `may_gap` is how often nobody may be served where there is one port for all.
    """

    name: str
    do: Callable[[Course], object]
    least: int
    may_gap: int = 1

    def __str__(self) -> str:
        return self.name


@dataclass
class Course:
    """One host and the operation that is cut off on it. A turn begins with a verified release that serves."""

    studio: Studio
    operation: Operation
    turn: int = 0

    def __post_init__(self) -> None:
        self.deploy()
        (self.studio.root / "run" / "at-boot.sh").write_text("exit 0\n")  # what a boot would start is kept up to date
        self.deploy()  # two good ones: there is something to go back to

    @property
    def has_gap(self) -> bool:
        """Whether a switch has a gap."""
        return self.studio.site.front is None

    @property
    def wanted(self) -> set[str]:
        """The names that the config of this turn serves."""
        return {"coder", f"turn-{self.turn}"}

    def deploy(self) -> Attempt:
        """Deploy a config that nobody deployed before, as the next turn; it must succeed."""
        self.turn += 1
        return self.plain()

    def plain(self) -> Attempt:
        """Deploy the config of this turn, as anybody would."""
        return self.studio.deploy(self.config(), allow=("removal",))

    def config(self) -> str:
        """Write the config of this turn, and return its name."""
        return self.studio.config("next", *sorted(self.wanted))

    def may_serve(self) -> list[set[str]]:
        """Return what may serve while this turn's operation is under way."""
        root, current = self.studio.root, self.studio.current
        good = good_before(root, current)
        return [names_of(root, current), *([names_of(root, good[-1])] if good else []), self.wanted]

    def calls(self) -> Cutter:
        """Count the calls of one undisturbed turn."""
        self.turn += 1
        with Cutter() as cutter:
            self.operation.do(self)
        assert len(cutter.calls) >= self.operation.least, f"{self.operation}: {len(cutter.calls)} calls are too few"
        self.again()
        return cutter

    def cut_off(self, cut: Cut, rewrite: Rewrite | None = None) -> None:
        """Begin the operation, cut it off, and see that all is well in the end. Raises AssertionError."""
        self.turn += 1
        try:
            if cut.how == "lost":
                self._lost(cut, rewrite)
            else:
                self._gone(cut, rewrite)
            self.again()
        except Exception as exc:
            lapse(self.studio.root)
            with suppress(CcdeployError):
                self.plain()  # the next turn is to begin as the others do
            raise AssertionError(f"{self}, {cut}: {type(exc).__name__}: {exc}") from exc

    def __str__(self) -> str:
        return f"{self.operation} ({self.studio.entry.get('strategy', 'restart')})"

    def _gone(self, cut: Cut, rewrite: Rewrite | None) -> None:
        """The client is killed: the host is well at once, or in the gap of a switch."""
        may = self.may_serve()
        with self.studio.watched() as promises, Cutter(cut, rewrite) as cutter, suppress(Gone):
            self.operation.do(self)
        assert cutter.is_reached, "the operation did not come to this call"
        promises.meanwhile(may, gap_allowed=self.has_gap and rewrite is not None)
        assert len(promises.probe.outages) <= (self.operation.may_gap if self.has_gap else 0), promises.probe.outages
        lapse(self.studio.root)
        let_watchers_end(self.studio.root)
        promises.meanwhile(may)

    def _lost(self, cut: Cut, rewrite: Rewrite | None) -> None:
        """The client lives on: by itself it keeps every promise, and says which."""
        may = self.may_serve()
        error: CcdeployError | None = None
        with self.studio.watched() as promises, Cutter(cut, rewrite) as cutter:
            try:
                self.operation.do(self)
            except CcdeployError as exc:
                error = exc
        assert cutter.is_reached, "the operation did not come to this call"
        lock = self.studio.root / "lock"
        if rewrite and lock.exists() and not (lock / "owner.json").exists():
            lock.rmdir()  # nobody can know that it is theirs: it lapses, and no promise but that was made of it
        served = next((names for names in may if names == self._served()), may[0])
        # Each may be gone back from. Where the way back of a run is cut off, its own config serves for a moment again.
        gaps = 2 * self.operation.may_gap
        promises.kept(served=served, gap_allowed=self.has_gap, most_gaps=gaps)
        self._left_no_watcher()  # its script holds secrets
        if error is not None:
            assert error.exit_code in (3, 4, 6), f"exit {error.exit_code}: {error}"
            assert error.exit_code != 3 or served == may[0], f"exit 3 says that nothing was touched: {error}"

    def _left_no_watcher(self) -> None:
        folder = self.studio.root / "run" / "deadman"
        at_work = [path.name for path in folder.glob("*") if path.suffix in (".armed", ".fired")]
        assert not at_work, f"a watcher was not disarmed: {at_work}"
        let_watchers_end(self.studio.root)  # one that was disarmed hears of it within a second
        left = [path.name for path in folder.glob("*")]
        assert not left, f"left of a watcher: {left}"

    def _served(self) -> set[str] | None:
        try:
            return set(app.status(self.studio.project, None).models)
        except CcdeployError:
            return None

    def again(self) -> None:
        """See that the next command says what it found, and that a plain second deploy succeeds."""
        told = app.status(self.studio.project, None)
        missing = unnamed(self.studio.site, told)
        assert not missing, f"`status` does not tell of {missing}; it tells: {told.lock}, {told.drift}, {told.notes}"
        with self.studio.watched() as promises:
            attempt = self.plain()
        assert attempt.exit_code == 0, attempt
        promises.kept(served=self.wanted, gap_allowed=self.has_gap, release=attempt.release)
        self._left_no_watcher()
        self.studio.events.clear()


def _deploy(course: Course) -> object:
    return course.plain()


def _rollback(course: Course) -> object:
    return app.rollback(course.studio.project, None)


def _restart(course: Course) -> object:
    return app.restart(course.studio.project, None)


def _run(course: Course) -> object:
    return app.run(course.studio.project, None, course.config(), ("true",), allow=("removal",))


# Facts, lock, two files, shadow, its verification, switch, verification, record; the way back of a run has no upload.
DEPLOY = Operation("deploy", _deploy, 12)
ROLLBACK = Operation("rollback", _rollback, 10)
RESTART = Operation("restart", _restart, 10)
RUN = Operation("run", _run, 20, may_gap=2)
