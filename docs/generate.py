"""Rewrites the generated parts of docs/ and README.md: `python -m docs.generate`; with `--check` it only looks.

Knows the markers. What goes between them is in docs/blocks.py; whole files are made in docs/schemas.py and docs/man.py.

    <!-- generated: NAME -->
    ...
    <!-- end of NAME -->
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from docs.blocks import BLOCKS
from docs.man import man_pages
from docs.schemas import SCHEMAS

ROOT = Path(__file__).resolve().parents[1]
COMMAND = "python -m docs.generate"
_BLOCK = re.compile(r"<!-- generated: (?P<name>[a-z-]+) -->\n(?P<body>.*?)<!-- end of (?P=name) -->", re.DOTALL)
_MARKER = re.compile(r"<!-- (?:generated: |end of )(?P<name>[a-z-]+) -->")


def pages() -> list[Path]:
    """Return every page that a user reads."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def rewritten(text: str, blocks: Mapping[str, str]) -> str:
    """Return a page with its generated parts made anew. Raises ValueError for a marker that means nothing."""
    found = {match["name"] for match in _BLOCK.finditer(text)}
    for marker in _MARKER.finditer(text):
        if marker["name"] not in found:
            raise ValueError(f"{marker[0]} has no partner")
        if marker["name"] not in blocks:
            raise ValueError(f"{marker[0]}: there is no such part; known are {', '.join(blocks)}")
    return _BLOCK.sub(lambda match: _filled(match["name"], blocks[match["name"]]), text)


def stale(blocks: Mapping[str, str]) -> dict[str, str]:
    """Return what has to be written, by its path in the project: whatever is not what the code says."""
    made = {str(page.relative_to(ROOT)): rewritten(page.read_text(encoding="utf-8"), blocks) for page in pages()}
    made |= {name: make() for name, make in SCHEMAS.items()} | man_pages()
    return {name: text for name, text in made.items() if _text_of(ROOT / name) != text}


def main(arguments: list[str]) -> int:
    """Rewrite what is stale, or with `--check` name it and return 1."""
    found = stale({name: make() for name, make in BLOCKS.items()})
    if "--check" in arguments:
        for name in found:
            print(f"{name}: a generated part is stale; run {COMMAND}", file=sys.stderr)
        return 1 if found else 0
    for name, text in found.items():
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(text, encoding="utf-8")
        print(f"wrote {name}")
    return 0


def _filled(name: str, body: str) -> str:
    return f"<!-- generated: {name} -->\n\n{body.strip()}\n\n<!-- end of {name} -->"


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
