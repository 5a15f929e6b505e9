"""Whether Traefik goes by its dynamic file: after the first writing, and before a switch is tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, error, warning
from ccdeploy.operations import point, traefik_api
from ccdeploy.operations.wiring import slot, traefik_of, wiring
from ccdeploy.remote.facts import gather

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.dynamic import Dynamic
    from ccdeploy.remote.facts import Facts
    from ccdeploy.settings import Host


def judge(work: Work, file: Dynamic) -> Iterator[Finding]:
    """Wait until Traefik shows what the file says, and yield a warning where it does not, or a rival takes requests."""
    host, traefik = work.host, work.host.traefik
    if traefik is None:
        return
    if file.written and traefik_api.seen(work) is not None and not point.is_shown_within(work, file):
        message = f"Traefik's API does not show {traefik.service}@file leading to {slot(host, file.written.to).url}"
        yield warning("traefik-not-shown", host.name, message, _remedy(host))
    for rival in traefik_api.rivals(work, wiring(traefik).rule, traefik.router):
        message = f"Traefik's router {rival} has the same rule as ours, and may take the requests"
        hint = f"remove it: {traefik.router}@file is to take its place"
        yield warning("traefik-rival", host.name, message, hint)


def judge_switch(work: Work, facts: Facts) -> Iterator[Finding]:
    """Yield an error where a switch by the file would not be seen, or would change nothing; waits for Traefik.

    A file that has changed since is not judged: somebody else switches at this moment, and whoever takes
    the lock next judges what came of it.
    """
    host, traefik, found = work.host, work.host.traefik, facts.dynamic
    if host.strategy != "blue-green" or traefik is None or found is None:
        return
    if found.written is None or not found.written.is_whole:
        return  # of which preflight tells
    # Waited for: an attempt that was cut off may have written it a moment ago.
    if point.is_shown_within(work, found) or _has_changed(work, found):
        return
    where = slot(host, found.written.to).url
    message = f"Traefik does not show that it goes by {found.path}, whose {traefik.service} leads to {where}"
    yield error("traefik-not-shown", host.name, message, f"{_remedy(host)}; `--strategy restart` does without it")


def _has_changed(work: Work, seen: Dynamic) -> bool:
    now = gather(work.transport, work.host).dynamic
    return now is not None and now.digest != seen.digest


def _remedy(host: Host) -> str:
    traefik = traefik_of(host)
    return (
        f"let its file provider watch the folder of {traefik.dynamic_file} (`providers.file.directory`, "
        f"`watch: true`), and let no other file in it name {traefik.router} or {traefik.service}; Traefik's log "
        "tells which"
    )
