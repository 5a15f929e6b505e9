"""What the logs of the proxy take of the disk."""

from __future__ import annotations

from ccdeploy.findings import warning
from ccdeploy.operations.doctor.seen import Judged, Seen
from ccdeploy.operations.remedy import below_root, on_host
from ccdeploy.remote.process import SERVING_LOG
from ccdeploy.shell.launch import LOG_KEPT_BYTES
from ccdeploy.units import human_bytes

PROXY_LOG = SERVING_LOG.rpartition("/")[2]
MOST_BYTES = 1_000_000_000  # a hundred times what litellm.log is turned over at when a proxy starts


def judge(seen: Seen) -> Judged:
    """Say when they take much, or more than is still free."""
    logs = seen.around.logs
    if not logs:
        return
    whole, free = sum(logs.values()), seen.facts.free_bytes
    largest = max(logs, key=lambda name: logs[name])
    told = f"{human_bytes(whole)} in logs/, {human_bytes(logs[largest])} of it {largest}"
    if whole <= MOST_BYTES and (free is None or whole <= free):
        yield f"logs: {told}"
        return
    left = f", and {human_bytes(free)} are free" if free is not None else ""
    yield warning("log-size", seen.name, f"{told}{left}", _remedy(seen, largest, logs[largest]))


def _remedy(seen: Seen, name: str, size_bytes: int) -> str:
    """Return the line that frees what a log takes: kept under another name as long as somebody writes to it."""
    file = below_root(seen.host, f"logs/{name}")
    if name.startswith(f"{PROXY_LOG}."):
        return on_host(seen.host, f"rm {file}")
    if name == PROXY_LOG and size_bytes > LOG_KEPT_BYTES and seen.facts.current_release is not None:
        return f"ccdeploy restart --host {seen.name} && {on_host(seen.host, f'rm {file}.1')}"
    # Cut down in place: who writes at the end of its file goes on at the new end.
    return on_host(seen.host, f": > {file}")
