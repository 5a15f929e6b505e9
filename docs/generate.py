"""Rewrites the generated parts of docs/ and README.md: `python -m docs.generate`; with `--check` it only looks.

Knows the markers. What goes between them is in docs/blocks.py.

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


def stale(blocks: Mapping[str, str]) -> list[str]:
    """Return the pages whose generated parts are not what the code says now, relative to the project."""
    return [str(page.relative_to(ROOT)) for page in pages() if _is_stale(page, blocks)]


def main(arguments: list[str]) -> int:
    """Rewrite the stale pages, or with `--check` name them and return 1."""
    blocks = {name: make() for name, make in BLOCKS.items()}
    found = stale(blocks)
    if "--check" in arguments:
        for name in found:
            print(f"{name}: a generated part is stale; run {COMMAND}", file=sys.stderr)
        return 1 if found else 0
    for name in found:
        page = ROOT / name
        page.write_text(rewritten(page.read_text(encoding="utf-8"), blocks), encoding="utf-8")
        print(f"wrote {name}")
    return 0


def _filled(name: str, body: str) -> str:
    return f"<!-- generated: {name} -->\n\n{body.strip()}\n\n<!-- end of {name} -->"


def _is_stale(page: Path, blocks: Mapping[str, str]) -> bool:
    text = page.read_text(encoding="utf-8")
    return rewritten(text, blocks) != text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
