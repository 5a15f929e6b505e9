"""A verb as a value: what both faces need to offer it, and the function that does it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ccdeploy import units
from ccdeploy.errors import UsageFault

if TYPE_CHECKING:
    from ccdeploy.app import Project


class Kind(StrEnum):
    """What the value of an option is."""

    FLAG = "flag"
    TEXT = "text"
    LIST = "list"
    NUMBER = "number"
    SECONDS = "seconds"
    MOMENT = "moment"
    OPTIONAL = "optional"  # text that may be left out: `--name` alone is an empty text


@dataclass(frozen=True)
class Option:
    """One option, `--name`. `completes` says what a shell offers as its value: one of `choices`, or a host's name."""

    name: str
    help: str
    kind: Kind = Kind.TEXT
    metavar: str = "TEXT"
    short: str = ""
    choices: tuple[str, ...] = ()
    completes: Literal["choice", "host"] = "choice"

    @property
    def asks(self) -> str:
        """The field of Asked that it fills."""
        name = self.name.replace("-", "_")
        return f"{name}_s" if self.kind is Kind.SECONDS else name

    def value(self, given: object) -> object:
        """Return what was given as its type. Raises UsageFault with what would be right."""
        if self.kind is Kind.FLAG:
            return bool(given)
        if self.kind is Kind.LIST:
            return tuple(map(str, given)) if isinstance(given, list | tuple) else (str(given),)
        if self.kind is Kind.OPTIONAL and given is True:  # as Invoke says that there was no value
            return ""
        text = str(given)
        if self.choices and text not in self.choices:
            raise UsageFault(f"--{self.name} knows no '{text}'; write {' or '.join(self.choices)}")
        return text if self.kind in (Kind.TEXT, Kind.OPTIONAL) else self._measured(text)

    def _measured(self, text: str) -> int | float | datetime | timedelta:
        if self.kind is not Kind.NUMBER:
            try:
                return units.seconds(text) if self.kind is Kind.SECONDS else units.moment(text)
            except ValueError as exc:
                raise UsageFault(f"--{self.name}: {exc}") from exc
        if not text.isdecimal() or not int(text):
            raise UsageFault(f"--{self.name}: '{text}' is no count; write 1 or more")
        return int(text)


@dataclass(frozen=True)
class Word:
    """A word after the verb that is no config: `ccdeploy upgrade VERSION`, or `fab upgrade --version VERSION`.

    `needed` says what is lacking without it; None for one that may be left out. Only a needed one is a word for `fab`
    too: `fab phase 2`.
    """

    name: str
    help: str
    needed: str | None = None


@dataclass(frozen=True)
class Asked:
    """What a command line asks for; a verb reads the fields of its own options."""

    host: str | None = None
    json: bool = False
    configs: tuple[str, ...] = ()
    dry_run: bool = False
    at_boot: bool = False
    strategy: str | None = None
    allow: tuple[str, ...] = ()
    force: bool = False
    no_hooks: bool = False
    wait_s: float = 0.0
    quiet_s: float = 0.0
    to: str | None = None
    lines: int | None = None
    limit: int = 20
    release: str | None = None
    since: datetime | timedelta | None = None
    level: str | None = None
    follow: bool = False
    message: str | None = None
    fresh: bool = False
    address: str | None = None
    name: str | None = None
    user: str | None = None
    root: str | None = None
    url: str | None = None
    ollama: str | None = None
    yes: bool = False
    install: str | None = None
    traefik: bool = False
    version: str | None = None
    text: bool = False
    memory: str | None = None
    every_s: float | None = None
    poll_s: float | None = None
    load_speed: str | None = None
    trace: str | None = None
    html: str | None = None
    command: tuple[str, ...] = ()
    with_key: bool = False
    save: bool = False
    from_log: str | None = None
    alias: str | None = None
    output: str | None = None
    for_s: float | None = None
    within_s: float | None = None
    reappearances: int | None = None
    changes: int | None = None
    deep: bool = False
    timeout_s: float | None = None
    phase: str | None = None

    @property
    def config(self) -> str | None:
        """The one config of a verb that takes one."""
        return self.configs[0] if self.configs else None


class Result(Protocol):
    """What every use case returns."""

    @property
    def exit_code(self) -> int:
        """What the process ends with."""
        ...


@dataclass(frozen=True)
class Answer:
    """A result, and the host that it is about where the result does not say so.

    `was_shown` of a verb that has shown all of it while it happened; `is_beside` of one whose stdout was a command's.
    """

    result: Result
    host: str | None = None
    was_shown: bool = False
    is_beside: bool = False


@dataclass(frozen=True)
class Verb:
    """One verb. `name` is as typed (`lock acquire`); `summary` is one sentence; `examples` are command lines.

    `has_steps` says that it takes a while and is worth a live list; `writes` that it changes something;
    `prints_lines` that its `--json` is an object a line.
    `command` stands for the command line of another program: words after `--`, or one text for `fab`.
    `means` is the verb that its results name, where it is another word for that one.
    """

    name: str
    summary: str
    examples: tuple[str, ...]
    run: Callable[[Project, Asked], Answer]
    details: str = ""
    options: tuple[Option, ...] = ()
    configs: Literal["none", "one", "many"] = "none"
    word: Word | None = None
    command: Word | None = None
    has_steps: bool = False
    writes: bool = False
    prints_lines: bool = False
    means: str | None = None

    @property
    def told(self) -> str:
        """What its results, and a CI, are told of the verb."""
        return self.means or self.name

    def asked(self, values: Mapping[str, Any]) -> Asked:
        """Return what the values of a command line ask for. Raises UsageFault."""
        known = {option.name.replace("-", "_"): option for option in self.options}
        given: dict[str, Any] = {
            known[name].asks: known[name].value(value)
            for name, value in values.items()
            if name in known and value not in (None, (), [])
        }
        if self.word and values.get(self.word.name):
            given[self.word.name] = str(values[self.word.name])
        if self.command and (line := values.get("command")):
            given["command"] = words_of(line) if isinstance(line, str) else tuple(line)
        config = values.get("config") or ()
        configs = (config,) if isinstance(config, str) else tuple(config)
        return Asked(**given, configs=configs)


def words_of(line: str) -> tuple[str, ...]:
    """Return the words of a command line; one that only a shell understands is handed to sh."""
    try:
        words = tuple(shlex.split(line))
    except ValueError:  # a quote that is not closed: sh says so in its own words
        words = ()
    return words if words and shlex.join(words) == line.strip() else ("/bin/sh", "-c", line)
