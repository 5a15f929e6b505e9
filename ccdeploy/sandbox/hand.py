"""The proxy that a person started by hand, in the words of the incident, before ccdeploy came."""

from __future__ import annotations

import subprocess

from ccdeploy.sandbox.account import SSHD_PATH, Account, user_name
from ccdeploy.sandbox.layout import Layout
from ccdeploy.sandbox.processes import Process, process_of


def start_by_hand(layout: Layout, port: int, shell: str) -> Process:
    """Start litellm as a person would: from root, a relative config path, streams redirected, under nohup."""
    line = f"nohup litellm --config config.yaml --port {port} --host 127.0.0.1 > logs/litellm.log 2>&1 & echo $!"
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=layout.root,
        env=_environment(layout, shell),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        check=True,
    )
    pid = int(done.stdout)
    return process_of(pid) or Process(pid, 0.0)


def was_deployed_to(layout: Layout) -> bool:
    """Whether ccdeploy has taken the host over: then nobody starts a proxy by hand any more."""
    return any((layout.root / name).is_symlink() or (layout.root / name).exists() for name in ("current", "run"))


def _environment(layout: Layout, shell: str) -> dict[str, str]:
    """Return what the person's shell held: `venv` activated, `.env` exported."""
    pairs = (line.partition("=") for line in (layout.root / ".env").read_text().splitlines() if "=" in line)
    account = Account(user_name(), layout.home, shell, str(layout.base)).environment({})
    activated = {"PATH": f"{layout.root / 'venv' / 'bin'}:{SSHD_PATH}"}
    return {**{name: value for name, _, value in pairs}, **account, **activated}
