"""The law of the house: who may import whom, how long a file may be, what no file may hold.

The table is that of docs and design: change it in a commit of its own, with the reason.
"""

from __future__ import annotations

import ast
import ipaddress
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE = 300  # lines; past that a file has two nouns
# Each may import those before it.
GROUND = ("units", "clock", "latch", "secret", "findings", "errors", "events", "results", "yamltext")
KNOWLEDGE = ("settings", "litellm", "ollama", "traefik", "shell", "release")
# Made-up people whose home folders may appear in examples.
EXAMPLE_PEOPLE = frozenset({"a", "ada"})
EXAMPLE_NETWORKS = [ipaddress.ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


@dataclass(frozen=True)
class Row:
    """What a room may import besides the standard library: rooms of ours, and libraries of others."""

    rooms: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


TABLE: dict[str, Row] = {
    **{name: Row(GROUND[:place]) for place, name in enumerate(GROUND)},
    "yamltext": Row(GROUND[:-1], ("yaml",)),
    **{name: Row(GROUND) for name in KNOWLEDGE},
    # packaging: a version is what pip takes it for, 1.82.07 is 1.82.7.
    "settings": Row(GROUND, ("pydantic", "packaging")),
    # python-dotenv: an env_file means what it means to LiteLLM, which reads it with this library.
    "litellm": Row(GROUND, ("pydantic", "dotenv", "packaging")),
    # httpcore: httpx has no public argument for another way to the wire, its pool has.
    "transport": Row((*GROUND, "shell", "settings"), ("fabric", "paramiko", "httpx", "httpcore")),
    "remote": Row((*GROUND, *KNOWLEDGE, "transport")),
    "verify": Row((*GROUND, *KNOWLEDGE), ("httpx",)),
    "operations": Row((*GROUND, *KNOWLEDGE, "transport", "remote", "verify")),
    # The user's files, and the commit that they are at: what app would else be half made of.
    "project": Row((*GROUND, "settings", "litellm", "release")),
    "app": Row((*GROUND, *KNOWLEDGE, "transport", "remote", "verify", "operations", "project")),
    "report": Row(GROUND, ("rich",)),
    "sandbox": Row((*GROUND, *KNOWLEDGE), ("asyncssh", "starlette", "uvicorn")),
    # The faces derive the tasks of `fab` from the same verbs, so cli knows fabric and its parser too.
    "cli": Row((*GROUND, "app", "report", "sandbox"), ("click", "fabric", "invoke")),
    "__main__": Row(("cli",)),
    "tasks": Row(("cli", "app", "report", "sandbox"), ("fabric",)),
    "fabfile": Row(("tasks",)),
}
# Whoever does not touch the world may not hold the tools for it.
WORLDLY = ("os", "pathlib", "random", "shutil", "socket", "subprocess", "tempfile", "threading", "time")
# Two read the clock, and one is of threads.
PURE = tuple(name for name in (*GROUND, *KNOWLEDGE) if name not in ("clock", "events", "latch"))
STARTS_PROCESSES = frozenset({"transport", "project", "sandbox"})


@dataclass(frozen=True)
class Import:
    """One import: in which room, at which place, of which module."""

    room: str
    where: str
    module: str

    @property
    def top(self) -> str:
        """The library that it is of."""
        return self.module.partition(".")[0]

    @property
    def target(self) -> str | None:
        """The room of ours that it is of; None for a library, and for the package's own name."""
        if self.module in TABLE:
            return self.module
        parts = self.module.split(".")
        return parts[1] if parts[0] == "ccdeploy" and len(parts) > 1 else None

    def fault(self) -> str | None:
        """Say what is wrong with it."""
        row = TABLE.get(self.room)
        if row is None:
            return f"{self.where}: room '{self.room}' has no row in the table; give it one, with the reason"
        if self.target is not None:
            is_allowed = self.target in (self.room, *row.rooms)
            return None if is_allowed else f"{self.where}: {self.room} may not import {self.target}"
        if self.top in sys.stdlib_module_names:
            return self._worldly_fault()
        is_allowed = self.top in ("ccdeploy", *row.libraries)
        return None if is_allowed else f"{self.where}: {self.room} may not import the library {self.top}"

    def _worldly_fault(self) -> str | None:
        if self.room in PURE and self.top in WORLDLY:
            return f"{self.where}: {self.room} does not touch the world; it may not import {self.top}"
        if self.top == "subprocess" and self.room not in STARTS_PROCESSES:
            return f"{self.where}: {self.room} starts no processes; it may not import subprocess"
        return None


def imports_of(room: str, shown_as: str, source: str) -> Iterator[Import]:
    """Return every import of a file: at its top, for types only, and inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = _from(node)
        else:
            continue
        for module in modules:
            yield Import(room, f"{shown_as}:{node.lineno}", module)


def _from(node: ast.ImportFrom) -> list[str]:
    if node.level:
        return ["relative"]  # no such library: a relative import is a fault wherever it stands
    if node.module != "ccdeploy":
        return [node.module or ""]
    # `from ccdeploy import app` names a room, `from ccdeploy import __version__` does not.
    return ["ccdeploy" if alias.name.startswith("__") else f"ccdeploy.{alias.name}" for alias in node.names]


def sources() -> Iterator[tuple[str, Path]]:
    """Return the files that the table rules, each with its room."""
    for path in sorted((ROOT / "ccdeploy").rglob("*.py")):
        place = path.relative_to(ROOT / "ccdeploy")
        room = place.parts[0].removesuffix(".py")
        if room != "__init__":
            yield room, path
    for path in sorted(ROOT.glob("*.py")):
        yield path.stem, path


def project_files() -> list[Path]:
    """Return every file of the project that git knows or would take."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    paths = [ROOT / name.decode() for name in listed if name]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def test_every_import_is_allowed_by_the_table() -> None:
    """A room that knows less can be read, tested and changed alone."""
    found = [i for room, path in sources() for i in imports_of(room, str(path.relative_to(ROOT)), path.read_text())]
    assert len(found) > 100, "the walk over the imports sees nothing"
    faults = [fault for i in found if (fault := i.fault())]
    assert not faults, "\n".join(faults)


def test_the_table_has_no_cycle() -> None:
    """Two rooms that need each other are one room; prepare() raises with the cycle."""
    TopologicalSorter({room: set(row.rooms) for room, row in TABLE.items()}).prepare()


def test_the_rooms_of_knowledge_are_strangers() -> None:
    """What one of them must know of another is handed in by a floor above."""
    assert [(a, b) for a in KNOWLEDGE for b in KNOWLEDGE if b in TABLE[a].rooms] == []


def test_every_row_of_the_table_is_a_room() -> None:
    """A row without a room is a law about nothing."""
    there = {room for room, _ in sources()}
    assert set(TABLE) - there == set()


@pytest.mark.parametrize(
    ("room", "source", "says"),
    [
        ("litellm", "import httpx", "may not import the library httpx"),
        ("litellm", "def f():\n    from ccdeploy.ollama import memory", "litellm may not import ollama"),
        ("report", "if TYPE_CHECKING:\n    from ccdeploy.app import deploy", "report may not import app"),
        ("remote", "from ccdeploy import app", "remote may not import app"),
        ("shell", "from . import command", "may not import the library relative"),
        ("shell", "import subprocess", "shell does not touch the world"),
        ("operations", "from subprocess import run", "operations starts no processes"),
        ("attic", "import json", "room 'attic' has no row"),
    ],
)
def test_a_forbidden_import_is_found(room: str, source: str, says: str) -> None:
    """Each shape of an import is seen, or the law would have a hole of that shape."""
    (found,) = imports_of(room, "made_up.py", source)
    assert says in (found.fault() or "")


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("cli", "from ccdeploy import __version__"),
        ("app", "from ccdeploy.operations import deploy"),
        ("shell", "import shlex"),
        ("transport", "import subprocess"),
        ("yamltext", "import yaml"),
    ],
)
def test_an_allowed_import_is_not_found(room: str, source: str) -> None:
    """A law that forbids everything would be switched off."""
    (found,) = imports_of(room, "made_up.py", source)
    assert found.fault() is None


