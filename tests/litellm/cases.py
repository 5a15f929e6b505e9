"""Reads the case files of tests/cases/litellm: a new case is a new file with a head like the others'.

# why it matters
# litellm: serves a b           what the real one does: serves NAMES[, starts ollama], refuses, or outside
# expect: CODE [FILE:]LINE      a finding; one line each, or `# expect: nothing`
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ccdeploy.litellm.includes import gather

FOLDER = Path(__file__).resolve().parents[1] / "cases" / "litellm"


@dataclass(frozen=True)
class Case:
    """One config, what lint must find in it, and what the real LiteLLM does with it."""

    name: str
    litellm: str
    expected: tuple[tuple[str, str], ...]

    @property
    def main(self) -> str:
        """The file's name."""
        return f"{self.name}.yaml"

    @property
    def files(self) -> dict[str, bytes]:
        """The config and its includes."""
        return gather(self.main, read)

    @property
    def served(self) -> list[str] | None:
        """The names that the real LiteLLM serves; None when it refuses to load the config."""
        names = self.litellm.partition(",")[0].removeprefix("serves").split()
        return sorted(names) if self.litellm.startswith("serves") else None


def read(path: str) -> bytes | None:
    """Return a file of the case folder, as the app reads a config's folder."""
    file = FOLDER / path
    return file.read_bytes() if file.is_file() else None


def case(name: str) -> Case:
    """Return the case of that name."""
    heads = [line[2:] for line in (FOLDER / f"{name}.yaml").read_text().splitlines() if line.startswith("# ")]
    told = {
        key: [h.removeprefix(f"{key}: ") for h in heads if h.startswith(f"{key}: ")] for key in ("litellm", "expect")
    }
    expected = [tuple(line.split()) for line in told["expect"] if line != "nothing"]
    return Case(name, told["litellm"][0], tuple(sorted((code, _place(name, at)) for code, at in expected)))


def _place(name: str, at: str) -> str:
    return at if ":" in at else f"{name}.yaml:{at}"


CASES = [case(file.stem) for file in sorted(FOLDER.glob("*.yaml"))]
