"""Paths on a host, as words of its shell."""

from __future__ import annotations

from ccdeploy.shell.command import quote


def home_word(path: str) -> str:
    """Return `path` as one shell word; a leading `~/` becomes the home of the user who logs in."""
    if path == "~":
        return '"$HOME"'
    if path.startswith("~/"):
        return '"$HOME"/' + quote(path[2:])
    return quote(path)


def file_word(path: str) -> str:
    """Return the path of a file as one shell word that no program takes for an option."""
    return quote(path if path.startswith("/") else f"./{path}")


def under(root: str, path: str) -> str:
    """Return `path` as it stands for the host: absolute as it is, else below `root`."""
    return path if path.startswith("/") else f"{root}/{path}"
