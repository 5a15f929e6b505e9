"""The bounds of a run and its tables: a run that lost something must say so, whatever else went well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from tests.benchmarks.runs import asked, kept, stream, with_green
from under_load import page
from under_load.summary import Run, bounds

LOST = (asked(30.0, None, fault="502: Bad Gateway"),)


def broken(run: Run) -> list[str]:
    """Return what is not kept."""
    return [one.what for one in bounds(run) if not one.is_kept]


def with_phase(place: int, **changed: object) -> Run:
    """Return a run with one phase changed."""
    run = kept()
    phases = list(run.phases)
    phases[place] = replace(phases[place], **changed)  # type: ignore[arg-type]
    return replace(run, phases=tuple(phases))


def test_a_run_without_a_loss_keeps_every_bound() -> None:
    """Else none of the others could tell which bound a fault breaks."""
    assert broken(kept()) == []


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (lambda: with_green(LOST), "blue-green: failed"),
        (lambda: with_green((stream(30.0, 31.0, "two", fault="it does not end"),)), "blue-green: streams cut"),
        (lambda: with_green((asked(60.0, "one"),)), "blue-green: wrong release"),
        (lambda: with_phase(2, gaps_s=(0.01,)), "blue-green: downtime"),
        (lambda: with_phase(2, calls=122), "blue-green: not once to Ollama"),
        (lambda: with_phase(2, loads=1), "model loads"),
        (lambda: with_phase(1, port_gaps_s=(9.1,)), "restart: gap, b + 0.5 s"),
        (lambda: with_phase(1, port_gaps_s=()), "restart: gaps"),
        (lambda: with_phase(1, port_gaps_s=(8.9, 0.1, 8.9)), "restart: gaps"),
        (lambda: with_phase(1, answers=(stream(1.0, 2.0, "two", fault="cut"),)), "restart: streams cut"),
        (lambda: replace(kept(), deploys_s=(12.3,)), "blue-green: idle deploy, 1.15 B + 3 s"),
        (lambda: replace(kept(), requests=10_000), "blue-green: requests"),
    ],
)
def test_each_loss_breaks_its_own_bound(made: Callable[[], Run], what: str) -> None:
    """A bound that nothing can break is none."""
    assert broken(made()) == [what]


def test_a_switch_with_little_under_way_proves_little() -> None:
    """Nobody is cut where nobody is there."""
    run = kept()
    run = with_green((), replace(run, phases=(replace(run.green, answers=run.green.answers[13:]),)))
    assert broken(replace(run, boots_s=(), deploys_s=())) == [
        "blue-green: in flight at a switch",
        "blue-green: streams across it",
    ]


def test_a_quick_run_is_held_to_what_it_measured() -> None:
    """It has no restart and no boot to compare with, and passes without."""
    run = kept()
    assert broken(Run((run.green,), (), (), run.requests)) == []


@pytest.mark.parametrize("width", [40, 80, 140])
def test_the_tables_fit_a_terminal(width: int) -> None:
    """Nothing of a figure may be lost at its edge."""
    run = kept()
    back = replace(run.green.turns[0], what="rollback")
    text = shown(with_phase(2, turns=(*run.green.turns, back)), width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    for figure in ("121", "30.0 s", "2.00", "<= 9.00 s", "blue-green", "30.0", "took"):
        assert figure in text


def test_the_evidence_names_what_was_lost_and_when() -> None:
    """A count alone would leave a person with nothing to look for; a gap's own failures are no evidence."""
    (line,) = page.faults(with_green(LOST))
    assert "sent +20.00 s" in line
    assert "502: Bad Gateway" in line


def test_the_page_has_every_row_of_the_tables() -> None:
    """Who reads the page sees what a run prints."""
    text = page.markdown(kept())
    assert "| streams cut | 0 | 0 | 0 |" in text
    assert "| 1. deploy | 20 | 20 |" in text
    assert text.count("| yes |") == len(bounds(kept()))


def shown(run: Run, width: int) -> str:
    """Return the tables as a terminal of that width shows them."""
    console = Console(file=StringIO(), width=width, highlight=False)
    for table in page.tables(run):
        console.print(table)
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue()
