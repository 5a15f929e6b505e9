"""Who is loaded when, as a figure: a lane a model, high where it is loaded, low while it is being loaded."""

from __future__ import annotations

from collections.abc import Sequence

from ccdeploy.report.page.markup import Markup, element, percent
from ccdeploy.report.segments import stays_by_model, unloads
from ccdeploy.results import PhasePlan, Stay
from ccdeploy.units import counted, human_seconds

_HIGH, _LOW = 20, 9  # of a lane, in its own units: loaded, and loading
_QUARTERS = 4


def timeline_figure(phase: PhasePlan, name: str) -> Markup:
    """Return the figure of a phase; `name` is unique in the page. Nothing where nothing was simulated."""
    if not phase.stays or not phase.simulated_s:
        return Markup()
    span_s = phase.simulated_s
    hour = "One hour" if span_s == 3600 else human_seconds(span_s)
    caption = element("figcaption", element("strong", hour), ", simulated: which model is in the memory when")
    rows = stays_by_model(phase).items()
    lanes = [_lane(model, stays, span_s, f"{name}-{place}") for place, (model, stays) in enumerate(rows)]
    return element("figure", caption, *lanes, _axis(span_s), _key())


def _axis(span_s: float) -> Markup:
    """Return the minutes below the lanes, each quarter."""
    texts = []
    for tick in range(_QUARTERS + 1):
        anchor = "start" if not tick else "end" if tick == _QUARTERS else "middle"
        told = f"{tick * span_s / 60 / _QUARTERS:g}" + (" min" if tick == _QUARTERS else "")
        texts.append(element("text", told, x=percent(tick, _QUARTERS), y=13, text_anchor=anchor))
    return element("svg", *texts, class_="axis", height=18, aria_hidden="true")


def _lane(model: str, stays: Sequence[Stay], span_s: float, name: str) -> Markup:
    told = f"{counted(len(stays), 'load')}, {counted(unloads(stays, span_s), 'unload')}"
    loading_s = sum(stay.loading_s for stay in stays)
    loaded_s = sum(stay.until_s - stay.from_s for stay in stays) - loading_s
    spent = f"{told}; loaded for {human_seconds(loaded_s)}, loading for {human_seconds(loading_s)}"
    drawing = element(
        "svg",
        element("title", model, id=f"{name}-title"),
        element("desc", spent, id=f"{name}-desc"),
        element("rect", class_="room", width=f"{span_s:g}", height=_HIGH + 2, vector_effect="non-scaling-stroke"),
        element("path", class_="loaded", d=_path([(s.from_s + s.loading_s, s.until_s) for s in stays], _HIGH)),
        element("path", class_="loading", d=_path([(s.from_s, s.from_s + s.loading_s) for s in stays], _LOW)),
        viewBox=f"0 0 {span_s:g} {_HIGH + 2}", preserveAspectRatio="none", role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )  # fmt: skip
    return element("div", element("div", element("span", model), element("span", told)), drawing, class_="lane")


def _path(times: Sequence[tuple[float, float]], height: int) -> str:
    """Return boxes from one time to another, as one path: a thrashing hour has hundreds."""
    base = _HIGH + 1
    return "".join(f"M{a:.1f} {base}v-{height}H{b:.1f}v{height}z" for a, b in times if b > a)


def _key() -> Markup:
    boxes = [("loaded", _HIGH, "loaded"), ("loading", _LOW, "being loaded: half as high")]
    items = []
    for class_, height, told in boxes:
        tall = round(16 * height / _HIGH)
        box = element("rect", class_=class_, y=16 - tall, width=16, height=tall)
        items.append(element("li", element("svg", box, aria_hidden="true"), told))
    return element("ul", *items, class_="key")
