"""What `setup` makes: folders, and an env_file with a master key where there is none."""

from __future__ import annotations

from ccdeploy.shell.command import Command, quote
from ccdeploy.shell.path import home_word
from ccdeploy.shell.prelude import script

FOLDERS = ("releases", "run", "logs")


def make_root(root: str) -> Command:
    """Make root and its folders, readable by their owner alone; prints each that it made."""
    made = "\n".join(
        f'[ -d "$root"/{folder} ] || {{ mkdir "$root"/{folder} && echo "made {folder}/"; }} || exit 73'
        for folder in FOLDERS
    )
    body = f"""
umask 077
root={home_word(root)}
[ -d "$root" ] || {{ mkdir -p "$root" && echo 'made root'; }} || exit 73
{made}
"""
    return Command("make the folders", script(body), writes=True)


def close_file(path: str) -> Command:
    """Take a secret file away from the group and everyone else."""
    return Command("close the env_file", script(f"chmod 600 {quote(path)}"), writes=True)
