"""Reads the cases of tests/cases/watching: looks at /api/ps, each with what is to be told of it below it.

A look is the second, and who is resident: `a:4096+300/60%` is the model `a` with that context, that
many seconds until it expires, and that share in video memory. `-` is nobody; `late` and `down` are
no answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ccdeploy.ollama.answers import Resident
from ccdeploy.ollama.thrash import Limits
from ccdeploy.ollama.watching import Snapshot, Watcher
from ccdeploy.results.watch import Residents, WatchAlarm, WatchLine

CASES = sorted((Path(__file__).resolve().parents[1] / "cases" / "watching").glob("*.txt"))
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
SIZE = 10_000
_MODEL = re.compile(r"(?P<name>[a-z]+)(?::(?P<ctx>\d+))?(?P<left>[-+]\d+)?(?:/(?P<share>\d+)%)?")


@dataclass
class Case:
    """Looks, and for each what is told."""

    limits: Limits = field(default_factory=Limits)
    blobs: dict[str, str] = field(default_factory=dict)
    looks: list[tuple[Snapshot, list[str]]] = field(default_factory=list)

    def watcher(self) -> Watcher:
        """Return a watcher for it."""
        watcher = Watcher(self.limits)
        watcher.thrash.blobs.update(self.blobs)
        return watcher


def read_case(path: Path) -> Case:
    """Read one file."""
    case = Case()
    for line in path.read_text().splitlines():
        first, _, rest = line.strip().partition(" ")
        if first == "limits":
            given: dict[str, Any] = {name: int(value) for name, value in pairs(rest)}
            within_s = given.pop("within", 300)
            case.limits = Limits(**given, within_s=within_s)
        elif first == "blob":
            case.blobs = dict(pairs(rest))
        elif first.isdigit():
            case.looks.append((look(int(first), rest.strip()), []))
        elif not line.startswith("#"):
            case.looks[-1][1].append(line.strip())
    return case


def look(at_s: int, who: str) -> Snapshot:
    """Return the snapshot that a line tells."""
    at = MIDNIGHT + timedelta(seconds=at_s)
    word, _, fault = who.partition(" ")
    if word in ("late", "down"):
        return Snapshot(at, None, fault=fault, is_down=word == "down")
    return Snapshot(at, tuple(_model(text, at) for text in who.split() if text != "-"))


def word(line: WatchLine) -> str:
    """Return what is told as a case writes it."""
    if isinstance(line, Residents):
        names = [f"{m.name}:{m.num_ctx_tokens}" if m.num_ctx_tokens else m.name for m in line.models]
        return f"resident {' '.join(names) or '-'}"
    if isinstance(line, WatchAlarm):
        every = f" every {line.every_s}" if line.every_s else ""
        return f"alarm {line.rule} {line.count} {'+'.join(sorted(line.models))} {line.cause}{every}"
    others = f" for {'+'.join(line.others)}" if line.others else ""
    return f"{line.event} {line.model or ''}{others}".strip()


def pairs(text: str) -> list[list[str]]:
    """Return `a=b c=d` as pairs."""
    return [part.split("=") for part in text.split()]


def _model(text: str, at: datetime) -> Resident:
    found = _MODEL.fullmatch(text)
    assert found, text
    return Resident(
        name=found["name"],
        digest=found["name"],
        size_bytes=SIZE,
        size_vram_bytes=SIZE * int(found["share"] or 100) // 100,
        num_ctx_tokens=int(found["ctx"]) if found["ctx"] else None,
        expires_at=at + timedelta(seconds=int(found["left"])) if found["left"] else None,
    )
