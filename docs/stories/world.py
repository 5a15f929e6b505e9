"""Where a story is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docs.stories.names import Names


@dataclass(frozen=True)
class World:
    """Where a story is told: the folder that its shell begins in, its environment, and its names."""

    folder: Path
    environment: Mapping[str, str]
    names: Names

    def settle(self) -> None:
        """Let the settings that a command wrote name the ports that are there, as the commands of a page do."""
        for path in self.folder.parent.glob("*/configs/hosts.yaml"):
            text = path.read_text(encoding="utf-8")
            if (settled := self.names.as_run(text)) != text:
                path.write_text(settled, encoding="utf-8")
