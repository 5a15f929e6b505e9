"""Reads `configs/hosts.yaml`: every fault in one report with file and line, then the typed settings."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ccdeploy import yamltext
from ccdeploy.errors import Refused
from ccdeploy.findings import Finding, error, errors_in, ordered
from ccdeploy.settings.host import Embedded, Host
from ccdeploy.settings.hosts import Defaults, Settings, closest
from ccdeploy.settings.values import is_header_name, is_name

EMBEDDED = "embedded"
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")
_TOP_KEYS = ("defaults", "hosts")
_INTERNAL = frozenset({"name", "shown_as"})  # fields that we fill, which are no keys in the file
_SENTENCES = {
    "missing": "is missing",
    "string_type": "is no string; put it in quotes",
    "string_too_short": "is empty; write a value, or null",
    "dict_type": "is no mapping; write keys and values under it",
    "model_type": "is no mapping; write keys and values under it",
    "greater_than": "is zero; write more than that",
    "less_than_equal": "is more than a day; write less",
}
_Model = TypeVar("_Model", bound=BaseModel)


def load_settings(text: str | bytes, shown_as: str) -> Settings:
    """Return the settings in `text`. Raises Refused with every fault, each with file and line."""
    document = yamltext.load(text, shown_as)
    reader = _Reader(document)
    settings = reader.settings() if document.is_readable else None
    findings = ordered([*document.findings, *reader.findings])
    if settings is None or errors_in(findings):
        raise Refused(_headline(shown_as, findings), findings=findings)
    return settings


def host_from_mapping(name: str, mapping: Mapping[str, Any], shown_as: str) -> Host:
    """Return the host that `mapping` describes, as the embedded host's state.json does. Raises Refused."""
    reader = _Reader(yamltext.Document(shown_as, {"hosts": {name: dict(mapping)}}))
    host = reader.host(name, dict(mapping))
    if host is None or reader.findings:
        raise Refused(_headline(shown_as, reader.findings), findings=ordered(reader.findings))
    return host


def _headline(shown_as: str, findings: list[Finding]) -> str:
    faults = len(errors_in(findings))
    return f"{shown_as}: {faults} {'fault' if faults == 1 else 'faults'}, nothing was done"


