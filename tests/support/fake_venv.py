"""A virtual environment that looks like one with LiteLLM in it: an executable, and a folder that tells the version."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[2]


def make(root: Path, version: str = "1.106.2", argv: Sequence[str] | None = None, name: str = "venv") -> Path:
    """Make `root/venv`, or another of this name, with bin/litellm and LiteLLM's metadata; return the executable.

    `argv` is the beginning of the command that the executable becomes; without one it is the
    stand-in, which then looks for its misbehave.json in venv/bin too.
    """
    metadata = root / name / "lib" / "python3.11" / "site-packages" / f"litellm-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.4\nName: litellm\nVersion: {version}\n", encoding="utf-8")
    executable = root / name / "bin" / "litellm"
    executable.parent.mkdir()
    if argv is None:
        return launcher(executable)
    executable.write_text(f'#!/bin/sh\nexec {shlex.join(argv)} "$@"\n', encoding="utf-8")
    executable.chmod(0o755)
    return executable


def launcher(path: Path) -> Path:
    """Write an executable at `path` that is the stand-in, and return it.

    Its command line reads as that of the real one: `python …/litellm --config …`.
    """
    path.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        f"sys.path.insert(0, {str(_REPOSITORY)!r})\n"
        "from tests.support.standin_litellm import main\n"
        "sys.exit(main())\n",
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path
