"""What a watch sees, as lines for a person."""

from __future__ import annotations

from datetime import datetime

from ccdeploy.report.look import Look
from ccdeploy.report.text import safe, table
from ccdeploy.results.watch import ResidentModel, Residents, Watch, WatchAlarm, WatchLine
from ccdeploy.units import counted, human_bytes, human_seconds

_HEADER = ("MODEL", "SIZE", "ON CPU", "CONTEXT", "SINCE", "STAYS")
_FOR_EVER_S = 365 * 86_400.0  # Ollama says "for ever" as three hundred years
_MARKS = {"alarm": "failed", "silent": "warning", "offloaded": "warning", "evicted": "warning"}


def event_lines(line: WatchLine, look: Look) -> list[str]:
    """Return what happened: the time, a mark, and the words."""
    rows = event_rows(line, look)
    return [
        f"{line.at if not number else ' ' * len(line.at)}  {mark} {text}" for number, (mark, text) in enumerate(rows)
    ]


def event_rows(line: WatchLine, look: Look) -> list[tuple[str, str]]:
    """Return what happened, each row a mark and its words: one, and one for a remedy."""
    mark = look.mark(_MARKS.get(line.event, "note"))
    if isinstance(line, Residents):
        return [(mark, f"in memory: {safe(', '.join(map(_in_short, line.models)) or 'nothing')}")]
    remedy = [(look.arrow, safe(line.hint))] if isinstance(line, WatchAlarm) and line.hint else []
    return [(mark, safe(line.text)), *remedy]


def resident_lines(residents: Residents, look: Look) -> list[str]:
    """Return the table of a live view."""
    if not residents.models:
        return [look.paint("nothing is in memory", "dim")]
    head, *rows = table(_HEADER, [_row(model) for model in residents.models], look.width)
    painted = [
        look.paint(row, "yellow") if model.on_cpu_bytes else row
        for row, model in zip(rows, residents.models, strict=True)
    ]
    return [look.paint(head, "dim"), *painted]


def watch_lines(watch: Watch, look: Look) -> list[str]:
    """Return what a watch came to."""
    loads = f"{counted(watch.loads, 'load')}, {watch.reloads} of them again; {counted(watch.evictions, 'eviction')}"
    thrash = counted(len(watch.alarms), "alarm") if watch.alarms else "no thrash"
    mark = look.mark("failed" if watch.alarms else "ok")
    return [f"{mark} {safe(watch.host)}: watched for {human_seconds(watch.seconds)}: {loads}; {thrash}"]


def stays(model: ResidentModel) -> str:
    """Return how long a model stays if nobody asks for it."""
    left = model.expires_in_s
    if left is None:
        return "?"
    if left > _FOR_EVER_S:
        return "for ever"
    # Past its time it is about to go, or it still answers a request that takes longer than its keep_alive.
    return whole_seconds(left) if left >= 0 else f"{whole_seconds(-left)} over, in use or going"


def whole_seconds(value: float) -> str:
    """Return a duration that is counted every second."""
    return f"{int(value)} s" if value < 60 else human_seconds(int(value))


def _row(model: ResidentModel) -> tuple[str, ...]:
    return (
        model.name,
        human_bytes(model.size_bytes),
        human_bytes(model.on_cpu_bytes) if model.on_cpu_bytes else "",
        str(model.num_ctx_tokens or ""),
        time_of_day(model.since) if model.since else "before",
        stays(model),
    )


def _in_short(model: ResidentModel) -> str:
    context = f", context {model.num_ctx_tokens}" if model.num_ctx_tokens else ""
    cpu = f", {human_bytes(model.on_cpu_bytes)} on the CPU" if model.on_cpu_bytes else ""
    return f"{model.name} ({human_bytes(model.size_bytes)}{context}{cpu})"


def time_of_day(at: str) -> str:
    """Return a time as the clock of this machine shows it."""
    return datetime.fromisoformat(at).astimezone().strftime("%H:%M:%S")
