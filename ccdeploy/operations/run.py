"""Run: a config serves for as long as a command of the user's takes, then what served before serves again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from ccdeploy.errors import (
    CcdeployError,
    DeployFailed,
    Interrupted,
    Locked,
    NothingToRollBackTo,
    Refused,
    Stranded,
)
from ccdeploy.operations import verify, wayback
from ccdeploy.operations.candidate import candidate
from ccdeploy.operations.deploy import Wish, deploy
from ccdeploy.operations.errand import Errand, variables
from ccdeploy.operations.standing import refreshed, serving_process
from ccdeploy.operations.undisturbed import undisturbed
from ccdeploy.operations.work import Attempted
from ccdeploy.release.retention import last_good
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.remote.lock import Keeping
from ccdeploy.results import Attempt, CommandRun, Run

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work


def run(work: Work, wish: Wish, errand: Errand) -> Run:
    """Deploy, run the command, go back. The lock is kept all the while: nobody deploys under the command.

    Raises what a deploy raises, NothingToRollBackTo, and Stranded when the way back could not be gone.
    """
    facts = gather(work.transport, work.host)
    _demand_way_back(work, facts)
    key = candidate(wish.config, facts.env.values).key if errand.takes_key else None
    if errand.takes_key and key is None:
        raise Refused(f"{work.host.name}: config '{wish.bundle.config}' has no master key to hand on", hint="see .env")
    if wish.is_rehearsal:
        return _rehearsed(work, wish, errand, facts)
    keeping = Keeping()
    work = replace(work, keeping=keeping)
    wish = replace(wish, verb="run", why=f"only for as long as {errand.name} runs")
    try:
        done, fault = _deployed(work, wish, errand)
        ran: CommandRun | None = None
        url: str | None = None
        try:
            if fault is None and not done.exit_code:
                if done.outcome == "nothing-to-do":
                    _hold(work, wish, facts, done)
                with _address(work, facts, done) as url:
                    work.say(f"{errand.name} runs, with CCDEPLOY_URL={url}")
                    ran = errand.execute(variables(url, done, key))
        except BaseException as exc:  # Ctrl-C between two steps, a fault of ours: the way back is gone all the same
            fault = exc
        went: list[Run] = []
        try:
            _go_back(work, errand, Run(work.host.name, wish.bundle.config, "not-gone-back", done, ran, url=url), went)
        except KeyboardInterrupt as exc:
            if went:  # it had begun: whoever insists means it
                raise
            fault = exc  # just before it began: it is gone all the same
            _go_back(work, errand, Run(work.host.name, wish.bundle.config, "not-gone-back", done, ran, url=url), went)
        return _ended(went[-1], fault)
    finally:
        undisturbed(keeping.give_back)


def _demand_way_back(work: Work, facts: Facts) -> None:
    """Raise NothingToRollBackTo when there is nothing that could serve again afterwards."""
    current = facts.current_release
    by_hand = facts.current is None and facts.config_text is not None
    serves = current is not None and (current.is_good or serving_process(work, facts) is not None)
    if not (serves or by_hand or last_good(facts.releases, facts.current)):
        raise NothingToRollBackTo(
            f"{work.host.name}: no release serves that could serve again after the command; nothing was touched",
            hint=f"`ccdeploy deploy --host {work.host.name}` makes one",
        )


def _deployed(work: Work, wish: Wish, errand: Errand) -> tuple[Attempt, BaseException | None]:
    """Deploy; an interrupt that came too late to stop it is returned beside it, for its release is to be left again."""
    landed: list[Attempt] = []

    def land() -> Attempt:
        landed.append(deploy(work, wish))
        return landed[0]

    try:
        done = replace(errand.around_deploy(land), verb="run")
    except KeyboardInterrupt as exc:
        if not landed or landed[0].outcome != "deployed":
            raise
        return replace(landed[0], verb="run"), exc
    except Interrupted as exc:
        known = exc.result or {}
        if known.get("outcome") != "deployed":
            raise _told(exc, work, wish) from None
        late = Attempt("run", work.host.name, "deployed", known["release"], known["previous"], known["config"])
        return late, exc
    except CcdeployError as exc:
        raise _told(exc, work, wish) from exc.__cause__
    return done, None


def _told(exc: CcdeployError, work: Work, wish: Wish) -> CcdeployError:
    """Return the error of a deploy with its result where that of a run has it."""
    if exc.result is not None:
        exc.result = {
            "host": work.host.name, "config": wish.bundle.config, "outcome": exc.result.get("outcome"),
            "deploy": exc.result, "command": None, "way_back": None,
        }  # fmt: skip
    return exc


def _hold(work: Work, wish: Wish, facts: Facts, done: Attempt) -> None:
    """Take the lock for a config that serves already. Raises Locked, also when it does not serve any more."""
    attempted = Attempted("run", wish.bundle.config, wish.bundle.phase)
    with work.lock(facts.root, f"run {wish.bundle.config}", attempt=attempted).held(wish.wait_s) as lock:
        if refreshed(work, facts, lock).current != done.release:
            raise Locked(
                f"{work.host.name}: another deployed just now, and config '{wish.bundle.config}' serves no longer",
                hint="run the command again",
            )


@contextmanager
def _address(work: Work, facts: Facts, done: Attempt) -> Iterator[str]:
    """Yield the gateway's address for the length of the command: that of its users, else one that leads through SSH."""
    if work.host.traefik is not None:
        yield work.host.traefik.url.rstrip("/")
        return
    port = verify.port_of(work, facts) if done.outcome == "nothing-to-do" else facts.slots.active
    with work.transport.forward(port, verify.loopback(work.host.listen.address)) as here:
        yield f"http://127.0.0.1:{here}"


