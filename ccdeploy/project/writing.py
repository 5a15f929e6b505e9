"""Writes files that are not there, all or none, and one that is there in a single rename."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from ccdeploy.errors import Refused


def write_missing(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """Write each text whose file is not there, and return their paths. Raises Refused, with nothing left behind."""
    made: list[Path] = []
    try:
        return [name for name, text in texts.items() if _write(folder, folder / name, text, made)]
    except OSError as exc:
        _remove(made)
        name = Path(exc.filename or folder).relative_to(folder) if exc.filename else folder
        said = f"{name} cannot be written: {exc.strerror}; nothing was written"
        raise Refused(said, hint="check the folder, its owner and the disk") from exc
    except BaseException:
        _remove(made)
        raise


def replace_file(path: Path, data: bytes) -> None:
    """Write a file in one rename: whoever reads it sees the old or the new one. A link stays one. Raises OSError."""
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f".{target.name}.new")
    try:
        new.write_bytes(data)
        if target.exists():
            new.chmod(target.stat().st_mode & 0o7777)
        new.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def _write(folder: Path, path: Path, text: str, made: list[Path]) -> bool:
    """Write one file that is not there; what is made for it is added to `made`."""
    if path.exists() or path.is_symlink():  # a link that leads nowhere is somebody's too
        return False
    for parent in reversed(path.relative_to(folder).parents[:-1]):
        if not (folder / parent).is_dir():
            (folder / parent).mkdir()
            made.append(folder / parent)
    with path.open("x", encoding="utf-8") as file:
        made.append(path)
        file.write(text)
    return True


def _remove(made: list[Path]) -> None:
    for path in reversed(made):
        with contextlib.suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()
