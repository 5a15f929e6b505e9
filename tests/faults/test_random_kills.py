"""The tool is killed at random moments: it restores the host by itself, or the next command finds one that can be."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ccdeploy import app
from ccdeploy.errors import Locked
from ccdeploy.release.lock import BY_HOST
from ccdeploy.results import Attempt
from tests.faults.aftermath import good_before
from tests.faults.kill import SIZE, End, Kill, Tally, series, struck
from tests.support import watcher
from tests.support.gateway import ask
from tests.support.neighbourhood import Neighbourhood
from tests.support.promises import Promises
from tests.support.slots import LAPSED, lapse_lock, switched_by_traefik
from tests.support.studio import KEY, Studio, a_studio

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("CCDEPLOY_RANDOM_KILLS", "200"))  # in all; a longer run finds rarer moments
STRATEGIES = ("restart", "blue-green")
NAMES = {"first": {"coder", "fast"}, "second": {"coder", "slow"}}
LINES = {
    "deploy": "ccdeploy deploy {other} --allow removal",
    "deploy --force": "ccdeploy deploy {now} --force --allow removal",
    "restart": "ccdeploy restart",
    "run": "ccdeploy run {other} -- true",
    "rollback": "ccdeploy rollback",
}
lengths: dict[tuple[str, str], int] = {}  # how many lines of progress a verb tells that nobody kills


class Victim:
    """One host whose tool is killed again and again."""

    def __init__(self, studio: Studio, tally: Counter[str]) -> None:
        self.studio = studio
        self.tally = tally
        self.is_whole = True  # nothing is left of a kill that nobody could clean up after
        for name, names in NAMES.items():
            studio.config(name, *sorted(names))
        for name in NAMES:
            studio.deploy(name, allow=("removal",))

    @property
    def strategy(self) -> str:
        """The strategy of the host."""
        return str(self.studio.entry.get("strategy", "restart"))

    @property
    def now(self) -> str:
        """The config of the current release."""
        return str(self.studio.manifest()["config"])

    @property
    def other(self) -> str:
        """The one that is not."""
        return next(name for name in NAMES if name != self.now)

    def line(self, verb: str) -> str:
        """Return the command line of a verb."""
        return LINES[verb].format(now=self.now, other=self.other)

    def length(self, verb: str) -> int:
        """Return how many lines of progress a verb tells; it is run once for that."""
        known = (self.strategy, verb)
        if known not in lengths:
            done = self.studio.run(self.line(verb))
            assert done.returncode == 0, done.stderr
            lengths[known] = len(done.stderr.splitlines())
        return lengths[known]

    def stock(self, verb: str) -> None:
        """Deploy once more where the rollbacks before this one have used up what there was to go back to."""
        if verb == "rollback" and not good_before(self.studio.root, self.studio.current):
            self.mend()

    def strike(self, kill: Kill) -> None:
        """Kill the tool, and see what it has left."""
        self.stock(kill.verb)
        after_lines = kill.percent * self.length(kill.verb) // 100
        self.stock(kill.verb)
        if kill.number != signal.SIGKILL:  # until it has said a first word, it may be that Python itself begins yet
            after_lines = max(1, after_lines)
        with self.studio.watched() as promises:
            end = struck(self.studio, self.line(kill.verb), after_lines, kill)
        print(f"{kill} after {after_lines} lines: ended with {end.code}")
        self.tally[kill.number.name if end.was_hit else "late"] += 1
        assert "Traceback" not in end.said, end.said
        if end.code == -signal.SIGKILL:
            self.is_whole = False
            self.lapse()
            if kill.is_mended and watcher.files(self.studio):
                self.went_back()
        else:
            self.restored(end, promises)
        self.kept_serving(promises, end)
        status = app.status(self.studio.project, None)
        assert status.exit_code in (0, 8), status

    def restored(self, end: End, promises: Promises) -> None:
        """Assert that a tool that heard the signal has put right all that it began."""
        said = f"ended with {end.code}, was whole: {self.is_whole}\n{end.said}"
        assert end.code in ((130, 0) if self.is_whole else (130, 0, 5, 10)), said
        assert not self.is_locked, said
        if not self.is_whole:
            return
        try:
            promises.kept(served=NAMES[self.now], gap_allowed=self.strategy == "restart", most_gaps=2)
        except AssertionError as exc:
            raise AssertionError(f"{exc}\n{said}") from exc

    def kept_serving(self, promises: Promises, end: End) -> None:
        """Assert that users of a blue-green host noticed nothing, however the tool ended."""
        lost = [str(outage) for outage in promises.probe.outages]
        assert self.strategy == "restart" or not lost, f"{lost}\n{end.said}"

    def went_back(self) -> None:
        """Assert that the host has gone back by itself to what it had, with no command that asked for it."""
        watcher.wait_until_gone_back(self.studio)
        answer = ask(self.studio.port, "/v1/models", KEY)
        assert {entry["id"] for entry in answer.json["data"]} in NAMES.values()
        self.tally["went back"] += 1

    def mend(self) -> None:
        """Deploy, plainly: it must succeed whatever was left, and leave nothing of it."""
        wanted, gaps = self.other, 1 if self.is_whole else 3
        with self.studio.watched() as promises:
            attempt = self.deployed(wanted)
            if attempt.outcome == "nothing-to-do" and not self.is_whole:
                # A script that outlived its client has brought it into service just now.
                wanted = self.other
                attempt = self.deployed(wanted)
        assert attempt.outcome == "deployed", attempt
        allowed = self.strategy == "restart"
        promises.kept(served=NAMES[wanted], gap_allowed=allowed, most_gaps=gaps, release=attempt.release)
        self.tally["deploys"] += 1
        self.is_whole = True

    def deployed(self, wanted: str) -> Attempt:
        """Deploy; a lock that the host made for a client that was gone already is let lapse too."""
        try:
            return self.studio.deploy(wanted, allow=("removal",))
        except Locked:
            assert not self.is_whole
            self.lapse()
            return self.studio.deploy(wanted, allow=("removal",))

    @property
    def is_locked(self) -> bool:
        """Whether somebody holds the lock whom nobody has killed."""
        try:
            owner = json.loads((self.studio.root / "lock" / "owner.json").read_text())
        except FileNotFoundError:
            return False
        return owner["heartbeat"] > LAPSED and not owner["id"].endswith(BY_HOST)

    def lapse(self) -> None:
        """Let the lock of who was killed be as old as it gets by itself."""
        if (self.studio.root / "lock" / "owner.json").exists():
            lapse_lock(self.studio)


@contextmanager
def a_victim(folder: Path, around: Neighbourhood, strategy: str, tally: Counter[str]) -> Iterator[Victim]:
    """Make a host of this strategy that serves."""
    with ExitStack() as entered:
        studio = entered.enter_context(a_studio(folder, around, "asyncssh"))
        if strategy == "blue-green":
            entered.enter_context(switched_by_traefik(studio))
        yield Victim(studio, tally)
        assert studio.history  # every line of it is whole, whoever was killed while it was written


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_whoever_is_killed_leaves_a_host_that_serves(
    strategy: str,
    tmp_path_factory: pytest.TempPathFactory,
    around: Neighbourhood,
    record_property: Callable[[str, object], None],
) -> None:
    """A laptop goes to sleep, a pipeline is cancelled, somebody presses Ctrl-C: at any moment."""
    tally: Counter[str] = Counter()

    @settings(
        derandomize=False, print_blob=True, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
        max_examples=max(1, KILLS // SIZE // len(STRATEGIES)), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(series())
    def killed(kills: list[Kill]) -> None:
        with a_victim(tmp_path_factory.mktemp("victim"), around, strategy, tally) as victim:
            for kill in kills:
                victim.strike(kill)
                if kill.is_mended and not victim.is_whole:  # else the tool has put it right itself
                    victim.mend()
            victim.mend()

    killed()
    record_property(f"random kills, {strategy}", str(Tally(tally)))
    print(f"{strategy}: {Tally(tally)}")
