"""The network goes at each step of a deploy: cut, or silent, for a moment or for good."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ccdeploy import app
from ccdeploy.errors import CcdeployError
from ccdeploy.transport import alive
from tests.support.cable import Cable, cabled
from tests.support.neighbourhood import Neighbourhood
from tests.support.promises import Promises
from tests.support.slots import lapse_lock, switched_by_traefik
from tests.support.studio import Studio, a_studio
from tests.support.waiting import until
from tests.support.watcher import wait_until_gone_back

# They wait for silence, one after the other: meanwhile the other workers of this run have the processor.
pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("waits")]

STEPS = {
    "restart": ("facts", "stage", "shadow", "verify-shadow", "switch", "verify", "record"),
    "blue-green": ("facts", "stage", "shadow", "verify-shadow", "point", "verify", "record", "drain"),
}
EACH = [(strategy, step) for strategy, steps in STEPS.items() for step in steps]
# These ask over SFTP and HTTP; the others run a script, and the network goes while it runs.
ASKING = ("stage", "verify-shadow", "verify")
# Before these nothing was begun that a host that is out of reach could be left with.
HARMLESS = ("facts", "stage", "shadow", "verify-shadow")
NAMES = {"first": {"coder"}, "second": {"coder", "fast"}}


class Host:
    """A host behind a cable, that serves its first config."""

    def __init__(self, studio: Studio, line: Cable) -> None:
        self.studio = studio
        self.line = line
        self.first = studio.deployed("coder").release
        studio.config("second", *sorted(NAMES["second"]))

    @property
    def has_gaps(self) -> bool:
        """Whether its strategy has a gap."""
        return self.studio.site.front is None

    def deploy(self) -> int:
        """Deploy the second config; return the exit code."""
        try:
            return self.studio.deploy("second").exit_code
        except CcdeployError as exc:
            return exc.exit_code

    def lose(self, step: str, how: Callable[[], None]) -> None:
        """Let the network go in a step: at once, or as soon as the host has begun its first command.

        It goes once: a drain that lost it begins anew.
        """
        has_gone = threading.Event()

        def goes() -> None:
            if has_gone.is_set():
                return
            has_gone.set()
            if step in ASKING:
                how()
            else:
                at_next_command(self.studio, how)

        self.studio.when(step, goes)

    def went_back(self, promises: Promises) -> None:
        """Assert that the host serves, verified, one that it was to serve, with no command that asked for it."""
        wait_until_gone_back(self.studio)
        manifest = self.studio.manifest()
        assert manifest["state"] == "verified"
        if self.studio.current == self.first and "ended_by" not in self.studio.history[-1]:
            return  # nothing was risked yet: what was begun is left to the next deploy
        if not (self.studio.root / "run" / "draining.json").exists():  # else an old one waits for the next deploy
            promises.kept(served=NAMES[manifest["config"]], gap_allowed=self.has_gaps, most_gaps=2)

    def deploys_again(self) -> None:
        """Deploy once more, plainly, which must succeed."""
        self.studio.at = lambda event: None
        with self.studio.watched() as promises:
            attempt = self.studio.deploy("second", force=True)
        assert attempt.outcome == "deployed"
        gaps = 2 if self.has_gaps else 0
        promises.kept(served=NAMES["second"], gap_allowed=bool(gaps), most_gaps=gaps, release=attempt.release)


def at_next_command(studio: Studio, do: Callable[[], None]) -> None:
    """Do something as soon as the host has begun another command."""
    before = studio.around.commands()

    def watch() -> None:
        until(lambda: studio.around.commands() > before, "the host has begun the command")
        do()

    threading.Thread(target=watch, daemon=True).start()


@pytest.fixture
def host(request: pytest.FixtureRequest, tmp_path: Path, around: Neighbourhood) -> Iterator[Host]:
    """A host of the strategy that a test asks for."""
    with ExitStack() as entered:
        studio = entered.enter_context(a_studio(tmp_path, around, "asyncssh"))
        if request.param == "blue-green":
            entered.enter_context(switched_by_traefik(studio))
        line = entered.enter_context(cabled(studio.entry["ssh"], tmp_path))
        studio.settle()
        yield Host(studio, line)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that soon gives a silent host up, though not one that is only slow."""
    monkeypatch.setattr(alive, "ASKED_EVERY_S", 0.5)
    monkeypatch.setattr(alive, "GIVEN_UP_AFTER_S", 3.0)


@pytest.mark.parametrize(("host", "step"), EACH, indirect=["host"])
@pytest.mark.parametrize("how", ["cut", "stall"])
@pytest.mark.usefixtures("impatient")
def test_a_network_that_goes_for_a_moment_costs_no_more_than_the_deploy(host: Host, step: str, how: str) -> None:
    """The way comes back at once: what serves is verified when the tool ends, and the exit code says which it is."""
    host.lose(step, getattr(host.line, how))
    with host.studio.watched() as promises:
        code = host.deploy()
    assert code in (0, 4, 6)
    release = host.studio.current if code == 0 else host.first
    served = NAMES["second" if code == 0 else "first"]
    promises.kept(served=served, gap_allowed=host.has_gaps, most_gaps=2, release=release)
    assert app.status(host.studio.project, None).exit_code == 0
    host.deploys_again()


@pytest.mark.parametrize(("host", "step"), EACH, indirect=["host"])
@pytest.mark.usefixtures("impatient")
def test_a_network_that_stays_silent_is_told_and_the_next_deploy_succeeds(
    host: Host, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody hears of the host any more: 4, or 0 when all was recorded by then. It goes back by itself."""
    # A drain comes after a fresh connection: one that takes too long is no network that stays silent yet.
    host.studio.entry["ssh"]["connect_timeout"] = "5s" if step == "drain" else "1s"
    host.studio.settle()
    host.lose(step, host.line.silence)
    with host.studio.watched() as promises:
        code = host.deploy()
    assert code in ((0, 4) if step in ("record", "drain") else (4,))
    assert host.has_gaps or not promises.probe.outages
    host.studio.entry["ssh"] = host.studio.around.way("asyncssh")
    host.studio.settle()
    status = app.status(host.studio.project, None)
    assert status.exit_code in (0, 8)
    if (host.studio.root / "lock").exists():
        assert status.lock
        lapse_lock(host.studio)
    if step not in HARMLESS:
        host.went_back(promises)
    host.deploys_again()
