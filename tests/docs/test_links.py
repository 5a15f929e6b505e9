"""Every link within the project leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.generate import ROOT, pages
from tests.docs.reading import anchors, links


def broken(page: Path) -> list[str]:
    """Return the links of a page whose file, or whose heading in it, does not exist."""
    found = []
    for target in links(page.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            found.append(target)
    return found


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_resolves(page: Path) -> None:
    """A dead link is a question that the page raised and does not answer."""
    assert broken(page) == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    """A page that nobody is led to is not read."""
    reached: set[Path] = set()
    left = [ROOT / "README.md"]
    while left:
        page = left.pop()
        reached.add(page)
        targets = [target.partition("#")[0] for target in links(page.read_text(encoding="utf-8"))]
        found = {(page.parent / name).resolve() for name in targets if name.endswith(".md")}
        left += sorted(found - reached)
    assert sorted(str(page.relative_to(ROOT)) for page in set(pages()) - reached) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """Each way to be broken: no file, no heading in another page, no heading in this one."""
    (tmp_path / "other.md").write_text("# There\n")
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](none.md) [b](other.md#nowhere) [c](#gone) [d](other.md#there) [e](#here)\n")
    assert broken(page) == ["none.md", "other.md#nowhere", "#gone"]
