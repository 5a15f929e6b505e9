"""The lines that Ollama writes as it starts, of several versions and of logs that tell little."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccdeploy.ollama.keepalive import DEFAULT_S, FOREVER
from ccdeploy.ollama.log.line import fields
from ccdeploy.ollama.log.startup import Device, Startup, last_start, server
from ccdeploy.ollama.server import Server

FOLDER = Path(__file__).resolve().parents[2] / "cases" / "ollama" / "log"
GIB = 2**30
CONFIG = 'time=x level=INFO source=routes.go:1 msg="server config" env="map[{}]"'
COMPUTE = 'time=x level=INFO source=types.go:32 msg="inference compute" id=0 library={} total="{}" available="1.0 GiB"'


def case(name: str) -> Startup:
    """The last start in a case file."""
    found = last_start((FOLDER / name).read_text().splitlines())
    assert found is not None
    return found


def told(variables: str) -> Server:
    """The server whose settings line has these variables."""
    found = last_start([CONFIG.format(variables)])
    assert found is not None
    return server(found, "0.33.0")


def test_the_last_start_counts() -> None:
    """Ollama was restarted with other settings, and its log went on: the older ones hold no more."""
    assert server(case("metal-0.33.log"), "0.33.0") == Server(
        version="0.33.0",
        gpu_total_bytes=round(29.8 * GIB),
        max_loaded_models=2,
        num_parallel=4,
        kv_cache_type="q8_0",
        keep_alive_s=FOREVER,
        max_queue=64,
        context_length_tokens=8192,
        gpu_overhead_bytes=GIB,
    )


def test_a_start_names_its_version_and_its_device() -> None:
    """Both are shown to people."""
    found = case("metal-0.33.log")
    assert found.version == "0.33.0"
    assert found.devices == (Device("Metal", "Apple M4 Max", round(29.8 * GIB), round(29.8 * GIB)),)


def test_the_older_logger_is_read_too() -> None:
    """Up to 0.6.8 the settings came before the logger was set up."""
    found = server(case("metal-0.6.8.log"), "0.6.8")
    assert (found.keep_alive_s, found.gpu_total_bytes) == (1800, round(21.3 * GIB))
    assert (found.num_parallel, found.context_length_tokens) == (1, 4096)


def test_the_memory_is_that_of_all_gpus_of_the_last_start() -> None:
    """Each has a line of its own."""
    lines = [COMPUTE.format("CUDA", "80.0 GiB"), CONFIG.format(""), *([COMPUTE.format("CUDA", "10.6 GiB")] * 2)]
    found = last_start(lines)
    assert found is not None
    assert found.total_bytes == 2 * round(10.6 * GIB)


def test_a_host_that_computes_on_its_cpu_has_no_gpu_memory() -> None:
    """The line tells the memory of the system then, which is no budget: nothing is tested against it."""
    found = last_start([CONFIG.format(""), COMPUTE.format("cpu", "62.7 GiB")])
    assert found is not None
    assert (found.total_bytes, found.tells_devices) == (None, True)


def test_settings_that_are_not_told_are_the_defaults() -> None:
    """A value that is left empty is the default to Ollama too."""
    assert told("OLLAMA_KV_CACHE_TYPE: OLLAMA_NUM_PARALLEL:0 OLLAMA_KEEP_ALIVE:") == Server("0.33.0", None)


@pytest.mark.parametrize(
    ("text", "seconds"), [("5m0s", 300), ("0s", 0), ("24h0m0s", 86_400), ("-1ns", FOREVER), ("soon", DEFAULT_S)]
)
def test_keep_alive_is_a_duration_of_go(text: str, seconds: float) -> None:
    """For ever is printed as 292 years."""
    assert told(f"OLLAMA_KEEP_ALIVE:{text}").keep_alive_s == seconds


@pytest.mark.parametrize("line", ["", "inference compute", 'x="inference compute" total="9 GiB"', "[GIN] 200", '"'])
def test_a_log_without_a_start_tells_nothing(line: str) -> None:
    """Turned over, or that of another program."""
    assert last_start([line]) is None


@pytest.mark.parametrize("total", ["", "much", "-1 GiB", "0 B", "9" * 400 + " GiB"])
def test_a_size_that_makes_no_sense_is_no_memory(total: str) -> None:
    """Unknown, not zero, and no crash."""
    found = last_start([COMPUTE.format("Metal", total)])
    assert found is not None
    assert found.total_bytes is None


def test_a_value_may_hold_spaces_and_quotes() -> None:
    """A folder of models, or the name of a device."""
    assert fields('msg="a \\"b\\" = c" n=1 e="" x="d=e"') == {"msg": 'a "b" = c', "n": "1", "e": "", "x": "d=e"}
