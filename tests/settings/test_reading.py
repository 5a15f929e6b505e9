"""hosts.yaml: what is read, and every way in which it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ccdeploy.errors import Refused
from ccdeploy.settings import Embedded, Host, Settings, host_from_mapping, load_settings
from ccdeploy.settings.reference import rows

SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "hosts.yaml"
LEAST = "hosts:\n  studio:\n    ssh: {address: studio.example.com}\n"


def faults(text: str) -> list[tuple[str | None, str]]:
    """(where, message) of every finding that refuses `text`."""
    with pytest.raises(Refused) as caught:
        load_settings(text, "h.yaml")
    return [(f.where, f.message) for f in caught.value.findings]


def fault(lines: str) -> str:
    """The one message that refuses a host with `lines` added."""
    (found,) = faults(LEAST + "".join(f"    {line}\n" for line in lines.splitlines()))
    assert found[0] == "h.yaml:4"
    return found[1]


def studio(settings: Settings) -> Host:
    """The host of that name."""
    host = settings.host("studio")
    assert isinstance(host, Host)
    return host


def test_the_shipped_file_is_read_and_says_the_defaults() -> None:
    """It is the example and the contract: every key with its default."""
    shipped = load_settings(SHIPPED.read_bytes(), "configs/hosts.yaml")
    assert isinstance(shipped.host(), Embedded)
    written = studio(shipped).model_dump(exclude={"ssh": {"port"}, "config": True, "traefik": True, "ollama": True})
    assert written == studio(load_settings(LEAST, "h")).model_dump(
        exclude={"ssh": {"port"}, "config": True, "traefik": True, "ollama": True}
    )


def test_units_become_numbers() -> None:
    """A string becomes a typed value once."""
    text = LEAST + "    ready_timeout: 2m\n    drain_timeout: 90\n    ollama: {memory: 32GiB}\n"
    host = studio(load_settings(text, "h"))
    assert (host.ready_timeout_s, host.drain_timeout_s) == (120.0, 90.0)
    assert host.ollama is not None
    assert host.ollama.memory_bytes == 2**35


def test_traefik_and_ollama_may_be_null() -> None:
    """Not every host has them."""
    host = studio(load_settings(LEAST + "    traefik: null\n    ollama: null\n", "h"))
    assert (host.traefik, host.ollama) == (None, None)


def test_every_fault_is_in_one_report() -> None:
    """Nobody likes to mend one line a run."""
    text = "hots: {}\nhosts:\n  studio:\n    ssh: {adress: x}\n    listen: {ports: [1]}\n    ready_timeout: soon\n"
    assert [where for where, _ in faults(text)] == ["h.yaml:1", "h.yaml:4", "h.yaml:4", "h.yaml:5", "h.yaml:6"]


def test_an_unknown_key_names_the_closest_one() -> None:
    """The message is pinned: people search for it."""
    assert fault("ready_timeot: 1s") == "hosts.studio.ready_timeot: there is no such key; did you mean ready_timeout?"


def test_the_names_of_our_fields_are_no_keys() -> None:
    """One spelling: `ready_timeout_s` is Python's, `name` is the key above."""
    assert "no such key" in fault("ready_timeout_s: 3")
    assert "no such key" in fault("name: other")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('traefik: {url: "https://a.example.com", headers: {Authorization: x}}', "it carries the proxy's own key"),
        ("listen: {ports: [8081, 8081]}", "both ports are 8081"),
        ("listen: {ports: [8081]}", "expected two ports"),
        ("listen: {ports: [0, 8081]}", "0 is no port"),
        ("listen: {ports: [8081, 70000]}", "70000 is no port"),
        ("listen: {ports: [true, 8081]}", "True is no port"),
        ('listen: {ports: ["8081", 8082]}', "'8081' is no port"),
        ("listen: {ports: [4000, 8081]}", "random port when 4000 is busy"),
        ("listen: {address: a b}", "no host name or address"),
        ("root: ''", "no folder to count on"),
        ("root: ccproxy", "no folder to count on"),
        ("root: /", "not a folder of its own"),
        ("root: /srv/../etc", "no folder to count on"),
        ("env_file: ~/.env", "no path of a file"),
        ("env_file: ../.env", "no path of a file"),
        ("litellm: ''", "no path of a file"),
        ("litellm_version: 1.90", "a version is a string; put it in quotes, or YAML takes 1.90 for 1.9"),
        ("litellm_version: 1", "a version is a string; put it in quotes"),
        ("litellm_version: newest", "is no version of LiteLLM"),
        ("litellm_args: [--port, '1']", "ccdeploy sets --port itself"),
        ("litellm_args: [--config=x]", "ccdeploy sets --config itself"),
        ("litellm_args: [--num_workers, 2]", "every argument is a string"),
        ("litellm_args: --debug", "expected a list"),
        ("supervisor: launchd", "not yet supported; write nohup"),
        ("strategy: canary", "expected 'restart' or 'blue-green'"),
        ("strategy: blue-green", "blue-green switches by traefik.dynamic_file"),
        ("ready_timeout: 0s", "is not above zero"),
        ("ready_timeout: 2d", "more than a day"),
        ("ready_timeout: null", "no duration"),
        ("config: ../etc/passwd", "no name of a config"),
        ("ollama: {url: ftp://x}", "no URL of a server"),
        ("ollama: {url: 'http://user:pass@x'}", "use headers instead"),
        ("ollama: {memory: plenty}", "is no size"),
        ("ollama: []", "is no mapping"),
        ("traefik: {}", "traefik.url is missing"),
        ("traefik: {url: 'http://x', upstream: 'http://y'}", "where the port goes"),
        ("traefik: {url: 'http://x', headers: {A: \"b\\nc\"}}", "control character"),
        ("traefik: {url: 'http://x', headers: {'A B': c}}", "no name of a header"),
        ("traefik: {url: 'http://x', headers: {A: 1}}", "no string"),
        ('env_file: "a\\x1bb"', "control character"),
        ("traefik: {url: 'http://x', dynamic_file: a.conf}", "no file that Traefik reads; let it end in .yml"),
        ("traefik: {url: 'http://x', router: a@file}", "'a@file' holds an @, after which Traefik names the provider"),
        ("traefik: {url: 'http://x', service: 'a b'}", "'a b' is no name"),
        ("traefik: {url: 'http://x', middlewares: ['@docker']}", "names no middleware"),
        ("traefik: {url: 'http://x', health_interval: 500ms}", "'500ms' is too often; write 1s or more"),
        ("traefik: {url: 'http://x', health_interval: often}", "is no duration"),
        ("traefik: {url: 'http://x', tls: 'yes'}", "neither true nor false"),
        ("traefik: {url: 'http://x`', dynamic_file: a.yml}", "makes no rule of Traefik"),
        ("traefik: {url: 'http://x/a`b', dynamic_file: a.yml}", "makes no rule of Traefik"),
        ("traefik: {url: 'http://bücher.example.com', dynamic_file: a.yml}", "write `rule` yourself"),
        ("traefik: {url: 'http://x', cert_resolver: le, dynamic_file: a.yml}", "the router is not one of TLS"),
        ("traefik: {url: 'http://x', middlewares: [ccproxy-slot], dynamic_file: a.yml}", "ccdeploy calls its own"),
    ],
)
def test_each_wrong_value_is_refused_with_its_line_and_a_remedy(lines: str, words: str) -> None:
    """Before anything is touched."""
    assert words in fault(lines)