def _go_back(work: Work, errand: Errand, so_far: Run, went: list[Run]) -> None:
    """Go back, and put what came of it behind `went`, which holds something as soon as it has begun."""
    went.append(_gone_back(work, errand, so_far, lambda: went.append(so_far)))


def _gone_back(work: Work, errand: Errand, so_far: Run, begin: Callable[[], None]) -> Run:
    """Go back, if there is somewhere to go back from; Ctrl-C waits meanwhile. Raises Stranded."""
    done, ran = so_far.deploy, so_far.command
    if done.outcome != "deployed":
        return replace(so_far, outcome="nothing-to-do")
    why = f"{errand.name} ended with {ran.code}" if ran else f"{errand.name} was not run"
    leaving = wayback.Leaving(done.release or "", done.previous or "", why)

    def go() -> Attempt:
        begin()
        return errand.around_way_back(lambda: wayback.go_back(work, leaving))

    try:
        back, _ = undisturbed(go)
    except wayback.Overtaken as exc:
        work.warn(str(exc))
        return replace(so_far, outcome="overtaken", notes=(str(exc),))
    except CcdeployError as exc:
        raise _stranded(exc, so_far, why) from exc
    return replace(so_far, outcome="gone-back" if ran else "not-run", way_back=back)


def _stranded(exc: CcdeployError, so_far: Run, why: str) -> Stranded:
    host, done = so_far.host, so_far.deploy
    by_hand = f"`ccdeploy rollback --host {host} --to {done.previous}` goes back by hand"
    return Stranded(
        f"{why}, and going back from config '{so_far.config}' failed: {exc.message}",
        hint=f"`ccdeploy status --host {host}` says what serves; {by_hand}",
        evidence=exc.evidence,
        result=asdict(so_far) | {"way_back": exc.result},
    )


def _ended(run: Run, fault: BaseException | None) -> Run:
    """Return the run, or raise what kept the command from being run."""
    if fault is None:
        return run
    serves = f"release {run.way_back.release} serves" if run.way_back else "what served before serves"
    where = "" if run.command else " before the command ran"
    if isinstance(fault, KeyboardInterrupt | Interrupted):
        raise Interrupted(f"{run.host}: interrupted{where}; {serves}", result=asdict(run)) from fault
    if isinstance(fault, Locked) or not isinstance(fault, Exception):
        raise fault
    reason = fault.message if isinstance(fault, CcdeployError) else f"{type(fault).__name__}: {fault}"
    hint = fault.hint if isinstance(fault, CcdeployError) else "this is a fault of ccdeploy's own; please report it"
    raise DeployFailed(f"{reason}; the command was not run, and {serves}", hint=hint, result=asdict(run)) from fault


def _rehearsed(work: Work, wish: Wish, errand: Errand, facts: Facts) -> Run:
    done = errand.around_deploy(lambda: deploy(work, wish))
    url = work.host.traefik.url.rstrip("/") if work.host.traefik else "http://127.0.0.1:PORT, through SSH"
    current = facts.current_release
    good = last_good(facts.releases, facts.current)
    to = facts.current if current is None or current.is_good or good is None else good.release
    back = f"go back to release {to}" if to else "go back to the hand-made config.yaml"
    planned = [*done.planned, f"run {errand.name} here, with CCDEPLOY_URL={url}"]
    if done.outcome == "rehearsed":
        planned.append(f"{back}, in the same manner, however the command ends")
    done = replace(done, verb="run", outcome="rehearsed", planned=tuple(planned))
    return Run(work.host.name, wish.bundle.config, "rehearsed", done, url=url)
