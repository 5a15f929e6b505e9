"""Releases as tests make them: files on a real disk, staged by our own lines."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ccdeploy.shell import releases
from ccdeploy.shell.command import Command
from ccdeploy.shell.prelude import script
from ccdeploy.shell.releases import ORIGINAL
from ccdeploy.transport.local import LocalTransport
from tests.shell.tiny import EVERY_STATUS

FILES = {"config.yaml": b"model_list: []\n", "parts/it's $HOME.yaml": b"\x00\xff no text\n", "-n": b""}


def run(way: LocalTransport, root: Path, lines: str) -> int:
    """Run lines of a script in root; return their status."""
    command = Command("lines", script(f"cd '{shell_path(root)}' || exit 99", lines), ok=EVERY_STATUS)
    return way.run(command).status


def shell_path(root: Path) -> str:
    """Return a path as it stands between single quotes."""
    return str(root).replace("'", "'\\''")


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files below a folder."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def stage(way: LocalTransport, root: Path, name: str, files: Mapping[str, bytes] = FILES) -> Path:
    """Make a release of uploaded files."""
    write(root / releases.incoming(name), {**files, "release.json": b'{"state": "staged"}'})
    assert run(way, root, releases.commit_incoming(name)) == 0
    return root / "releases" / name


def digests(files: Mapping[str, bytes] = FILES) -> dict[str, str]:
    """Return what release.json says of files."""
    return {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}


def content(folder: Path) -> dict[str, bytes]:
    """Return the files of a release without what ccdeploy keeps beside them."""
    every = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
    return {n: p.read_bytes() for n, p in every.items() if n != "release.json" and not n.startswith(ORIGINAL)}
