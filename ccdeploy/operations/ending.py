"""How a change ends well: what the host is told when the release serves, and the last line of the attempt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ccdeploy.errors import CcdeployError, DeployFailed, Stranded
from ccdeploy.operations import at_boot
from ccdeploy.operations.change import GONE_SINCE, NOT_SET_ASIDE
from ccdeploy.operations.undisturbed import undisturbed
from ccdeploy.release.process import RunState, run_state_fields, run_state_text
from ccdeploy.remote import process
from ccdeploy.shell import releases as lines

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change
    from ccdeploy.release.process import Process
    from ccdeploy.shell.process import Stop

_GONE = "the new proxy, verified and recorded, ended while the old one ended its streams, and nothing serves"


def gone(change: Change) -> DeployFailed:
    """Return the error of a proxy that ended between its verification and its record."""
    message = f"{change.work.host.name}: the new proxy ended right after it was verified"
    return DeployFailed(message, hint=f"its log on the host: {process.SERVING_LOG}")


def lines_of_success(change: Change, running: Process) -> list[str]:
    """Return the lines that record that the release serves, verified, as this process."""
    release = change.release
    litellm = change.facts.litellms.of(release)
    digests = process.digests(change.work.host, change.facts, release.digest, litellm, change.port)
    fields = run_state_fields(change.port, release.release, digests, running.command)
    return [
        lines.write_run_state("serving", run_state_text(running, fields)),
        change.mark(release, "verified"),
    ]


def lines_for_good(change: Change) -> list[str]:
    """Return the lines that nobody would undo if the host had gone back: they come once it cannot any more.

    None of them ends the script: the release serves, recorded.
    """
    return [at_boot.kept(change), *(f"(:\n{line}) || echo {NOT_SET_ASIDE}\n" for line in change.closing)]


def state_of(change: Change, old: Stop) -> str:
    """Return the record of an old proxy that is let go."""
    known = change.facts.running
    release = known.release if known else change.facts.current or ""
    command = known.command if known and known.pid == old.pid else None
    return RunState(old.pid, old.started, old.port, release, None, command).to_json()


def lines_of_end(change: Change, outcome: str) -> list[str]:
    """Return the lines that end an attempt: what retention lets go, and the line of history."""
    return [_pruned(change), change.history_line(outcome)]


def _pruned(change: Change) -> str:
    verified = change.release.marked("verified", change.work.clock.now())
    return change.prune_line(change.release.release, [verified, *change.also_marked])


def drained(change: Change, outcome: str, drain: Callable[[], None], first: str = "") -> None:
    """Let the old proxy end its streams by `drain`, then write the attempt down and give the lock back.

    `first` are lines of the script that writes it down. Nothing that goes wrong here takes the release
    out of service: it serves, verified and recorded, and the rest can only be told. Raises Stranded when
    its proxy has ended meanwhile: streams may take minutes, and nobody else would say so.
    """
    try:
        if not change.was_interrupted:
            drain()
    except KeyboardInterrupt:
        change.was_interrupted = True
    except CcdeployError as exc:
        change.tell(f"whether the old proxy has ended its streams is not known: {exc.message}")
    try:
        _, again = undisturbed(lambda: change.record([first, _pruned(change), _told(change, outcome)]))
        change.was_interrupted = change.was_interrupted or again
    except CcdeployError as exc:
        change.tell(f"the attempt could not be written into history.jsonl: {exc.message}")
    if change.is_gone:
        name = change.work.host.name
        raise Stranded(
            f"{name}: {_GONE}",
            hint=f"its log on the host: {process.SERVING_LOG}; `ccdeploy restart --host {name}` starts it again, "
            f"`ccdeploy rollback --host {name}` goes back",
            result=change.as_result("stranded"),
        )


def _told(change: Change, outcome: str) -> str:
    """Return the lines that write the attempt into the history: as what it is by now."""
    stranded = change.history_line("stranded", _GONE)
    return f"if (\n{change.alive}); then\n{change.history_line(outcome)}else\necho {GONE_SINCE}\n{stranded}fi\n"