class _Reader:
    """Judges one document and builds what can be built."""

    def __init__(self, document: yamltext.Document) -> None:
        self._document = document
        self.findings: list[Finding] = []

    def settings(self) -> Settings | None:
        top = self._document.value
        if not isinstance(top, dict):
            self._fault("settings-shape", (), "the file is no mapping; write 'hosts:' with a host under it")
            return None
        self._refuse_unknown(top, _TOP_KEYS, ())
        self._refuse_control_characters(top, ())
        hosts = self._hosts(top.get("hosts"))
        written = top.get("defaults")
        defaults = self._model(Defaults, {} if written is None else written, ("defaults",))
        if defaults and defaults.host is not None and defaults.host not in hosts:
            message = f"defaults.host: no host is called '{defaults.host}'{closest(defaults.host, hosts)}"
            self._fault("settings-unknown-host", ("defaults", "host"), message)
        if self.findings or defaults is None:
            return None
        built = {name: host for name, host in hosts.items() if host is not None}
        return Settings(shown_as=self._document.shown_as, defaults=defaults, hosts=built)

    def host(self, name: str, value: Any) -> Host | None:
        """Return the host under `name`, or None with findings."""
        path: yamltext.Path = ("hosts", name)
        if not is_name(name):
            self._fault("settings-name", path, f"'{name}' is no host name; use letters, digits, '.', '_' and '-'")
            return None
        before = len(self.findings)
        host = self._model(Host, value, path, name=name)
        if isinstance(value, dict):
            self._judge_together(value, path)
        return host if len(self.findings) == before else None

    def _hosts(self, value: Any) -> dict[str, Host | Embedded | None]:
        if not isinstance(value, dict) or not value:
            self._fault("settings-shape", ("hosts",), "hosts: no host is described; write one under 'hosts:'")
            return {}
        hosts: dict[str, Host | Embedded | None] = {}
        for name, described in value.items():
            if not isinstance(name, str):
                self._fault("settings-name", ("hosts",), f"hosts: {name!r} is no string; put the name in quotes")
            elif described == EMBEDDED and is_name(name):
                hosts[name] = Embedded(name=name)
            elif isinstance(described, str) and described != EMBEDDED:
                message = f"hosts.{name}: '{described}' is no host; write 'embedded', or keys and values under it"
                self._fault("settings-shape", ("hosts", name), message)
                hosts[name] = None
            else:
                hosts[name] = self.host(name, described)
        return hosts

    def _judge_together(self, host: dict[Any, Any], path: yamltext.Path) -> None:
        traefik = host.get("traefik")
        traefik = traefik if isinstance(traefik, dict) else {}
        if host.get("strategy") == "blue-green" and not traefik.get("dynamic_file"):
            message = f"{_dotted(path)}.strategy: blue-green switches by traefik.dynamic_file, which is not set"
            self._fault("settings-strategy", (*path, "strategy"), f"{message}; set it, or write restart")
        headers = traefik.get("headers")
        for name in headers if isinstance(headers, dict) else {}:
            if not is_header_name(name):
                where = (*path, "traefik", "headers", str(name))
                self._fault("settings-value", where, f"{_dotted(where[:-1])}: {name!r} is no name of a header")

    def _model(self, model: type[_Model], value: Any, path: yamltext.Path, **ours: str) -> _Model | None:
        """Return `value` as `model`; the faults become findings at their lines."""
        if not isinstance(value, dict):
            self._fault("settings-shape", path, f"{_dotted(path)} {_SENTENCES['dict_type']}")
            return None
        self._refuse_unknown_in(model, value, path)
        try:
            return model.model_validate({**value, **ours})
        except ValidationError as exc:
            for fault in exc.errors(include_url=False, include_input=False):
                self._translate(fault, (*path, *fault["loc"]))
        return None

    def _translate(self, fault: Any, path: yamltext.Path) -> None:
        if fault["type"] == "extra_forbidden":
            return  # said by _refuse_unknown_in, with the closest match
        if fault["type"] == "literal_error":
            sentence = _choice(fault["ctx"]["expected"], path)
        else:
            sentence = _SENTENCES.get(fault["type"]) or ": " + fault["msg"].removeprefix("Value error, ")
        joint = "" if sentence.startswith(":") else " "
        code = "settings-missing" if fault["type"] == "missing" else "settings-value"
        self._fault(code, path, f"{_dotted(path)}{joint}{sentence}")

    def _refuse_unknown_in(self, model: type[BaseModel], value: dict[Any, Any], path: yamltext.Path) -> None:
        known = {f.alias or n: f.annotation for n, f in model.model_fields.items() if n not in _INTERNAL}
        self._refuse_unknown(value, known, path)
        for key, inner in known.items():
            nested = _model_in(inner)
            if nested and isinstance(value.get(key), dict):
                self._refuse_unknown_in(nested, value[key], (*path, key))

    def _refuse_unknown(self, value: dict[Any, Any], known: typing.Iterable[str], path: yamltext.Path) -> None:
        for key in value:
            if key not in known:
                message = f"{_dotted((*path, str(key)))}: there is no such key{closest(str(key), list(known))}"
                self._fault("settings-unknown-key", (*path, str(key)), message)

    def _refuse_control_characters(self, value: Any, path: yamltext.Path) -> None:
        for where, text in _strings(value, path):
            if _CONTROL.search(text):
                self._fault(
                    "settings-control-character", where, f"{_dotted(where)}: holds a control character; remove it"
                )

    def _fault(self, code: str, path: yamltext.Path, message: str) -> None:
        document = self._document
        self.findings.append(error(code, document.where(path) if document.is_readable else document.shown_as, message))


def _choice(expected: str, path: yamltext.Path) -> str:
    if path[-1] == "supervisor":
        return ": launchd and systemd are not yet supported; write nohup"
    return f": expected {expected}"


def _dotted(path: yamltext.Path) -> str:
    return ".".join(map(str, path))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    options = typing.get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    return next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)


def _strings(value: Any, path: yamltext.Path) -> Iterator[tuple[yamltext.Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, str(key)), str(key)
            yield from _strings(inner, (*path, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*path, index))
