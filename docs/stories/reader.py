"""The machine that a reader sits at: a copy of the project, its programs, ssh's config, and what a page calls them."""

from __future__ import annotations

import getpass
import os
import platform
import shlex
import shutil
import socket
import sys
from pathlib import Path

from docs.generate import ROOT

ADDRESS = "studio.example.com"


def copied_project(folder: Path) -> Path:
    """Copy what a clone of the repository gives a user."""
    project = folder / "project"
    shutil.copytree(ROOT / "configs", project / "configs")
    for name in ("tasks.py", "fabfile.py"):
        shutil.copy(ROOT / name, project / name)
    return project


def environment(folder: Path, tools: Path) -> dict[str, str]:
    """Return the environment of a reader's shell: nothing of this machine's but where its programs are."""
    for name, module in (("ccdeploy", "ccdeploy"), ("fab", "fabric"), ("python", "")):
        run = f"-m {module}" if module else ""
        write_program(tools / name, f'exec {shlex.quote(sys.executable)} {run} "$@"')
    return {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "EDITOR": "true",
        "CCDEPLOY_PERFORMER": "ada",
    }


def machine_names(folder: Path) -> dict[str, str]:
    """Return what a page shows for this machine, its folders and its Python."""
    return {
        "laptop": socket.gethostname(),
        "/Users/ada/ccdeploy": str(folder / "project"),
        "/Users/ada": str(folder),
        "3.13.7": platform.python_version(),
        "/usr/bin/python3": sys.executable,
    }


def write_ssh_config(folder: Path, port: object, key: str, known_hosts: str) -> None:
    """Write what a reader has in ~/.ssh/config, which ssh finds by the account and not by $HOME."""
    (folder / "ssh_config").write_text(
        f"Host {ADDRESS}\n  HostName 127.0.0.1\n  Port {port}\n  User {getpass.getuser()}\n"
        f"  IdentityFile {key}\n  IdentitiesOnly yes\n  UserKnownHostsFile {known_hosts}\n"
    )


def made_tools(folder: Path) -> Path:
    """Make the folder of programs that a reader has: ssh with the config of this world."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    program = shutil.which("ssh") or "ssh"
    write_program(tools / "ssh", f'exec {program} -F {shlex.quote(str(folder / "ssh_config"))} "$@"')
    return tools


def write_program(path: Path, line: str) -> None:
    """Write an executable of one line of shell."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
