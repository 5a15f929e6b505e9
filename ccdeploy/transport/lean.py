"""Imports paramiko and httpx without what they bring for uses that are not ours: a quarter of a quick verb's time.

paramiko.config takes invoke, with all of its parser, for `Match exec`; httpx takes its own command line
(click, rich, pygments), and httpcore HTTP/2 (h2) and what asyncio's rivals need (anyio, trio). Each does
without where the module is missing, so it is missing while they are imported. OpenSSH's config is read by
`ssh -G` here, nobody starts httpx as a command, and h2 is imported when a client for https is made: the
host itself is asked in HTTP/1.1. httpx takes httpcore only when it needs it, which not every verb does.
"""

from __future__ import annotations

import importlib
import sys


def import_without(name: str, *unwanted: str) -> None:
    """Import a module that does without others, unless it is there already."""
    absent = [module for module in unwanted if module not in sys.modules]  # `fab` has invoke already
    for module in absent:
        sys.modules[module] = None  # type: ignore[assignment]  # documented: importing it raises ModuleNotFoundError
    try:
        importlib.import_module(name)
    finally:
        for module in absent:
            del sys.modules[module]


import_without("paramiko", "invoke")
import_without("httpx", "httpx._main", "h2")
