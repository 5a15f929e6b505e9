"""YAML as LiteLLM reads it (PyYAML's safe loader, YAML 1.1), with the line of every key and value.

It judges the text, not its meaning: wrong syntax, duplicate keys, unsafe tags, and texts built to
exhaust memory (bombs) become findings. What the keys mean is for settings and litellm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from ccdeploy.findings import Finding, error

MAX_BYTES = 2_000_000  # a config of 600 models has about 150 kB
MAX_NODES = 20_000  # 600 models; aliases count as often as they are used, which bounds what a bomb expands to
MAX_DEPTH = 50  # LiteLLM's own configs nest 6 deep; PyYAML overflows Python's stack at about 300
MAX_ALIASES = 1_000
MAX_SCALAR = 65_536  # the longest honest value is a prompt or a certificate
MAX_EXPANDED = 2 * MAX_BYTES  # characters of all values, each as often as an alias repeats it
MAX_DIGITS = 100  # of a number: Python takes minutes for a product of ten thousand, and writes none of 4,300 digits
MAX_READ = 4 * MAX_BYTES + 1  # bytes to be read of a file: with more of them it is too large in any encoding

Path = tuple[str | int, ...]
_MERGE_TAG = "tag:yaml.org,2002:merge"
_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})


@dataclass(frozen=True)
class Document:
    """One YAML text: its plain value, where everything stands, and what is wrong with it.

    `value` is None when a finding made the text unreadable. Findings of a readable text (duplicate
    keys) stand beside the value that LiteLLM would see: the last one.
    """

    shown_as: str
    value: Any
    findings: tuple[Finding, ...] = ()
    _key_lines: dict[Path, int] = field(default_factory=dict, repr=False)
    _value_lines: dict[Path, int] = field(default_factory=dict, repr=False)
    scalars: tuple[tuple[Path, int, int], ...] = field(default=(), repr=False)
    """Path, first and last character of every plain value as it is written, quotes included."""
    keys: tuple[tuple[Path, int], ...] = field(default=(), repr=False)
    """Path and first character of every key."""
    braces: tuple[tuple[Path, int, int], ...] = field(default=(), repr=False)
    """Path, first and last character of every mapping that stands in braces."""

    @property
    def is_readable(self) -> bool:
        """Whether `value` is what the text says."""
        return bool(self._value_lines)

    def line_of(self, path: Path) -> int:
        """Return the line of the key at `path`, else of the nearest thing around it."""
        return _nearest(self._key_lines, path)

    def value_line_of(self, path: Path) -> int:
        """Return the line on which the value at `path` begins, else of the nearest thing around it."""
        return _nearest(self._value_lines, path)

    def where(self, path: Path = ()) -> str:
        """Return `file:line` of the key at `path`, as findings show it."""
        return f"{self.shown_as}:{self.line_of(path)}"


def load(text: str | bytes, shown_as: str) -> Document:
    """Return the document in `text`; never raises for what the text holds."""
    try:
        return _Reader(shown_as).read(_decoded(text))
    except _Unreadable as exc:
        where = f"{shown_as}:{exc.line}" if exc.line else shown_as
        return Document(shown_as, None, (error(exc.code, where, exc.message, exc.hint),))


def dump(value: Any, comment: str = "") -> bytes:
    """Return `value` as a YAML text that `load` reads as the same, the comment above it; the same bytes each time.

    What anchors and merge keys had shared stands where it is used.
    """
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    text = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=MAX_SCALAR
    )
    return f"{head}{text}".encode()


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper that makes no anchors of its own: people read the text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Unreadable(Exception):
    def __init__(self, code: str, line: int | None, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.line, self.message, self.hint = code, line, message, hint


def _nearest(lines: dict[Path, int], path: Path) -> int:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _decoded(text: str | bytes) -> str:
    if isinstance(text, bytes):
        if len(text) >= MAX_READ:
            raise _too_large(None, f"the file has more than {MAX_BYTES:,} characters")
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as exc:
            line = exc.object[: exc.start].count(b"\n") + 1
            raise _Unreadable("yaml-encoding", line, "the text is not UTF-8", "save it as UTF-8") from exc
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise _Unreadable("yaml-empty", None, "the file is empty", "write a YAML mapping into it")
    if len(text) > MAX_BYTES:
        raise _too_large(None, f"the file has more than {MAX_BYTES:,} characters")
    return text


def _too_large(line: int | None, message: str) -> _Unreadable:
    return _Unreadable("yaml-too-large", line, message, "split it, or write it without repeated anchors")


def _line(node: yaml.Node | yaml.Event) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader that stops at our limits while it composes, before anything expands."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = self.nodes = self.aliases = 0
        self.constructed: yaml.Node | None = None

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        self.nodes += 1
        self.depth += 1
        self._hold_limits(event)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        self.constructed = node  # the last one is the one that raises
        return super().construct_object(node, deep)

    def _hold_limits(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            self.aliases += 1
        if self.depth > MAX_DEPTH:
            raise _too_large(_line(event), f"values nest more than {MAX_DEPTH} deep")
        if self.aliases > MAX_ALIASES:
            raise _too_large(_line(event), f"more than {MAX_ALIASES:,} aliases (*name)")
        if self.nodes > MAX_NODES:
            raise _too_large(_line(event), f"more than {MAX_NODES:,} values")
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > MAX_SCALAR:
            raise _too_large(_line(event), f"one value has more than {MAX_SCALAR:,} characters")


class _Reader:
    """Turns one text into a Document."""

    def __init__(self, shown_as: str) -> None:
        self._shown_as = shown_as
        self._findings: list[Finding] = []
        self._key_lines: dict[Path, int] = {}
        self._value_lines: dict[Path, int] = {}
        self._scalars: list[tuple[Path, int, int]] = []
        self._keys: list[tuple[Path, int]] = []
        self._braces: list[tuple[Path, int, int]] = []
        self._expanded = self._characters = 0

    def read(self, text: str) -> Document:
        loader = None
        try:
            loader = _Loader(text)
            node = loader.get_single_node()
            if node is None:
                raise _Unreadable("yaml-empty", None, "the file holds only comments", "write a YAML mapping into it")
            self._walk(node, (), 1)
            value = loader.construct_document(node)
        except yaml.YAMLError as exc:
            raise _explained(exc, text) from exc
        except (ValueError, OverflowError, RecursionError) as exc:
            # such as 2024-13-45, which looks like a date and is none
            line = _line(loader.constructed) if loader and loader.constructed else None
            raise _Unreadable("yaml-value", line, f"a value cannot be read: {exc}", "quote it") from exc
        return Document(
            self._shown_as, value, tuple(self._findings), self._key_lines, self._value_lines,
            tuple(self._scalars), tuple(self._keys), tuple(self._braces),
        )  # fmt: skip

    def _walk(self, node: yaml.Node, path: Path, depth: int, key_line: int | None = None) -> None:
        self._expanded += 1
        if self._expanded > MAX_NODES:
            raise _too_large(_line(node), f"the aliases expand to more than {MAX_NODES:,} values")
        if depth > MAX_DEPTH:  # reached by an anchor inside itself only: the loader has counted the rest
            raise _too_large(_line(node), "an anchor holds itself")
        self._hold_length(node)
        self._value_lines.setdefault(path, _line(node))
        self._key_lines.setdefault(path, key_line or _line(node))
        if isinstance(node, yaml.ScalarNode) and node.start_mark and node.end_mark:
            self._scalars.append((path, node.start_mark.index, node.end_mark.index))
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self._walk(item, (*path, index), depth + 1)
        elif isinstance(node, yaml.MappingNode):
            self._walk_mapping(node, path, depth)

    def _hold_length(self, node: yaml.Node) -> None:
        """Raise for a number without an end, and for values that aliases repeat until they are too long together."""
        if not isinstance(node, yaml.ScalarNode):
            return
        self._characters += len(node.value)
        if self._characters > MAX_EXPANDED:
            raise _too_large(_line(node), f"the aliases expand to more than {MAX_EXPANDED:,} characters")
        if node.tag in _NUMBERS and len(node.value) > MAX_DIGITS:
            raise _Unreadable("yaml-value", _line(node), f"a number has more than {MAX_DIGITS} digits", "quote it")

    def _walk_mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> None:
        if node.flow_style and node.start_mark and node.end_mark:
            self._braces.append((path, node.start_mark.index, node.end_mark.index))
        seen: dict[str, int] = {}
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if key.tag == _MERGE_TAG:
                merged.append(value)
                continue
            self._hold_length(key)
            name = key.value if isinstance(key, yaml.ScalarNode) else str(key.tag)
            if name in seen:
                self._note_duplicate(name, path, _line(key), seen[name])
            seen[name] = _line(key)
            if key.start_mark:
                self._keys.append(((*path, name), key.start_mark.index))
            self._walk(value, (*path, name), depth + 1, _line(key))
        for value in merged:  # after the own keys, whose lines stay
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                self._walk(source, path, depth + 1)

    def _note_duplicate(self, name: str, path: Path, line: int, first: int) -> None:
        inside = f" in {'.'.join(map(str, path))}" if path else ""
        message = f"key '{name}'{inside} stands here again; the one on line {first} has no effect"
        self._findings.append(error("yaml-duplicate-key", f"{self._shown_as}:{line}", message, "keep one"))


def _explained(exc: yaml.YAMLError, text: str) -> _Unreadable:
    mark = getattr(exc, "problem_mark", None) or getattr(exc, "context_mark", None)
    line = mark.line + 1 if mark else None
    problem = str(getattr(exc, "problem", None) or getattr(exc, "reason", None) or exc).strip()
    if "could not determine a constructor for the tag" in problem:
        tag = problem.split("'")[1] if "'" in problem else "this tag"
        tag = tag.replace("tag:yaml.org,2002:", "!!")
        return _Unreadable("yaml-unsafe-tag", line, f"the tag {tag} is not plain YAML", "remove the tag")
    if "but found another document" in problem:
        return _Unreadable("yaml-documents", line, "a second document begins here", "remove the '---' line")
    if isinstance(exc, yaml.reader.ReaderError):
        line = text[: exc.position].count("\n") + 1
        return _Unreadable("yaml-control-character", line, "the text holds a control character", "remove it")
    hint = "indent with spaces" if "'\\t'" in problem else "mend the YAML here or on the line before"
    return _Unreadable("yaml-syntax", line, f"this is not YAML: {problem}", hint)
