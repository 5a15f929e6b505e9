"""Whoever sits at the terminal: is told what matters while we connect, and asked for passphrases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import paramiko

from ccdeploy.transport.passphrases import Locked, Passphrases


@dataclass(frozen=True)
class Person:
    """`tell` shows a sentence; `passphrases` remembers what was unlocked for the length of the command."""

    tell: Callable[[str], None]
    passphrases: Passphrases

    def unlock(self, path: Path) -> paramiko.PKey | Locked:
        """Return the key in a locked file, or why it stays locked."""
        return self.passphrases.unlock(path)
