"""The site: it builds, its links are checked while it does, and a reader's browser asks nobody else for anything."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from docs.generate import ROOT

_LOADS = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("form", "action")}
_LINKS_THAT_LOAD = ("stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload")
_IN_CSS = re.compile(r"url\(\s*['\"]?(?P<address>(?:https?:)?//[^)'\"]+)|@import\s+['\"](?P<imported>[^'\"]+)")


def build(project: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a project, as `make docs` does. With `--quiet`, mkdocs would count no warning."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(into)]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=180, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the built site."""
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stderr
    return folder


class _Loads(HTMLParser):
    """Collects what a browser fetches by itself for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the addresses of an element that loads."""
        given = dict(attrs)
        self.found += [str(value) for name, value in attrs if (tag, name) in _LOADS]
        if tag == "link" and any(word in (given.get("rel") or "") for word in _LINKS_THAT_LOAD):
            self.found.append(given.get("href") or "")


def loaded_from_elsewhere(text: str, kind: str) -> list[str]:
    """Return the addresses on other hosts that a page or a stylesheet makes a browser fetch."""
    if kind == ".css":
        found = [match["address"] or match["imported"] for match in _IN_CSS.finditer(text)]
    else:
        parser = _Loads()
        parser.feed(text)
        found = parser.found
    return [address for address in found if address.startswith(("http:", "https:", "//"))]


def files(site: Path) -> Iterator[Path]:
    """Yield the pages and stylesheets of a site."""
    for pattern in ("*.html", "*.css"):
        yield from sorted(site.rglob(pattern))


def test_the_site_asks_no_other_host_for_anything(site: Path) -> None:
    """Who reads about a private gateway tells nobody so; and the pages work without a network."""
    seen = {path.name: loaded_from_elsewhere(path.read_text(encoding="utf-8"), path.suffix) for path in files(site)}
    assert {"index.html", "verbs.html", "changelog.html"} <= seen.keys()
    assert {name: found for name, found in seen.items() if found} == {}


def test_nothing_on_a_page_wakes_the_scripts_that_would_ask(site: Path) -> None:
    """The theme fetches a library for diagrams, and a repository's stars, where a page has one."""
    text = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.html"))
    assert 'class="mermaid"' not in text
    assert 'data-md-component="source"' not in text


def test_only_pages_are_published(site: Path) -> None:
    """What makes the pages lies beside them, and is nobody's reading."""
    assert list(site.rglob("*.py")) == []


def test_a_link_out_of_the_site_is_a_name_there(site: Path) -> None:
    """The pages name source files; the site has none, and a dead link is worse than a plain name."""
    text = (site / "explanation" / "architecture.html").read_text(encoding="utf-8")
    assert "operations/deploy.py" in text
    assert 'deploy.py"' not in text


@pytest.mark.parametrize("link", ["nowhere.md", "reference/verbs.md#nowhere"])
def test_a_link_that_leads_nowhere_stops_the_build(link: str, tmp_path: Path) -> None:
    """Otherwise the check of links checks nothing."""
    for name in ("mkdocs.yml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    index = tmp_path / "docs" / "index.md"
    index.write_text(f"{index.read_text(encoding='utf-8')}\n[gone]({link})\n", encoding="utf-8")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    assert "nowhere" in done.stderr


def test_what_a_browser_fetches_is_found() -> None:
    """Guards the looking itself."""
    page = (
        '<link rel="stylesheet" href="https://fonts.example/a.css"><a href="https://x.example">x</a><img src="b.png">'
    )
    assert loaded_from_elsewhere(page, ".html") == ["https://fonts.example/a.css"]
    assert loaded_from_elsewhere("a{background:url(//cdn.example/c.png)}", ".css") == ["//cdn.example/c.png"]
