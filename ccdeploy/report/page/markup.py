"""HTML in which text cannot become markup: whatever is not Markup is escaped when it is put into an element."""

from __future__ import annotations

from html import escape

from ccdeploy.report.text import safe

_EMPTY = frozenset({"meta", "rect", "path", "line"})  # of HTML and SVG, those that we use without content


class Markup(str):
    """Text that is HTML already; only `element` and `joined` make it."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """Return an element; of an attribute, `_` is `-`, one at the end is dropped, and None leaves it out."""
    given = "".join(f' {_name(key)}="{_text(str(value))}"' for key, value in attributes.items() if value is not None)
    if name in _EMPTY and not children:
        return Markup(f"<{name}{given}>" if name == "meta" else f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Return children one after another, each escaped that is not Markup."""
    return Markup("".join(child if isinstance(child, Markup) else _text(child) for child in children))


def percent(part: float, whole: float) -> str:
    """Return a share for an attribute, to a thousandth: the same on every machine."""
    return f"{100 * part / whole:.3f}%"


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _text(text: str) -> str:
    return escape(safe(text))
