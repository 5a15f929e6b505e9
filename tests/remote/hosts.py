"""This machine as a host of hosts.yaml, and things to find on it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccdeploy.release.bundle import sha256
from ccdeploy.release.manifest import Manifest
from ccdeploy.settings import Host
from ccdeploy.settings.host import Listen, Ssh
from tests.support.free_port import free_port

NOBODY = 65534
CONFIG = b"model_list: []\n"


def host_at(root: Path | str, ports: tuple[int, int] | None = None, **more: Any) -> Host:
    """Return a host with this root; its ports are free unless they are given."""
    listen = Listen(ports=ports or (free_port(), free_port()))
    return Host(name="studio", ssh=Ssh(address="studio.example.com"), root=str(root), listen=listen, **more)


def manifest(release: str, files: Mapping[str, bytes] | None = None, **more: Any) -> Manifest:
    """Return a manifest of files, `config.yaml` alone by default."""
    digests = {path: sha256(data) for path, data in (files or {"config.yaml": CONFIG}).items()}
    return Manifest(release, "tdd", digests, "2026-01-31T12:00:00Z", "ada", "laptop", **more)


def put_release(root: Path, release: str, files: Mapping[str, bytes] | None = None, **more: Any) -> Path:
    """Write a release as ccdeploy leaves it."""
    folder = root / "releases" / release
    for path, data in (files or {"config.yaml": CONFIG}).items():
        for place in (folder, folder / ".original"):
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(data)
    (folder / "release.json").write_text(manifest(release, files, **more).to_json())
    return folder


def put_run(root: Path, name: str, pid: int, started: str, port: int, **more: Any) -> None:
    """Write run/NAME.json."""
    fields = {"pid": pid, "started": started, "port": port, "release": "r1", "digests": None} | more
    (root / "run" / f"{name}.json").write_text(json.dumps(fields) + "\n")


def shell_of_a_plain_user(folder: Path) -> Path:
    """Return a /bin/sh that is not root's: root may read everything, which no test of modes survives."""
    path = folder / "sh"
    path.write_text(
        f"#!{sys.executable} -IS\n"
        "import os, sys\n"
        f"os.getuid() or (os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY}))\n"
        "os.chdir('/')\n"
        "os.execv('/bin/sh', ['sh', *sys.argv[1:]])\n"
    )
    path.chmod(0o755)
    return path


def give_away(path: Path) -> None:
    """Make the plain user the owner of a file or folder."""
    if os.getuid() == 0:
        os.chown(path, NOBODY, NOBODY)
