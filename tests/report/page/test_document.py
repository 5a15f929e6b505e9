"""The page of a plan, without a browser."""

from __future__ import annotations

import re

from ccdeploy.report.page import plan_page
from ccdeploy.results import PhasePlan
from tests.report.page.pages import EVIL, everything, read
from tests.report.planned import FITS, UNKNOWN, plan, thrashing


def test_a_name_stays_text_wherever_it_stands() -> None:
    """Aliases and models are typed by people, and a wiki shows what it is given."""
    page = read(everything())
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img", "a", "link", "iframe", "object", "use"})
    assert sum(EVIL in text for text in page.texts) > 8
    assert not any(name.startswith("on") or name in ("src", "href") for _, found in page.elements for name in found)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", plan_page(everything()))


def test_it_may_load_nothing_and_run_nothing() -> None:
    """Whoever opens it tells nobody, and a browser would refuse what slipped in."""
    (policy,) = [one["content"] for one in read(everything()).all("meta") if one.get("http-equiv")]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    sheet = plan_page(plan(FITS)).partition("<style>")[2].partition("</style>")[0]
    assert "@import" not in sheet
    assert "http" not in sheet
    assert "url(" not in sheet


def test_a_figure_can_be_heard() -> None:
    """Each drawing has a title and a description, or is hidden; and the numbers are a table besides."""
    page = read(everything())
    ids = [found["id"] for _, found in page.elements if "id" in found]
    assert len(ids) == len(set(ids))
    for drawing in page.all("svg"):
        if drawing.get("aria-hidden") != "true":
            assert drawing["role"] == "img"
            assert set((drawing["aria-labelledby"] or "").split()) <= set(ids)
    assert page.all("html")[0]["lang"] == "en"
    assert [tag for tag, _ in page.elements if tag in ("h1", "h2")] == ["h1", *["h2"] * 7]
    assert len(page.all("table")) == len(page.all("caption")) == 4
    assert {found["scope"] for found in page.all("th")} == {"col", "row"}


def test_it_says_what_the_terminal_says() -> None:
    """Verdicts, sums, findings with their remedies, and who else calls models."""
    texts = " ".join(read(everything()).texts)
    for told in (
        "Phase 1 stable", "Together 38.0 GB of 40.0 GB; stable from 40.0 GB on", "38.0 GB of 40.0 GB, 2.0 GB free",
        "fast:7b evicts coder:32b (room: 8.0 GB expected, 2.0 GB to be had)", "Preload: curl -d '{\"model\"",
        "Phase 3 thrash", "58.0 GB of 40.0 GB, 18.0 GB too much", "120 loads an hour, 28 min of it lost",
        "60 loads, 59 unloads", "Missing: new:1b: layers", "new:1b: not known, not drawn",
        "GET /health, every 30.0 s: 120 loads an hour", "[thrash]", "→ ask for <less> & wait",
    ):  # fmt: skip
        assert told in re.sub(r"\s+", " ", texts), told


def test_the_bar_has_the_proportions_of_the_figures() -> None:
    """20, 8 and 2 GB, then 5, 2 and 1 of 40: what is drawn must be what is said."""
    page = read(plan(FITS))
    drawn = [(box["class"], box["x"], box["width"]) for box in page.all("rect") if "%" in (box.get("width") or "")]
    assert drawn == [
        ("room", "0", "100.000%"),
        ("weights", "0.000%", "50.000%"),
        ("kv", "50.000%", "20.000%"),
        ("buffers", "70.000%", "5.000%"),
        ("weights", "75.000%", "12.500%"),
        ("kv", "87.500%", "5.000%"),
        ("buffers", "92.500%", "2.500%"),
    ]


def test_an_hour_of_thrash_is_drawn_stay_by_stay() -> None:
    """Sixty boxes of loading and sixty of being there, in one path each: small, and true at any width."""
    paths = {box["class"]: box["d"] or "" for box in read(plan(thrashing())).all("path")[:2]}
    assert {name: path.count("z") for name, path in paths.items()} == {"loaded": 60, "loading": 60}
    assert paths["loading"].startswith("M0.0 21v-9H10.0v9z")
    assert len(plan_page(plan(thrashing()))) < 20_000


def test_what_is_not_known_is_not_drawn() -> None:
    """No room, no bar, no hour: the table still says what is asked for."""
    page = read(plan(PhasePlan(1, "unknown", (UNKNOWN,)), memory_gb=None))
    assert page.all("figure") == []
    assert len(page.all("table")) == 1
    assert read(plan(memory_gb=None)).all("section") == []


def test_the_same_plan_is_the_same_page() -> None:
    """A page under version control changes when the plan does."""
    assert plan_page(everything()) == plan_page(everything())