def test_a_file_in_toml_is_read_and_not_written() -> None:
    """Doctor looks at whatever Traefik has; what blue-green switches by is ours, and YAML."""
    route = "    traefik: {url: 'http://x', dynamic_file: a.toml}\n"
    assert studio(load_settings(LEAST + route, "h")).traefik is not None
    ((where, words),) = faults(LEAST + route + "    strategy: blue-green\n")
    assert (where, "blue-green writes YAML" in words) == ("h.yaml:4", True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("[]", "no mapping"),
        ("hosts: {}", "no host is described"),
        ("hosts: null", "no host is described"),
        ("hosts: {a: embeded}", "write 'embedded'"),
        ("hosts: {a: null}", "no mapping"),
        ("hosts: {'a b': embedded}", "is no host name"),
        ("hosts: {-a: embedded}", "is no host name"),
        ("hosts: {on: embedded}", "put the name in quotes"),
        ("hosts: {a: embedded, a: embedded}", "stands here again"),
        ("defaults: {host: b}\nhosts: {a: embedded}", "no host is called 'b'"),
        ("defaults: []\nhosts: {a: embedded}", "no mapping"),
        ("hosts: {a: {ssh: x}}", "no mapping"),
        ("hosts: {a: {}}", "ssh is missing"),
        ("hosts:\n  a: [\n", "this is not YAML"),
    ],
)
def test_each_wrong_shape_is_refused(text: str, words: str) -> None:
    """No traceback reaches a user."""
    assert any(words in message for _, message in faults(text))


