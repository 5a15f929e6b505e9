"""A run as tables: for a terminal of any width, and as the page of the documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Sequence

from rich import box
from rich.table import Table

from under_load.clients import CLIENTS
from under_load.summary import GREEN, Phase, Run, bounds
from under_load.turns import Switch, wrong

Rows = Sequence[Sequence[str]]
_ROWS: tuple[tuple[str, Callable[[Phase], str]], ...] = (
    ("requests sent", lambda phase: f"{len(phase.answers)}"),
    ("failed", lambda phase: f"{phase.failed}"),
    ("streams cut", lambda phase: f"{phase.cut}"),
    ("wrong release", lambda phase: f"{phase.wrong}"),
    ("longest wait", lambda phase: f"{phase.longest_wait_s:.1f} s"),
    ("downtime", lambda phase: _span(phase.gaps_s)),
    ("deploy time", lambda phase: _span([turn.seconds for turn in phase.turns])),
    ("model loads", lambda phase: f"{phase.loads}"),
)


def tables(run: Run) -> Iterator[Table]:
    """Yield the tables of a run: what it came to, each switch, each bound."""
    yield _table("No request lost", *_summary(run))
    yield _table("At each switch of blue-green; times in s", *_switches(run.green.switches))
    yield _table("Bounds; B is LiteLLM's own boot, b the one beside the streams", *_bounds(run))


def markdown(run: Run) -> str:
    """Return the page that docs/reference/under-load.md holds."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return _PAGE.format(
        clients=CLIENTS,
        machine=machine,
        boot=f"{run.boot_s:.1f} s",
        boots=_listed(run.boots_beside_s),
        gaps=_listed(run.restart.port_gaps_s if run.restart else ()),
        summary=_markdown(*_summary(run)),
        switches=_markdown(*_switches(run.green.switches)),
        bounds=_markdown(*_bounds(run)),
    )


def faults(run: Run, most: int = 8) -> Iterator[str]:
    """Yield what was wrong with the first requests that blue-green lost, or a restart cut, and when."""
    for phase in run.phases:
        may_fail = phase.name != GREEN  # that a gap has failures is what a gap is
        lost = [one for one in phase.answers if one.is_cut or (one.is_failed and not may_fail)]
        for one in [*sorted(lost, key=lambda one: one.sent_s), *wrong(phase.answers, phase.turns)][:most]:
            began_s = max((turn.began_s for turn in phase.turns if turn.began_s <= one.ended_s), default=one.sent_s)
            times = f"sent {one.sent_s - began_s:+.2f} s, ended {one.ended_s - began_s:+.2f} s"
            why = one.fault or "the wrong release"
            yield f"{phase.name}: {one.kind}, {times}, by {one.release or 'nobody'}: {why}"


def _summary(run: Run) -> tuple[list[str], Rows]:
    heads = ["", *(phase.name for phase in run.phases)]
    return heads, [[what, *(told(phase) for phase in run.phases)] for what, told in _ROWS]


def _switches(switches: Sequence[Switch]) -> tuple[list[str], Rows]:
    heads = ["", "in flight", "streams across", "new from", "old until", "took"]
    rows = [
        [
            f"{place}. {one.turn.what}",
            f"{one.in_flight}",
            f"{one.spanning}",
            _after(one.first_answer_s),
            _after(one.last_of_old_s),
            f"{one.turn.seconds:.1f}",
        ]
        for place, one in enumerate(switches, 1)
    ]
    return heads, rows


def _bounds(run: Run) -> tuple[list[str], Rows]:
    rows = [[one.what, one.found, one.wanted, "yes" if one.is_kept else "NO"] for one in bounds(run)]
    return ["bound", "found", "wanted", "kept"], rows


def _table(title: str, heads: Sequence[str], rows: Rows) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE, show_edge=False, pad_edge=False, padding=0)
    for place, head in enumerate(heads):  # figures are never broken, and what is above them always: names have the rest
        is_name = place == 0
        above = head if is_name else head.replace(" ", "\n")
        table.add_column(above, justify="left" if is_name else "right", no_wrap=not is_name)
    for row in rows:
        table.add_row(*row, style="bold red" if row[-1] == "NO" else None)
    return table


def _markdown(heads: Sequence[str], rows: Rows) -> str:
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _span(seconds: Sequence[float]) -> str:
    low, high = min(seconds, default=0.0), max(seconds, default=0.0)
    return f"{high:.1f} s" if len(seconds) < 2 else f"{low:.1f} to {high:.1f} s"


def _listed(seconds: Sequence[float]) -> str:
    return ", ".join(f"{one:.2f}" for one in seconds) + " s"


def _after(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.2f}"


_PAGE = """\
# Under load

Made by `.venv/bin/python benchmarks/no_request_lost.py --write`: the real LiteLLM, the real Traefik and the SSH server
of the sandbox, all on one machine, {machine}.

Anyone can run it: it needs the sandbox, works in a temporary folder, and takes about thirteen minutes, or two
with `--quick`, which compares with nothing. It ends with 1 when a bound below is not kept.

{clients} clients each hold a long stream and send requests beside it, through Traefik, while what serves is changed: by
hand as in [the incident](../explanation/incident.md) (stop the proxy, start it under `nohup`, sleep 5), by
`ccdeploy restart`, and by deploys and rollbacks with `strategy: blue-green`. Every answer has numbered words and is
checked to its last byte, and it names the release that gave it. B, LiteLLM's own boot in the same run, without load:
{boot}.

{summary}

- *Wrong release*: one that did not serve yet when it was asked, or not any more.
- *Longest wait*: for the first byte, of those that were answered.
- *Downtime*: no answer through Traefik, by a probe of its own.
- *Deploy time*: of the command, the old proxy's last stream included.
- *Model loads*: all that happened meanwhile.

At each switch of blue-green, the moment at which Traefik's file first names the other slot: how many requests were in
flight; how many streams had begun before it and ended whole after the new release's first answer; how long after it
the new release answered first; until when after it the old one was still given new requests; how long the command took.
Times are in seconds.

{switches}

{bounds}

b is LiteLLM's boot beside the streams: measured right before each restart, on the other port, by starting LiteLLM alone
while the old proxy goes on with the same streams: {boots}. The gaps: {gaps}. A gap is that of the proxy's
port; users wait for Traefik's health check besides. *Not once to Ollama*:
by how much the requests that reached Ollama differ from those that were sent.

By hand, streams are cut because LiteLLM by itself gives them 30 s once it was told to stop, and some of these last
longer. What ccdeploy starts is given as long as `drain_timeout`.
"""
