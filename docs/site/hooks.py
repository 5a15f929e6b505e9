"""What the site does differently from the pages as they lie in the repository.

A page may point at a source file; the site has none, so the name stays and the link goes. The changelog, which lies
beside README.md, becomes a page of the site.
"""

from __future__ import annotations

import posixpath
import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

CHANGELOG = "changelog.md"
_PUBLISHED = (".md", ".json", ".svg")
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>(?!https?://|mailto:|#)[^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the changelog to the pages."""
    source = posixpath.join(posixpath.dirname(config.config_file_path or ""), "CHANGELOG.md")
    files.append(File.generated(config, CHANGELOG, abs_src_path=source))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Take the links out of a page that lead out of the site."""
    folder = "." if page.file.src_uri == CHANGELOG else posixpath.join("docs", posixpath.dirname(page.file.src_uri))

    def within(match: re.Match[str]) -> str:
        return _within(match, folder, page.file.src_uri)

    kept: list[str] = []
    end = 0
    for fence in _FENCED.finditer(markdown):
        kept += [_LINK.sub(within, markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*kept, _LINK.sub(within, markdown[end:])])


def _within(match: re.Match[str], folder: str, page: str) -> str:
    """Return a link of a page as the site has it; `folder` is where its source lies, from the top of the project."""
    name, hash_, anchor = match["target"].partition("#")
    path = posixpath.normpath(posixpath.join(folder, name))
    if path == "CHANGELOG.md":
        path = f"docs/{CHANGELOG}"
    if not path.startswith("docs/") or not path.endswith(_PUBLISHED):
        return match["text"]
    here = posixpath.dirname(posixpath.join("docs", page))
    return f"[{match['text']}]({posixpath.relpath(path, here)}{hash_}{anchor})"
