"""The bar of a phase's memory, line by line."""

from __future__ import annotations

import pytest

from ccdeploy.report.budget_bar import bar_lines
from ccdeploy.report.cells import cells_of
from ccdeploy.report.look import Look
from ccdeploy.report.segments import scale_bytes
from ccdeploy.results import PhasePlan
from tests.report.planned import CODER, FITS, HOSTILE, LARGE, UNKNOWN, model, plan, thrashing

PLAIN = Look(has_unicode=True, width=44)  # forty cells of a bar: one a gigabyte, where nothing is larger
ASCII = Look(width=44)


def bar(phase: PhasePlan, look: Look = PLAIN, memory_gb: int | None = 40) -> list[str]:
    """Return the bar of a phase that is alone in its plan."""
    made = plan(phase, memory_gb=memory_gb)
    return bar_lines(phase, made.memory_bytes, scale_bytes(made), look)


def test_a_phase_that_fits_leaves_room_up_to_the_end_of_the_ruler() -> None:
    """Forty cells for 40 GB: 20, 8 and 2 for the one, 5, 2 and 1 for the other; two are free."""
    assert bar(FITS) == [
        "  memory:  █ weights  ▒ KV  ░ buffers",
        "  1                             2",
        "  ████████████████████▒▒▒▒▒▒▒▒░░█████▒▒░",
        "  ├──────── 40.0 GB, 2.0 GB free ────────┤",
        "  1 coder:32b  2 fast:7b",
    ]


def test_it_is_told_without_a_sign_that_ascii_lacks() -> None:
    """A serial console shows the same, cell by cell."""
    assert bar(FITS, ASCII) == [
        "  memory:  # weights  = KV  . buffers",
        "  1                             2",
        "  ####################========..#####==.",
        "  |-------- 40.0 GB, 2.0 GB free --------|",
        "  1 coder:32b  2 fast:7b",
    ]


def test_what_goes_over_the_memory_is_beyond_the_end_of_the_ruler() -> None:
    """58 GB in 40: the end of the memory is inside the bar, and the line goes on as another one."""
    assert bar(thrashing()) == [
        "  memory:  █ weights  ▒ KV  ░ buffers",
        "  1     2",
        "  ███▒▒░███████████████████████████▒▒▒▒▒▒░",
        "  ├──────── 40.0 GB ────────┤━━━━━━━━━━━━━",
        "  18.0 GB over",
        "  1 fast:7b  2 large:70b",
    ]
    assert bar(thrashing(), ASCII)[2:4] == [
        "  ###==.###########################======.",
        "  |-------- 40.0 GB --------|!!!!!!!!!!!!!",
    ]


def test_a_wide_one_has_its_figures_in_the_ruler_and_is_red_beyond_the_memory() -> None:
    """Each model has the other colour than its neighbour; red begins where the ruler ends, within a model too."""
    shown = [line.replace("\x1b", "^") for line in bar(thrashing(), Look(True, True, 84))]
    assert shown[2:] == [
        "  ^[36m███████▒▒▒░^[0m^[35m████████████████████████████████████████████^[0m^[31m███████████▒▒▒▒▒▒▒▒▒▒▒░░░^[0m",
        "  ├────────────────────── 40.0 GB ──────────────────────┤^[31m━━━━━━ 18.0 GB over ━━━━━^[0m",
        "  1 fast:7b  2 large:70b",
    ]


def test_phases_are_drawn_to_one_scale() -> None:
    """A small phase beside a large one is seen to be small."""
    made = plan(FITS, thrashing())
    assert scale_bytes(made) == 58 * 10**9
    lines = bar_lines(FITS, made.memory_bytes, scale_bytes(made), PLAIN)
    assert lines[2:4] == ["  ██████████████▒▒▒▒▒░░███▒▒", "  ├── 40.0 GB, 2.0 GB free ─┤"]


def test_a_size_that_is_not_known_is_not_drawn_and_promises_no_room() -> None:
    """10 GB "free" beside a model of any size would be a lie."""
    assert bar(PhasePlan(1, "unknown", (UNKNOWN, CODER)))[1:] == [
        "  2",
        "  ████████████████████▒▒▒▒▒▒▒▒░░",
        "  ├────────────── 40.0 GB ───────────────┤",
        "  1 new:1b (not known)  2 coder:32b",
    ]
    assert "  at least 10.0 GB over" in bar(PhasePlan(1, "unknown", (UNKNOWN, LARGE)))
    assert bar(PhasePlan(1, "unknown", (UNKNOWN,))) == []


def test_a_memory_that_is_not_known_is_no_ruler() -> None:
    """None is not zero: everything would be over."""
    lines = bar(PhasePlan(1, "unknown", (CODER,)), memory_gb=None)
    assert lines[3] == "  30.0 GB; the memory is not known"
    assert (
        "at least 30.0 GB; the memory is not known" in bar(PhasePlan(1, "unknown", (CODER, UNKNOWN)), memory_gb=None)[3]
    )


def test_a_model_that_is_too_small_for_a_cell_is_named_as_such() -> None:
    """It would otherwise be looked for."""
    tiny = PhasePlan(1, "stable", (model("nomic", 0.3), CODER))
    assert bar(tiny)[1] == "  2"
    assert bar(tiny)[-1] == "  1 nomic (less than a cell)  2 coder:32b"


@pytest.mark.parametrize("width", [1, 20, 40, 41, 57, 80, 132, 300])
@pytest.mark.parametrize("has_unicode", [True, False])
def test_no_line_is_wider_than_the_terminal(width: int, has_unicode: bool) -> None:
    """A bar that the terminal breaks is two bars; below 40 columns it stays readable and may be broken."""
    named = PhasePlan(1, "thrash", tuple(model(name, 3 + place, 1, 0.2) for place, name in enumerate(HOSTILE)))
    lines = bar(named, Look(has_unicode=has_unicode, width=width), memory_gb=20)
    assert max(map(cells_of, lines)) <= max(width, 40)
    assert not any("\x1b" in line or "\u202e" in line for line in lines)


def test_extreme_figures_are_drawn() -> None:
    """A thousand models, a memory of one byte, a model of an exabyte."""
    many = PhasePlan(1, "thrash", tuple(model(f"m{place}", 0.001) for place in range(1000)))
    assert len(bar(many)[2]) == 3
    assert bar_lines(FITS, 1, 38 * 10**9, PLAIN)[3:5] == ["  ┤━━━━━━━━━━━━━ 38.0 GB over ━━━━━━━━━━━━", "  1 B"]
    assert bar(PhasePlan(1, "thrash", (model("huge", 10**9),)))[2:5] == [
        "  " + "█" * 40, "  ┤━━━━━━━━━━ 1000000.0 TB over ━━━━━━━━━━", "  40.0 GB",
    ]  # fmt: skip
