"""The memory of a phase as a figure: its models as parts of a bar, in the room that there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ccdeploy.report.page.markup import Markup, element, percent
from ccdeploy.report.plan_words import phase_name
from ccdeploy.report.segments import PARTS, Segment, segments
from ccdeploy.results import PhasePlan, PlannedModel
from ccdeploy.units import human_bytes

_TOP, _HEIGHT = 20, 40  # of the bar, in pixels; the numbers of the models are above it
_NARROW = 0.04  # a share of the width that a number does not fit above
_CLASSES = ("weights", "kv", "buffers")
_FILLS = (None, "url(#kv)", "url(#buffers)")


def patterns() -> Markup:
    """Return what tells the parts apart without colours: KV is striped, buffers are dotted. Once a page."""
    striped = element(
        "pattern",
        element("rect", width=8, height=8, class_="kv"),
        element("rect", width=2, height=8, class_="stripe"),
        id="kv", patternUnits="userSpaceOnUse", width=8, height=8, patternTransform="rotate(45)",
    )  # fmt: skip
    dotted = element(
        "pattern",
        element("rect", width=6, height=6, class_="buffers"),
        element("rect", x=2, y=2, width=2, height=2, class_="stripe"),
        id="buffers", patternUnits="userSpaceOnUse", width=6, height=6,
    )  # fmt: skip
    hidden = "position:absolute;width:0;height:0"
    return element("svg", element("defs", striped, dotted), aria_hidden="true", style=hidden)


def budget_figure(phase: PhasePlan, memory_bytes: int | None, whole_bytes: int, name: str) -> Markup:
    """Return the figure of a phase; `name` is unique in the page. Nothing where no size is known."""
    parts = segments(phase.models)
    if not parts or not whole_bytes:
        return Markup()
    told = _told(parts[-1].end_bytes, memory_bytes, is_all=phase.total_bytes is not None)
    sizes = "; ".join(_sizes(model) for model in phase.models)
    drawing = element(
        "svg",
        element("title", f"Memory of {phase_name(phase)}", id=f"{name}-title"),
        element("desc", f"{told}. {sizes}", id=f"{name}-desc"),
        *_room(memory_bytes, whole_bytes),
        *_bar(phase.models, parts, whole_bytes),
        *_end(parts[-1].end_bytes, memory_bytes, whole_bytes),
        role="img", aria_labelledby=f"{name}-title {name}-desc", height=_TOP + _HEIGHT + 28,
    )  # fmt: skip
    caption = element("figcaption", element("strong", "Memory"), f": {told}")
    return element("figure", caption, drawing, _models(phase.models), _key())


def _told(used_bytes: int, memory_bytes: int | None, *, is_all: bool) -> str:
    used = f"{'' if is_all else 'at least '}{human_bytes(used_bytes)}"
    if memory_bytes is None:
        return f"{used}; how much there is, is not known"
    left = memory_bytes - used_bytes
    free = f", {human_bytes(left)} free" if is_all else ""
    return f"{used} of {human_bytes(memory_bytes)}" + (free if left >= 0 else f", {human_bytes(-left)} too much")


def _sizes(model: PlannedModel) -> str:
    if model.total_bytes is None:
        return f"{model.model}: not known"
    sizes = zip(PARTS, (model.weights_bytes, model.kv_bytes, model.compute_bytes), strict=True)
    return f"{model.model}: {', '.join(f'{part} {human_bytes(size or 0)}' for part, size in sizes)}"


def _room(memory_bytes: int | None, whole_bytes: int) -> Iterator[Markup]:
    if memory_bytes is not None:
        width = percent(memory_bytes, whole_bytes)
        yield element("rect", class_="room", x=0, y=_TOP - 2, width=width, height=_HEIGHT + 4)


def _bar(models: Sequence[PlannedModel], parts: Sequence[Segment], whole_bytes: int) -> Iterator[Markup]:
    """Yield the parts, a gap between models, and above each model that is wide enough its number."""
    place = -1
    for part in parts:
        start, width = percent(part.start_bytes, whole_bytes), percent(part.size_bytes, whole_bytes)
        told = element("title", f"{models[part.place].model}: {PARTS[part.kind]} {human_bytes(part.size_bytes)}")
        yield element(
            "rect", told, class_=_CLASSES[part.kind], x=start, y=_TOP, width=width, height=_HEIGHT,
            style=f"fill:{_FILLS[part.kind]}" if _FILLS[part.kind] else None,
        )  # fmt: skip
        if part.place != place:
            place = part.place
            if place:
                yield element("line", class_="apart", x1=start, x2=start, y1=_TOP, y2=_TOP + _HEIGHT)
            if (models[place].total_bytes or 0) >= _NARROW * whole_bytes:
                yield element("text", str(place + 1), x=start, dx=3, y=_TOP - 6)


def _end(used_bytes: int, memory_bytes: int | None, whole_bytes: int) -> Iterator[Markup]:
    """Yield the line where the memory ends with its size, and what of the bar is beyond it."""
    if memory_bytes is None:
        return
    end, below = percent(memory_bytes, whole_bytes), _TOP + _HEIGHT
    yield element("line", class_="end", x1=end, x2=end, y1=_TOP - 8, y2=below + 10)
    anchor = "start" if memory_bytes < 0.2 * whole_bytes else "end"
    yield element("text", human_bytes(memory_bytes), x=end, dx=0, y=below + 26, text_anchor=anchor)
    if used_bytes > memory_bytes:
        used = percent(used_bytes, whole_bytes)
        yield element("line", class_="over", x1=end, x2=used, y1=below + 7, y2=below + 7)
        if used_bytes - memory_bytes > 0.4 * whole_bytes:
            told = f"{human_bytes(used_bytes - memory_bytes)} too much"
            yield element("text", told, class_="overtext", x=used, y=below + 26, text_anchor="end")


def _models(models: Sequence[PlannedModel]) -> Markup:
    rows = []
    for place, model in enumerate(models):
        size = "not known, not drawn" if model.total_bytes is None else human_bytes(model.total_bytes)
        rows.append(element("li", element("b", str(place + 1)), f" {model.model}: {size}"))
    return element("ul", *rows, class_="models")


def _key() -> Markup:
    items = []
    for part, class_, fill in zip(PARTS, _CLASSES, _FILLS, strict=True):
        box = element("rect", class_=class_, width=16, height=16, style=f"fill:{fill}" if fill else None)
        items.append(element("li", element("svg", box, aria_hidden="true"), {"KV": "KV cache"}.get(part, part)))
    return element("ul", *items, class_="key")
