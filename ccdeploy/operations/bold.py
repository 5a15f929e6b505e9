"""A bold step with what makes it safe: a probe that measures the gap, and the way back from whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ccdeploy.operations import back
from ccdeploy.operations.undisturbed import undisturbed
from ccdeploy.verify.probe import DowntimeProbe

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change
    from ccdeploy.transport.seam import HttpClient

Client = Callable[[], "HttpClient | None"]  # the way that is probed; None where there is none


def take(change: Change, client: Client, step: Callable[[DowntimeProbe | None], None]) -> None:
    """Take a step that brings the release into service and records it; go back from it when it fails, and raise why."""
    with ExitStack() as probing:
        probe = None
        try:
            probe = _started(client, probing)
            step(probe)
        except BaseException as exc:
            if change.is_recorded and isinstance(exc, KeyboardInterrupt):
                change.was_interrupted = True  # between the record and the next step: it came too late
            elif (error := back.go_back(change, exc, probe)) is not None:
                raise error from exc
        # The release serves and is recorded: Ctrl-C from here on must not keep that from being told.
        _, again = undisturbed(probing.close)
        change.was_interrupted = change.was_interrupted or again


def _started(client: Client, probing: ExitStack) -> DowntimeProbe | None:
    asked = client()
    if asked is None:
        return None
    probe = DowntimeProbe(probing.enter_context(asked))
    probing.callback(probe.stop)
    probe.start()
    return probe
