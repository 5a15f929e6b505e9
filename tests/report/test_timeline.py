"""Who is loaded when, row by row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccdeploy.report.cells import cells_of
from ccdeploy.report.look import Look
from ccdeploy.report.timeline import timeline_lines
from ccdeploy.results import PhasePlan, Stay
from tests.report.planned import CODER, EVICTED, FITS, HOSTILE, model, thrashing

NARROW = Look(has_unicode=True, width=40)
LEGEND = ["  one hour:  █ loaded", "  ▓▒░ for a part of it", "  ▄▂▁ mostly loading"]


def test_an_eviction_is_where_one_row_ends_and_another_begins() -> None:
    """At 20 min the coder goes for the fast one, at 40 min it is back; each load takes 5 min."""
    assert timeline_lines(EVICTED, NARROW) == [
        *LEGEND,
        "  coder:32b  ▄█████      ▄█████  2 loads",
        "  fast:7b          ▄█████        1 load",
        "             0           60 min",
    ]


def test_it_is_told_without_a_sign_that_ascii_lacks() -> None:
    """A serial console shows the same, cell by cell."""
    assert timeline_lines(EVICTED, Look(width=40)) == [
        "  one hour:  # loaded",
        "  +:. for a part of it",
        "  Oo_ mostly loading",
        "  coder:32b  O#####      O#####  2 loads",
        "  fast:7b          O#####        1 load",
        "             0           60 min",
    ]


def test_a_wide_one_has_finer_cells_and_tells_unloads_and_the_half_hour() -> None:
    """What there is room for; on a pipe as on eighty columns."""
    lines = timeline_lines(EVICTED, Look(has_unicode=True, width=80))
    assert lines == [
        "  one hour:  █ loaded  ▓▒░ for a part of it  ▄▂▁ mostly loading",
        "  coder:32b  ▄▄▄▄████████████                ▄▄▄▄████████████  2 loads, 1 unload",
        "  fast:7b                    ▄▄▄▄████████████                  1 load, 1 unload",
        "             0                       30                60 min",
    ]
    assert timeline_lines(EVICTED, Look(has_unicode=True)) == lines
    coloured = timeline_lines(EVICTED, Look(True, True, 80))[2].replace("\x1b", "^")
    assert coloured == "  fast:7b    ^[36m                ▄▄▄▄████████████                ^[0m  1 load, 1 unload"


def test_stays_that_are_shorter_than_a_cell_show_their_share() -> None:
    """Each minute one is there for 12 s, most of it loading, the other for 48 s: no cell is blank or whole."""
    assert timeline_lines(thrashing(), NARROW)[3:] == [
        "  fast:7b    ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  60 loads",
        "  large:70b  ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓  60 loads",
        "             0          60 min",
    ]


def test_a_cell_in_which_a_model_was_reloaded_is_not_a_whole_one() -> None:
    """Evicted and back within a second: the share is nearly all, and yet it was not there all the time."""
    again = (Stay("coder:32b", 0, 1800, 0), Stay("coder:32b", 1800, 3600, 1))
    lines = timeline_lines(PhasePlan(1, "stable", (CODER,), simulated_s=3600.0, stays=again), NARROW)
    assert lines[3] == "  coder:32b  █████████▓████████  2 loads"


def test_a_model_that_is_never_loaded_has_an_empty_row() -> None:
    """It waits for ever; leaving it out would hide that."""
    alone = replace(EVICTED, stays=EVICTED.stays[:1])
    assert timeline_lines(alone, NARROW)[4] == "  fast:7b                        0 loads"


def test_less_than_an_hour_is_told_as_what_it_is() -> None:
    """Rounds of 25 min make 50 of the hour; the rest was not simulated, and is not blank."""
    short = PhasePlan(1, "stable", (CODER,), simulated_s=3000.0, stays=(Stay("coder:32b", 0, 3000, 300),))
    lines = timeline_lines(short, NARROW)
    assert (lines[0], lines[-1]) == ("  50 min:  █ loaded", "             0            50 min")
    assert lines[3] == "  coder:32b  ▄▄█████████████████  1 load"


def test_nothing_simulated_is_no_timeline() -> None:
    """A blank hour would read as an hour without a load."""
    assert timeline_lines(PhasePlan(1, "unknown", (CODER,)), NARROW) == []
    assert timeline_lines(replace(FITS, stays=()), NARROW) == []


@pytest.mark.parametrize("width", [1, 20, 40, 41, 57, 80, 132, 300])
@pytest.mark.parametrize("has_unicode", [True, False])
def test_no_line_is_wider_than_the_terminal(width: int, has_unicode: bool) -> None:
    """Chinese, control characters, a script, three hundred letters and no name at all."""
    stays = tuple(Stay(name, place * 500.0, place * 500.0 + 400, 20) for place, name in enumerate(HOSTILE))
    named = PhasePlan(1, "thrash", tuple(model(name, 1) for name in HOSTILE), simulated_s=3600.0, stays=stays)
    lines = timeline_lines(named, Look(has_unicode=has_unicode, width=width))
    assert max(map(cells_of, lines)) <= max(width, 40)
    assert len(lines) >= len(HOSTILE) + 2
    assert not any("\x1b" in line or "\u202e" in line for line in lines)
