"""`include:` of a LiteLLM config: which files belong to a config, and the one mapping that they make.

Merged as LiteLLM 1.106 does (proxy/common_utils/config_includes.py): lists are concatenated, any other
value is replaced by the included one, breadth first, a file already read is skipped. An included path
is relative to the file that names it, or else to the main file. Reads no file: the texts are handed in.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ccdeploy import yamltext
from ccdeploy.findings import Finding, error, warning
from ccdeploy.yamltext import Document, Path

INCLUDE = "include"


@dataclass(frozen=True)
class Merged:
    """A config with its includes as one mapping; it knows which file and line everything came from."""

    shown_as: str
    value: dict[str, Any]
    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]
    _origins: dict[str, tuple[tuple[Document, int | None], ...]] = field(default_factory=dict, repr=False)
    _moved: Mapping[Path, Path] = field(default_factory=dict, repr=False)

    def where(self, path: Path = ()) -> str:
        """Return `file:line` of what stands at `path` of the merged mapping."""
        path = self._before(path)
        origins = self._origins.get(str(path[0])) if path else None
        if not origins:
            return f"{self.shown_as}:1"
        if len(path) > 1 and isinstance(path[1], int) and path[1] < len(origins):
            document, index = origins[path[1]]
            return document.where(path if index is None else (path[0], index, *path[2:]))
        document, index = origins[0]
        return document.where(path if index is None else path[:1])

    def cut(self, value: dict[str, Any], moved: Mapping[Path, Path]) -> Merged:
        """Return a part of the mapping that still knows its lines; `moved` has where entries of lists stood before."""
        whole = {path: self._before(before) for path, before in moved.items()}
        return replace(self, value=value, _moved=whole)

    def _before(self, path: Path) -> Path:
        """Return where what stands at `path` stood in the files."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._moved:
                return (*self._moved[path[:end]], *path[end:])
        return path


def include_names(text: str | bytes) -> list[str]:
    """Return what a config's own `include:` names within its folder, as written; empty when there is none to read."""
    return [name for name in _names(yamltext.load(text, "").value) if _can_travel(name)]


def stray_names(text: str | bytes) -> list[str]:
    """Return what a config's own `include:` names and no release can hold: it lies outside, or has such a name."""
    return [name for name in _names(yamltext.load(text, "").value) if not _can_travel(name)]


def _can_travel(name: str) -> bool:
    return name.isprintable() and not is_outside(name)  # scripts read names line by line


def gather(main: str, read: Callable[[str], bytes | None]) -> dict[str, bytes]:
    """Return the main file and every file that it includes, by POSIX path relative to its folder.

    `read` returns a file's bytes, or None where there is none. Paths outside the folder are not read;
    parse_config tells of them, and of files that are missing.
    """
    files: dict[str, bytes] = {}
    pending = [(main, main)]
    while pending:
        name, declared_in = pending.pop(0)
        path = name if name == main else _resolve(name, declared_in, lambda p: p in files or read(p) is not None)
        data = None if path is None or path in files else read(path)
        if data is not None and path is not None:
            files[path] = data
            pending.extend((inner, path) for inner in _names(yamltext.load(data, "").value))
    return files


def merge(files: Mapping[str, bytes], main: str, shown_as: str) -> Merged:
    """Return `files[main]` with its includes merged; what is wrong with them are findings."""
    return _Merger(files, main, shown_as).merged()


def _names(value: Any) -> list[str]:
    names = value.get(INCLUDE) if isinstance(value, dict) else None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def is_outside(name: str, declared_in: str = "") -> bool:
    """Whether an included path leaves the folder of the config."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(declared_in), name))
    return name.startswith(("/", "~")) or "\\" in name or path == ".." or path.startswith("../")


def _resolve(name: str, declared_in: str, exists: Callable[[str], bool]) -> str | None:
    for start in (posixpath.dirname(declared_in), "") if name.isprintable() else ():
        path = posixpath.normpath(posixpath.join(start, name))
        if not is_outside(path) and not name.startswith("/") and exists(path):
            return path
    return None


class _Merger:
    def __init__(self, files: Mapping[str, bytes], main: str, shown_as: str) -> None:
        self._files, self._main, self._shown_as = files, main, shown_as
        self._value: dict[str, Any] = {}
        self._origins: dict[str, tuple[tuple[Document, int | None], ...]] = {}
        self._documents: dict[str, Document] = {}
        self._findings: list[Finding] = []
        self._pending: list[tuple[str, str, str]] = []

    def merged(self) -> Merged:
        self._take(self._main)
        while self._pending:
            name, declared_in, where = self._pending.pop(0)
            self._include(name, declared_in, where)
        documents = tuple(self._documents.values())
        self._value.pop(INCLUDE, None)
        return Merged(self._shown_as, self._value, documents, tuple(self._findings), self._origins)

    def _include(self, name: str, declared_in: str, where: str) -> None:
        if not name.isprintable():
            message = f"include {name!r} holds a control character"
            self._findings.append(error("include-shape", where, message, "rename the file"))
            return
        if is_outside(name, declared_in):
            message = f"include '{name}' lies outside the config's folder, so it cannot travel with the config"
            self._findings.append(error("include-outside", where, message, "move it into the folder"))
            return
        path = _resolve(name, declared_in, self._files.__contains__)
        if path is None:
            message = f"include '{name}' names no file"
            self._findings.append(error("include-missing", where, message, "make the file, or remove the line"))
        elif path in self._documents:
            message = f"include '{name}' was read before; LiteLLM skips it"
            self._findings.append(warning("include-again", where, message, "remove the line"))
        else:
            self._take(path)

    def _take(self, path: str) -> None:
        document = yamltext.load(self._files.get(path, b""), self._shown(path))
        self._documents[path] = document
        self._findings.extend(document.findings)
        if not document.is_readable:
            return
        if not isinstance(document.value, dict):
            message = "the config is no mapping; it begins with keys such as model_list:"
            self._findings.append(error("config-shape", document.where(), message))
            return
        self._queue_includes(document, path)
        for key, value in document.value.items():
            if key != INCLUDE:
                self._merge_key(key, value, document)

    def _queue_includes(self, document: Document, path: str) -> None:
        written = document.value.get(INCLUDE)
        if INCLUDE in document.value and _names(document.value) != written:
            message = "include: expected a list of file names"
            where = document.where((INCLUDE,))
            self._findings.append(error("include-shape", where, message, "write 'include: [models.yaml]'"))
            return
        for index, name in enumerate(written or []):
            self._pending.append((name, path, document.where((INCLUDE, index))))

    def _merge_key(self, key: Any, value: Any, document: Document) -> None:
        before = self._value.get(key)
        if isinstance(before, list) and isinstance(value, list):
            self._value[key] = [*before, *value]
            self._origins[key] = (*self._origins[key], *((document, i) for i in range(len(value))))
            return
        if isinstance(before, dict) and isinstance(value, dict):
            lost = [inner for inner in before if inner not in value]
            if lost:
                message = f"this {key} replaces the whole one above; {', '.join(map(str, lost))} has no effect"
                self._findings.append(
                    warning("include-replaces", document.where((key,)), message, "write all of it here")
                )
        self._value[key] = value
        indexes: list[int | None] = list(range(len(value))) if isinstance(value, list) and value else [None]
        self._origins[key] = tuple((document, index) for index in indexes)

    def _shown(self, path: str) -> str:
        if path == self._main:
            return self._shown_as
        return posixpath.join(posixpath.dirname(self._shown_as), path)
