"""Reads `configs/hosts.yaml`: every fault in one report with file and line, then the typed settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccdeploy import yamltext
from ccdeploy.settings.host import Embedded, Host, Traefik
from ccdeploy.settings.hosts import Defaults, Hooks, Settings, closest
from ccdeploy.settings.judging import Judge, dotted
from ccdeploy.settings.route import is_written_by_us, rule_of
from ccdeploy.settings.values import is_header_name, is_name

EMBEDDED = "embedded"
_KEYS = ("defaults", "hooks", "hosts")


def load_settings(text: str | bytes, shown_as: str) -> Settings:
    """Return the settings in `text`. Raises Refused with every fault, each with file and line."""
    reader = _Reader(yamltext.load(text, shown_as))
    settings = reader.settings(shown_as)
    if settings is None or reader.has_faults:
        raise reader.refusal()
    return settings


def host_from_mapping(name: str, mapping: Mapping[str, Any], shown_as: str) -> Host:
    """Return the host that `mapping` describes, as the embedded host's state.json does. Raises Refused."""
    reader = _Reader(yamltext.Document(shown_as, {"hosts": {name: dict(mapping)}}))
    host = reader.host(name, dict(mapping))
    if host is None or reader.findings:
        raise reader.refusal()
    return host


class _Reader(Judge):
    """Judges hosts, and builds them."""

    def settings(self, shown_as: str) -> Settings | None:
        top = self.top(_KEYS, "write 'hosts:' with a host under it")
        if top is None:
            return None
        hosts = self._hosts(top.get("hosts"))
        written = top.get("defaults")
        defaults = self.model(Defaults, {} if written is None else written, ("defaults",))
        written = top.get("hooks")
        hooks = self.model(Hooks, {} if written is None else written, ("hooks",))
        if defaults and defaults.host is not None and defaults.host not in hosts:
            message = f"defaults.host: no host is called '{defaults.host}'{closest(defaults.host, hosts)}"
            self.fault("settings-unknown-host", ("defaults", "host"), message)
        if self.findings or defaults is None or hooks is None:
            return None
        built = {name: host for name, host in hosts.items() if host is not None}
        return Settings(shown_as=shown_as, defaults=defaults, hooks=hooks, hosts=built)

    def host(self, name: str, value: Any) -> Host | None:
        """Return the host under `name`, or None with findings."""
        path: yamltext.Path = ("hosts", name)
        if not is_name(name):
            self.fault("settings-name", path, f"'{name}' is no host name; use letters, digits, '.', '_' and '-'")
            return None
        before = len(self.findings)
        host = self.model(Host, value, path, name=name)
        if isinstance(value, dict):
            self._judge_together(value, path)
        if host is not None and host.traefik is not None and host.traefik.dynamic_file is not None:
            self._judge_route(host.traefik, host.strategy, (*path, "traefik"))
        return host if len(self.findings) == before else None

    def _hosts(self, value: Any) -> dict[str, Host | Embedded | None]:
        if not isinstance(value, dict) or not value:
            self.fault("settings-shape", ("hosts",), "hosts: no host is described; write one under 'hosts:'")
            return {}
        hosts: dict[str, Host | Embedded | None] = {}
        for name, described in value.items():
            if not isinstance(name, str):
                self.fault("settings-name", ("hosts",), f"hosts: {name!r} is no string; put the name in quotes")
            elif described == EMBEDDED and is_name(name):
                hosts[name] = Embedded(name=name)
            elif isinstance(described, str) and described != EMBEDDED:
                message = f"hosts.{name}: '{described}' is no host; write 'embedded', or keys and values under it"
                self.fault("settings-shape", ("hosts", name), message)
                hosts[name] = None
            else:
                hosts[name] = self.host(name, described)
        return hosts

    def _judge_together(self, host: dict[Any, Any], path: yamltext.Path) -> None:
        traefik = host.get("traefik")
        traefik = traefik if isinstance(traefik, dict) else {}
        if host.get("strategy") == "blue-green" and not traefik.get("dynamic_file"):
            message = f"{dotted(path)}.strategy: blue-green switches by traefik.dynamic_file, which is not set"
            self.fault("settings-strategy", (*path, "strategy"), f"{message}; set it, or write restart")
        headers = traefik.get("headers")
        for name in headers if isinstance(headers, dict) else {}:
            if not is_header_name(name):
                where = (*path, "traefik", "headers", str(name))
                self.fault("settings-value", where, f"{dotted(where[:-1])}: {name!r} is no name of a header")
            elif name.lower() == "authorization":
                where = (*path, "traefik", "headers", name)
                message = f"{dotted(where)}: it carries the proxy's own key; let the login in front take another header"
                self.fault("settings-value", where, message)

    def _judge_route(self, traefik: Traefik, strategy: str, path: yamltext.Path) -> None:
        """Judge what Traefik's dynamic file is made of."""
        if traefik.rule is None:
            try:
                rule_of(traefik.url)
            except ValueError as exc:
                self.fault("settings-value", (*path, "url"), f"{dotted(path)}.url: {exc}")
        if strategy == "blue-green" and not is_written_by_us(traefik.dynamic_file or ""):
            message = f"{dotted(path)}.dynamic_file: blue-green writes YAML; name a file that ends in .yml"
            self.fault("settings-strategy", (*path, "dynamic_file"), message)
        if traefik.cert_resolver is not None and not traefik.is_tls:
            message = f"{dotted(path)}.cert_resolver: the router is not one of TLS; write tls: true, or remove it"
            self.fault("settings-value", (*path, "cert_resolver"), message)
        for name in traefik.middlewares:
            if name in (f"{traefik.service}-slot", f"{traefik.service}-retry"):
                message = f"{dotted(path)}.middlewares: '{name}' is what ccdeploy calls its own; rename yours"
                self.fault("settings-value", (*path, "middlewares"), message)
