"""What the logs of the proxy take of the disk."""

from __future__ import annotations

from ccdeploy.findings import warning
from ccdeploy.operations.doctor.seen import Judged, Seen
from ccdeploy.operations.remedy import below_root, on_host
from ccdeploy.units import human_bytes

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
    # Cut down in place: a proxy that writes at the end of its file goes on at the new end.
    file = below_root(seen.host, f"logs/{largest}")
    left = f", and {human_bytes(free)} are free" if free is not None else ""
    yield warning("log-size", seen.name, f"{told}{left}", on_host(seen.host, f": > {file}"))
