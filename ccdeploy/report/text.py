"""Text that a terminal may be given: nothing in it moves the cursor, hides, or tells a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ccdeploy.findings import Finding
from ccdeploy.secret import mask

# Colours and titles that programs such as LiteLLM write into their logs: removed, they say nothing.
_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
# What is left of control characters, invisible and direction-changing ones, and halves of pairs: shown as escapes.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def safe(text: str) -> str:
    """Return `text` as one line without secrets or control characters; the latter become visible escapes."""
    plain = mask(_ESCAPE_SEQUENCE.sub("", text)).replace("\t", "    ")
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), plain)


def safe_lines(text: str) -> list[str]:
    """Return the lines of `text`, each safe."""
    return [safe(line) for line in text.splitlines()]


def finding_line(finding: Finding) -> str:
    """Return a finding as one safe line; its code is what `--allow` takes."""
    return safe(f"{finding} [{finding.code}]")


def rows(pairs: Iterable[tuple[str, str | None]], indent: str = "  ") -> list[str]:
    """Return `name  value` lines with the values in one column; pairs without a value are left out."""
    given = [(safe(name), safe(value)) for name, value in pairs if value]
    width = max((len(name) for name, _ in given), default=0)
    return [f"{indent}{name:<{width}}  {value}" for name, value in given]


def table(header: Sequence[str], body: Sequence[Sequence[str]], width: int | None = None) -> list[str]:
    """Return aligned columns, the last one cut at `width`; columns that are empty in every line are left out."""
    cells = [[safe(cell) for cell in line] for line in body]
    kept = [i for i in range(len(header)) if any(line[i] for line in cells)]
    lines = [[header[i] for i in kept], *([line[i] for i in kept] for line in cells)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(kept))]
    texts = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines]
    return [cut(text, width) for text in texts]


def cut(text: str, width: int | None) -> str:
    """Return `text`, ended by `...` where it is wider than `width`."""
    return text if width is None or len(text) <= width else text[: max(0, width - 3)] + "..."
