"""The page of a plan as Chromium shows it: one start for all of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ccdeploy.report.page import plan_page
from tests.report.page.pages import EVIL, everything
from tests.support.chromium import PROGRAM, Browser, chromium

pytestmark = pytest.mark.skipif(
    PROGRAM is None and not os.environ.get("CI"), reason="no chromium here; .ci/run installs one"
)

LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (360, 1280)]
PAPER = 718  # pixels of an A4 sheet between its margins
# What sticks out of the page; what is in a box that scrolls does not.
_STICKING_OUT = """[...document.querySelectorAll("body *")].filter(one => !one.closest(".scroll table")
  && !one.closest("pattern") && one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 80))"""
_HIDDEN = """[...document.querySelectorAll("h1, h2, p, li, td, th, figcaption")].filter(one =>
  !one.checkVisibility() || !one.getBoundingClientRect().height).map(one => one.outerHTML.slice(0, 80))"""
_COLOURS = (
    """(() => { const shown = getComputedStyle(document.body); return [shown.color, shown.backgroundColor] })()"""
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return a browser with the page of a plan that has everything in it."""
    folder = tmp_path_factory.mktemp("chromium")
    path = folder / "memory.html"
    path.write_text(plan_page(everything()), encoding="utf-8")
    with chromium(folder / "profile") as browser:
        browser.open(path)
        yield browser


def paper(page: Browser) -> None:
    """Show the page as a printer would, for somebody who works in the dark."""
    page.shown(scheme="dark", width=PAPER)
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    page.call("Emulation.setEmulatedMedia", media="print", features=[dark])


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_all_of_it_is_seen_and_nothing_sticks_out(page: Browser, scheme: str, width: int) -> None:
    """On a phone and on a screen, in the light and in the dark."""
    page.shown(scheme=scheme, width=width)
    assert page.value("innerWidth") == width
    assert page.value("document.documentElement.scrollWidth") == width
    assert page.value(_STICKING_OUT) == []
    assert page.value(_HIDDEN) == []
    assert EVIL in page.value("document.body.innerText")


def test_the_dark_is_dark_and_paper_is_light(page: Browser) -> None:
    """Somebody who works at night is not dazzled, and a printer does not print a black sheet."""
    seen = {}
    for scheme in ("light", "dark"):
        page.shown(scheme=scheme, width=1280)
        seen[scheme] = page.value(_COLOURS)
    assert seen == {
        "light": ["rgb(31, 35, 40)", "rgb(255, 255, 255)"],
        "dark": ["rgb(230, 237, 243)", "rgb(15, 19, 25)"],
    }
    paper(page)
    assert page.value(_COLOURS) == seen["light"]


def test_a_sheet_of_paper_has_all_of_a_table(page: Browser) -> None:
    """Nobody can scroll it there."""
    paper(page)
    edges = page.value('[...document.querySelectorAll("table")].map(one => one.getBoundingClientRect().right)')
    assert len(edges) == 4
    assert max(edges) <= PAPER


def test_a_bar_is_drawn_with_its_patterns(page: Browser) -> None:
    """A page whose drawing the policy forbids would be white where the bar is; light blue on white would be too."""
    page.shown(scheme="light", width=1280)
    assert page.value('document.querySelectorAll("rect.kv").length') > 3
    boxes = page.value(
        '[...document.querySelectorAll("figure rect.weights")].map(one => one.getBoundingClientRect().width)'
    )
    assert min(boxes) > 5
    assert page.value('getComputedStyle(document.querySelector("figure rect.kv")).fill') == 'url("#kv")'
    assert page.value('getComputedStyle(document.querySelector("path.loaded")).fill') == "rgb(10, 79, 158)"


def test_nothing_was_asked_for_and_nothing_complained(page: Browser) -> None:
    """The page itself is the only request, and the console is empty: no script ran, no policy was broken."""
    page.value("1")
    asked = [e["params"]["request"]["url"] for e in page.events if e["method"] == "Network.requestWillBeSent"]
    assert [url.rpartition("/")[2] for url in asked] == ["memory.html"]
    noisy = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")
    assert [event for event in page.events if event["method"] in noisy] == []