def test_a_file_of_a_newer_format_is_refused_with_the_remedy_alone() -> None:
    """What else it says means something that this ccdeploy cannot know; its faults would mislead."""
    with pytest.raises(Refused) as caught:
        load_settings("hosts: {}\nfleets: {}\nschema_version: 2\n", "h.yaml")
    (found,) = caught.value.findings
    assert (found.code, found.where, found.hint) == ("settings-newer", "h.yaml:3", "upgrade ccdeploy")
    assert found.message == "the file is of format 2, and this ccdeploy reads formats up to 1"


@pytest.mark.parametrize("version", ["0", "true", "1.0", "one", "null"])
def test_a_format_that_is_no_number_is_refused(version: str) -> None:
    """Guessing would read a file as what it is not."""
    assert any("is no version; write 1" in message for _, message in faults(f"schema_version: {version}\n{LEAST}"))


def test_a_file_of_this_format_is_read() -> None:
    """What `init` writes; a file that names none is of this format too."""
    assert load_settings(f"schema_version: 1\n{LEAST}", "h").hosts == load_settings(LEAST, "h").hosts


def test_the_host_is_the_named_one_or_the_default_or_the_only_one() -> None:
    """In this order; with several and no default, we do not guess."""
    two = "hosts: {a: embedded, b: embedded}\n"
    assert load_settings("hosts: {a: embedded}", "h").host().name == "a"
    assert load_settings("defaults: {host: b}\n" + two, "h").host().name == "b"
    assert load_settings("defaults: {host: b}\n" + two, "h").host("a").name == "a"
    with pytest.raises(Refused, match="2 hosts, and no default"):
        load_settings(two, "h").host()


def test_an_unknown_host_names_the_closest_one() -> None:
    """The sentence of the style guide."""
    with pytest.raises(Refused, match=r"^no host is called 'studoi'; did you mean studio\?$"):
        load_settings(LEAST, "h").host("studoi")


def test_the_embedded_hosts_state_becomes_a_host() -> None:
    """state.json has no lines, and the same rules."""
    state = {"ssh": {"address": "127.0.0.1", "port": 2222}, "root": "/srv", "listen": {"ports": [8081, 8082]}}
    assert host_from_mapping("sandbox", state, "state.json").ssh.port == 2222
    with pytest.raises(Refused) as caught:
        host_from_mapping("sandbox", {**state, "rot": 1}, "state.json")
    assert [(f.where, f.code) for f in caught.value.findings] == [("state.json", "settings-unknown-key")]


def test_values_are_frozen() -> None:
    """A host that changes while it is deployed to would be a riddle."""
    host = studio(load_settings(LEAST, "h"))
    with pytest.raises(ValueError, match="frozen"):
        host.root = "/other"  # type: ignore[misc]


def test_every_key_of_the_shipped_file_is_in_the_reference_and_has_a_meaning() -> None:
    """docs/reference/settings.md is made from it."""
    keys = [key for key, _, _, meaning in rows() if meaning]
    assert len(keys) == len(rows()) == len(set(keys))
    assert {"defaults.host", "hosts.NAME.ssh.connect_timeout", "hosts.NAME.ollama.memory"} <= set(keys)
    defaults = {key: default for key, _, default, _ in rows()}
    assert defaults["hosts.NAME.drain_timeout"] == "600s"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from([key.rpartition(".")[2] for key, *_ in rows() if key.count(".") == 2])


@hypothesis_settings(deadline=None)
@given(st.dictionaries(FIELDS, JUNK, max_size=4))
def test_no_mapping_raises_anything_but_refused(mapping: dict[str, object]) -> None:
    """Whatever stands in state.json or YAML ends in findings."""
    with pytest.raises(Refused) as caught:  # without an address, every one of them is refused
        host_from_mapping("x", mapping, "state.json")
    assert caught.value.findings
