"""The colours of a page, as an eye sees them."""

from __future__ import annotations

import pytest

from ccdeploy.report.page.style import DARK, LIGHT, style

SCHEMES = {"light": LIGHT, "dark": DARK}


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_reckoned_as_it_is_defined() -> None:
    """A ruler that is bent measures nothing."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("colours", SCHEMES.values(), ids=SCHEMES)
@pytest.mark.parametrize("name", ["text", "muted", "good", "warn", "bad"])
def test_text_can_be_read_in_the_light_and_in_the_dark(colours: dict[str, str], name: str) -> None:
    """On the page and on what is set off from it."""
    assert min(contrast(colours[name], colours[ground]) for ground in ("page", "soft")) >= 4.5


@pytest.mark.parametrize("colours", SCHEMES.values(), ids=SCHEMES)
@pytest.mark.parametrize("name", ["edge", "weights", "kv", "buffers", "loading"])
def test_what_is_drawn_stands_out(colours: dict[str, str], name: str) -> None:
    """Three to one is what a shape needs."""
    assert min(contrast(colours[name], colours[ground]) for ground in ("page", "soft")) >= 3


def test_both_schemes_name_the_same_colours_and_each_is_used() -> None:
    """A name that one of them lacks is black on black."""
    assert LIGHT.keys() == DARK.keys()
    assert [name for name in LIGHT if f"var(--{name})" not in style()] == []