def test_no_file_is_longer_than_it_may_be() -> None:
    """A long file has two nouns in it: split it by noun."""
    lengths = {p: len(p.read_text().splitlines()) for p in project_files() if p.suffix == ".py"}
    long = [f"{p.relative_to(ROOT)}: {n} lines" for p, n in lengths.items() if n > LONGEST_FILE]
    assert not long, "\n".join(long)


def test_no_test_sleeps() -> None:
    """A sleep is either too short or too long; tests wait for a condition, with a deadline."""
    sleeps = re.compile(r"\b(?:time|asyncio)\.sleep\(|from time import .*\bsleep\b")
    files = [p for p in (ROOT / "tests").rglob("*.py") if p.name.startswith(("test_", "conftest"))]
    assert [str(p.relative_to(ROOT)) for p in files if sleeps.search(p.read_text()) and p != Path(__file__)] == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    """Such a path works for one person and tells the world who that is."""
    home = re.compile(r"/(?:home|Users)/([A-Za-z0-9_.-]+)")
    found = []
    for path, text in _texts():
        people = {name for name in home.findall(text) if name not in EXAMPLE_PEOPLE}
        found += [f"{path}: the home folder of {name}" for name in sorted(people)]
        found += [f"{path}: this checkout's own path"] if str(ROOT) + "/" in text else []
    assert not found, "\n".join(found)


def test_every_address_is_loopback_or_an_example() -> None:
    """Nothing here may reach, or even name, a machine that exists."""
    quad = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
    found = [f"{path}: {word}" for path, text in _texts() for word in quad.findall(text) if not _is_harmless(word)]
    assert not found, "\n".join(found)


def _is_harmless(word: str) -> bool:
    try:
        address = ipaddress.IPv4Address(word)
    except ValueError:
        return True  # a number with dots that is no address
    return address.is_loopback or address.is_unspecified or any(address in network for network in EXAMPLE_NETWORKS)


def _texts() -> Iterator[tuple[Path, str]]:
    for path in project_files():
        data = path.read_bytes()
        if b"\0" not in data:
            yield path.relative_to(ROOT), data.decode("utf-8", "replace")
