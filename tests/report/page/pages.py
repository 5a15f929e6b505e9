"""Pages that tests look at, and what is to be seen of one without a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from ccdeploy.findings import error, note, warning
from ccdeploy.report.page import plan_page
from ccdeploy.results import PhasePlan, Plan, PlannedCaller, Stay
from tests.report.planned import CODER, EVICTED, FITS, HOSTILE, UNKNOWN, model, plan, thrashing

EVIL = "<script>alert(1)</script>\"'><img src=http://192.0.2.1/x onerror=alert(2)>"
_VOID = ("meta", "rect", "path", "line")


def everything() -> Plan:
    """Return a plan with each verdict, each kind of finding, and names that nobody should have."""
    stays = tuple(Stay(name, place * 500.0, place * 500.0 + 400, 20) for place, name in enumerate((*HOSTILE, EVIL)))
    named = (*(model(name, 2, 1, 0.2) for name in (*HOSTILE, EVIL)), UNKNOWN)
    hostile = PhasePlan(4, "unknown", named, missing=("new:1b: layers",), simulated_s=3600.0, stays=stays)
    bare = PhasePlan(5, "unknown", ())
    found = (
        error("thrash", "tdd.yaml:5", "phase 3", "ask for <less> & wait"),
        warning("w", None, EVIL),
        note("n", "a", "b"),
    )
    called = PlannedCaller("GET /health", 30.0, ("fast:7b",), 120.0)
    made = plan(FITS, EVICTED, thrashing(), hostile, bare)
    return Plan(EVIL, made.memory_bytes, EVIL, "0.33.0", 30.0, 2.2e9, made.phases, callers=(called,), findings=found)


@dataclass
class Page(HTMLParser):
    """A page, read as HTML: its elements with their attributes, and its text."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    open_: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open_.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep one without content."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Demand that elements end in order."""
        assert self.open_.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def read(made: Plan) -> Page:
    """Return the page of a plan, read."""
    page = Page()
    page.feed(plan_page(made))
    page.close()
    assert page.open_ == []
    return page


__all__ = ["CODER", "EVIL", "Page", "everything", "read"]
