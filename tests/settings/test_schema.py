"""The JSON schemas say the same as our own readers, as far as a schema can."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from ccdeploy.errors import Refused
from ccdeploy.settings import load_models, load_settings
from ccdeploy.settings.schema import format_of, hosts_schema, models_schema, written

ROOT = Path(__file__).resolve().parents[2]
DIGEST = "sha256-" + "0123456789abcdef" * 4
Reader = Callable[[str, str], Any]
READERS: dict[str, tuple[Reader, dict[str, Any]]] = {
    "hosts": (load_settings, hosts_schema()),
    "models": (load_models, models_schema()),
}


def host(lines: str) -> str:
    """Return a hosts.yaml with one host that has these lines."""
    return "hosts:\n  a:\n    ssh: {address: x.example.com}\n" + "".join(f"    {line}\n" for line in lines.splitlines())


def model(line: str) -> str:
    """Return a models.yaml with one model that has this line."""
    return f"models:\n  tiny:latest:\n    {line}\n"


def verdicts(kind: str, text: str) -> tuple[bool, bool]:
    """Whether our reader takes a file, and whether the schema does."""
    reader, schema = READERS[kind]
    try:
        reader(text, "x.yaml")
        is_read = True
    except Refused:
        is_read = False
    return is_read, Draft7Validator(schema).is_valid(yaml.safe_load(text))


GOOD = [
    ("hosts", (ROOT / "configs" / "hosts.yaml").read_text()),
    ("models", (ROOT / "configs" / "models.yaml").read_text()),
    ("hosts", "schema_version: 1\ndefaults: null\nhooks: null\nhosts: {sandbox: embedded}"),
    ("hosts", "hooks: {timeout: 5m}\nhosts: {sandbox: embedded}"),
    ("hosts", host("traefik: null\nollama: null\nconfig: null")),
    ("hosts", host("traefik: {url: 'HTTPS://[::1]:8443/a', headers: {X-A: ''}, api: null, dynamic_file: /etc/t.yml}")),
    ("hosts", host("traefik: {url: 'https://x', dynamic_file: a.yaml, router: r, service: s.1, rule: 'Host(`x`)'}")),
    ("hosts", host("traefik: {url: 'http://x', entry_points: [web], middlewares: [a, b@docker], tls: true}")),
    ("hosts", host("traefik: {url: 'https://x', cert_resolver: le, health_interval: 1s, switch_timeout: 1m}")),
    ("hosts", host("root: /srv/a..b\nenv_file: .env\nlitellm: /opt/bin/litellm")),
    ("hosts", host("ready_timeout: 90\ndrain_timeout: 1.5 m\nollama: {memory: 32 gib}")),
    ("hosts", host('litellm_args: [--num_workers, "2", --host_header]')),
    ("hosts", host("listen: {address: '::1', ports: [1, 65535]}")),
    ("hosts", "hosts: {a: {ssh: {address: x, jump: 'ada@gate.example.com:22, [::1]:2222'}}}"),
    ("hosts", "hosts: {a: {ssh: {address: x, jump: none}}}"),
    ("models", "models: {}"),
    ("models", model(f"blob: {DIGEST}")),
    ("models", "models: {'hf.co/me/mine-GGUF:Q4_K_M': {file_size: 4683087332, layers: null}}"),
]  # fmt: skip
BAD = [
    ("hosts", "schema_version: 2\nhosts: {a: embedded}"),
    ("hosts", "schema_version: '1'\nhosts: {a: embedded}"),
    ("hosts", "{}"),
    ("hosts", "[]"),
    ("hosts", "hosts: {}"),
    ("hosts", "hosts: {a: embeded}"),
    ("hosts", "hosts: {a: null}"),
    ("hosts", "hosts: {a: {}}"),
    ("hosts", "hosts: {'a b': embedded}"),
    ("hosts", "hosts: {a: embedded}\nhots: {}"),
    ("hosts", "defaults: []\nhosts: {a: embedded}"),
    ("hosts", "hooks: {timeout: soon}\nhosts: {a: embedded}"),
    ("hosts", "hooks: {timeot: 1s}\nhosts: {a: embedded}"),
    ("hosts", "defaults: {hots: a}\nhosts: {a: embedded}"),
    *[
        ("hosts", host(line))
        for line in (
            "ready_timeot: 1s", "ready_timeout_s: 3", "name: other", "ssh: {adress: x}",
            "listen: {ports: [8081, 8081]}", "listen: {ports: [8081]}", "listen: {ports: [0, 8081]}",
            "listen: {ports: [8081, 70000]}", "listen: {ports: [true, 8081]}", 'listen: {ports: ["8081", 8082]}',
            "listen: {ports: [4000, 8081]}", "listen: {address: a b}", "root: ''", "root: ccproxy", "root: /",
            "root: /srv/../etc", "root: ~/..", "env_file: ~/.env", "env_file: ../.env", "env_file: a/", "litellm: ''",
            "litellm_args: [--port, '1']", "litellm_args: [--config=x]", "litellm_args: [--num_workers, 2]",
            "litellm_args: --debug", "supervisor: launchd", "strategy: canary", "ready_timeout: 0",
            "ready_timeout: 2 weeks", "ready_timeout: null", "ready_timeout: true", "config: ../etc/passwd",
            "config: 12",
            "ollama: {url: ftp://x}", "ollama: {url: 'http://user:pass@x'}", "ollama: {memory: plenty}",
            "ollama: {memory: 0}", "ollama: []", "traefik: {}", "traefik: {url: 'http://x', upstream: 'http://y'}",
            "traefik: {url: 'http://x', headers: {'A B': c}}", "traefik: {url: 'http://x', headers: {A: 1}}",
            "traefik: {url: 'http://x', headers: {A: ' c'}}", "traefik: {url: 'http://x', dynamic_file: a.conf}",
            "traefik: {url: 'http://x', dynamic_file: '../a.yml'}",
            "traefik: {url: 'http://x', dynamic_file: '~/a.yml'}",
            "traefik: {url: 'http://x', router: a@file}", "traefik: {url: 'http://x', service: 'a b'}",
            "traefik: {url: 'http://x', rule: ''}", "traefik: {url: 'http://x', entry_points: ['a`']}",
            "traefik: {url: 'http://x', middlewares: [a@b@c]}", "traefik: {url: 'http://x', tls: 'on'}",
            "traefik: {url: 'http://x', health_interval: 0.5}", "traefik: {url: 'http://x', switch_timeout: 0}",
        )
    ],
    ("hosts", "hosts:\n  a:\n    ssh: {address: x, user: 'a b'}\n"),
    ("hosts", "hosts:\n  a:\n    ssh: {address: x, port: 0}\n"),
    ("hosts", "hosts:\n  a:\n    ssh: {address: x, identity_file: ''}\n"),
    ("hosts", "hosts:\n  a:\n    ssh: {address: x, host_key_policy: 'no'}\n"),
    ("hosts", "hosts: {a: {ssh: {address: x, jump: 'ada@'}}}"),
    ("hosts", "hosts: {a: {ssh: {address: x, jump: 'b,,c'}}}"),
    ("models", "schema_version: 2\nmodels: {}"),
    ("models", "{}"),
    ("models", "models: []"),
    ("models", "models: {tiny: {}}"),
    ("models", "models: {tiny:latest: 3}"),
    *[
        ("models", model(line))
        for line in (
            "layers: 0", "kv_heads: -1", "head_dim: 128.5", "num_ctx: 32k", "file_size: big", "blob: sha256:abc",
            "blob: 12", "layer: 3", "layers: true",
        )
    ],
]  # fmt: skip
# What JSON Schema has no words for, or none that an editor would show well. `check` has the last word.
READER_ALONE = [
    ("hosts", "hosts: {a: embedded, a: embedded}"),
    ("hosts", "defaults: {host: b}\nhosts: {a: embedded}"),
    ("hosts", host("strategy: blue-green")),
    ("hosts", host("ready_timeout: 2d")),
    ("hosts", host("traefik: {url: 'http://x', health_interval: 500ms}")),
    ("hosts", host("traefik: {url: 'http://x', cert_resolver: le, dynamic_file: a.yml}")),
    ("hosts", host("ready_timeout: 0s")),
    ("hosts", host("ollama: {url: 'http://x:70000'}")),
    ("models", model("layers: 64.0")),
]


@pytest.mark.parametrize(("kind", "text"), GOOD)
def test_what_our_reader_takes_the_schema_takes(kind: str, text: str) -> None:
    """An editor that marks a good line teaches people to ignore the marks."""
    assert verdicts(kind, text) == (True, True)


@pytest.mark.parametrize(("kind", "text"), BAD)
def test_what_our_reader_refuses_the_schema_refuses(kind: str, text: str) -> None:
    """The mark in the editor is the same fault, before anybody runs `check`."""
    assert verdicts(kind, text) == (False, False)


@pytest.mark.parametrize(("kind", "text"), READER_ALONE)
def test_what_only_our_reader_sees_is_known(kind: str, text: str) -> None:
    """The list is the difference between the two; whoever teaches the schema one of them moves it up."""
    assert verdicts(kind, text) == (False, True)


@pytest.mark.parametrize("schema", [hosts_schema(), models_schema()], ids=["hosts", "models"])
def test_a_schema_is_one_of_draft_7(schema: dict[str, Any]) -> None:
    """It is the newest that the YAML support of editors understands."""
    Draft7Validator.check_schema(schema)
    assert schema["$schema"].startswith("http://json-schema.org/draft-07/")


@pytest.mark.parametrize("schema", [hosts_schema(), models_schema()], ids=["hosts", "models"])
def test_every_key_has_a_text_for_the_editor(schema: dict[str, Any]) -> None:
    """Hovering over a key is how people read a reference."""
    assert [key for key, value in keys(schema) if not value.get("description")] == []


def keys(schema: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return each key that a schema describes, however deep."""
    if isinstance(schema, list):
        return [found for item in schema for found in keys(item)]
    if not isinstance(schema, dict):
        return []
    own = list(schema.get("properties", {}).items())
    return [*own, *(found for value in schema.values() for found in keys(value))]


def test_a_default_in_a_schema_is_one_that_may_be_written() -> None:
    """Editors put it into the file."""
    written_out = {
        key: value["default"] for key, value in keys(hosts_schema()) if "default" in value and key != "schema_version"
    }
    for key in ("ready_timeout", "drain_timeout", "root", "litellm", "litellm_args", "env_file", "config", "traefik"):
        assert verdicts("hosts", host(yaml.safe_dump({key: written_out[key]}).strip())) == (True, True)


@pytest.mark.parametrize("kind", READERS)
def test_the_shipped_files_name_their_schema_where_it_is(kind: str) -> None:
    """The line is read by editors alone: nobody else would notice a path that leads nowhere."""
    first = (ROOT / "configs" / f"{kind}.yaml").read_text().splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert (ROOT / "configs" / named).read_text() == written(READERS[kind][1])


def test_the_format_of_a_written_schema_is_known_again() -> None:
    """By it, a copy that a newer ccdeploy wrote is not written back to an older one."""
    assert format_of(written(hosts_schema())) == format_of(written(models_schema()).encode()) == 1
    assert [format_of(text) for text in ("", "[]", "{}", json.dumps({"properties": {"schema_version": 1}}))] == [
        None
    ] * 4
