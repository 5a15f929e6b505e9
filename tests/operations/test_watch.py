"""Watching the host's Ollama through the seam: what its requests do to its memory is told, and nothing is loaded."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ccdeploy import app
from ccdeploy.errors import Refused
from ccdeploy.events import Event, Noted, Warned
from ccdeploy.ollama.server import Server
from ccdeploy.results import Residents, Watch, WatchAlarm, WatchEvent, WatchLine
from ccdeploy.sandbox.ollama.catalogue import CATALOGUE
from ccdeploy.sandbox.ollama.log import Log, to_file
from tests.support.cable import cable
from tests.support.neighbourhood import way_to
from tests.support.openssh import end, sshd, sshd_again
from tests.support.studio import Studio

CODER, LARGE, FAST = "qwen2.5-coder:32b-instruct", "qwen-quality-128k:latest", "qwen-fast:latest"
EVERY_S = 0.1  # as often as it may be; nothing here waits for a second look that is not needed
EVICTING = (
    'time=2026-11-25T10:00:00.000+01:00 level=INFO source=sched.go:557 msg="llama-server model predicted to exceed '
    'available memory, evicting" predicted="6.3 GiB" predicted_num_ctx=4096 num_batch=512 available="7.2 GiB" '
    'gpu_free="14.8 GiB" system_free="7.2 GiB" system_limited=true'
)


class Viewer:
    """Does one thing after each look; reads until there is nothing left to do and `last` was shown."""

    def __init__(self, last: str, *actions: Callable[[], object]) -> None:
        self._last, self._actions = last, list(actions)
        self.lines: list[WatchLine] = []

    def show(self, line: WatchLine) -> bool:
        """Keep what happened."""
        self.lines.append(line)
        return bool(self._actions) or line.event != self._last

    def look(self, residents: Residents) -> None:
        """Do what is next."""
        if self._actions:
            self._actions.pop(0)()

    @property
    def told(self) -> list[tuple[str, str | None, tuple[str, ...]]]:
        """The events, each with its model and the others; without the lines of the log, which come when they come."""
        events = (line for line in self.lines if isinstance(line, WatchEvent))
        return [(event.event, event.model, event.others) for event in events if event.event != "log"]


def watch(studio: Studio, viewer: Viewer, **wish: Any) -> Watch:
    """Watch as the faces do; a watch whose end never comes is over in time to say what was seen."""
    return app.watch(studio.project, None, viewer, every_s=EVERY_S, **{"for_s": 60.0, **wish})


def asking(studio: Studio, model: str, **more: Any) -> Callable[[], None]:
    """Return what asks a model for an answer of one token."""

    def ask() -> None:
        body = {"model": model, "prompt": "hello", "options": {"num_predict": 1}, "stream": False, **more}
        post(studio, body)

    return ask


def post(studio: Studio, body: dict[str, Any]) -> None:
    """Send a request to Ollama."""
    connection = http.client.HTTPConnection("127.0.0.1", ollama_port(studio), timeout=20)
    connection.request("POST", "/api/generate", json.dumps(body))
    connection.getresponse().read()
    connection.close()


def forget(studio: Studio) -> None:
    """Have every model unloaded, those of other tests too."""
    connection = http.client.HTTPConnection("127.0.0.1", ollama_port(studio), timeout=20)
    connection.request("GET", "/api/ps")
    resident = json.loads(connection.getresponse().read())["models"]
    connection.close()
    for model in resident:
        post(studio, {"model": model["name"], "keep_alive": 0})


def its_log(studio: Studio, folder: Path) -> Path:
    """Return the log of the host's Ollama, begun and named in the settings: a test writes what comes next."""
    log = folder / "ollama.log"
    Log(to_file(log)).began(Server("0.33.0", gpu_total_bytes=2**35), ollama_port(studio))
    studio.entry["ollama"]["log"] = str(log)
    studio.settle()
    return log


def ollama_port(studio: Studio) -> int:
    """Return the port of the Ollama that all tests share."""
    return int(studio.around.ollama_url.rsplit(":", 1)[1])


@pytest.fixture(autouse=True)
def _empty(studio: Studio) -> Iterator[None]:
    """Nothing is in memory, before and after."""
    forget(studio)
    yield
    forget(studio)


def test_two_models_that_displace_each_other_set_off_the_alarm(studio: Studio) -> None:
    """The incident, as it is seen while it happens: each load, whom it cost its place, the pair, and the cause."""
    viewer = Viewer("alarm", asking(studio, CODER), asking(studio, LARGE), asking(studio, CODER))
    before = studio.site.loads()
    found = watch(studio, viewer, changes=2)
    assert viewer.told == [
        ("loaded", CODER, ()),
        ("evicted", CODER, (LARGE,)),
        ("loaded", LARGE, (CODER,)),
        ("offloaded", LARGE, ()),
        ("evicted", LARGE, (CODER,)),
        ("reloaded", CODER, (LARGE,)),
    ]
    alarm = viewer.lines[-1]
    assert isinstance(alarm, WatchAlarm)
    assert (set(alarm.models), alarm.cause, alarm.count) == ({CODER, LARGE}, "two-models", 2)
    assert (found.loads, found.reloads, found.evictions, found.alarms) == (3, 1, 2, (alarm,))
    loads = studio.site.loads()
    assert None not in (before, loads)
    assert (loads or 0) - (before or 0) == 3  # those of the requests: the watch itself caused none


def test_two_contexts_of_one_model_are_told_from_two_models(studio: Studio) -> None:
    """ollama#10948: no memory helps against it, and nothing else in the logs says so."""
    contexts = [asking(studio, FAST, options={"num_ctx": tokens, "num_predict": 1}) for tokens in (4096, 8192, 4096)]
    viewer = Viewer("alarm", *contexts)
    watch(studio, viewer, changes=2)
    assert ("context-changed", FAST, ()) in viewer.told
    alarm = viewer.lines[-1]
    assert isinstance(alarm, WatchAlarm)
    assert (alarm.models, alarm.cause) == ((FAST,), "one-blob")
    assert "4096 and 8192" in alarm.text


def test_the_time_ends_a_watch(studio: Studio) -> None:
    """In a script or a pipeline: 0 when all was well."""
    viewer = Viewer("never")
    found = watch(studio, viewer, for_s=0.2)
    assert (found.exit_code, found.loads, found.alarms) == (0, 0, ())
    assert [line.event for line in viewer.lines] == ["resident"]


def test_an_ollama_that_answers_too_late_is_silent_and_then_back(studio: Studio) -> None:
    """/api/ps waits behind a runner that hangs: an event, and the watch goes on."""
    with cable(ollama_port(studio)) as line:
        studio.entry["ollama"] = {"url": f"http://127.0.0.1:{line.port}"}
        studio.settle()
        viewer = Viewer("back", line.stall)
        watch(studio, viewer)
    assert [event for event, _, _ in viewer.told] == ["silent", "back"]
    assert "did not answer within" in str(viewer.lines[1])


def test_an_ollama_that_is_not_there_yet_is_waited_for(studio: Studio) -> None:
    """It is restarted at this moment: whoever watches wants to see it come."""
    with cable(ollama_port(studio)) as line:
        studio.entry["ollama"] = {"url": f"http://127.0.0.1:{line.port}"}
        studio.settle()
        line.close()
        found = watch(studio, Viewer("silent"))
    assert found.exit_code == 0


def test_a_lost_connection_is_waited_for_and_the_watch_goes_on(studio: Studio, tmp_path: Path) -> None:
    """As `logs -f` does it: sshd is away at two in the morning, that is said, and the loads after it are seen."""
    with ExitStack() as stack:
        server = stack.enter_context(sshd(tmp_path / "sshd"))
        studio.entry["ssh"] = way_to(server)
        studio.settle()

        def comes_back(event: Event) -> None:
            if isinstance(event, Warned) and "lost" in event.text:
                stack.enter_context(sshd_again(server))

        studio.at = comes_back
        viewer = Viewer("loaded", lambda: end(server), asking(studio, FAST))
        watch(studio, viewer)
    assert viewer.told[-1] == ("loaded", FAST, ())
    said = [event.text for event in studio.events if isinstance(event, Noted | Warned)]
    assert "studio: the connection was lost; trying again until it is back, Ctrl-C ends it" in said
    assert "studio: connected again; the watch goes on" in said


def test_what_ollamas_log_says_of_loads_is_told_and_names_the_cause(studio: Studio, tmp_path: Path) -> None:
    """`system_limited=true` though the GPU has room: another program takes the memory, not the config."""
    log = its_log(studio, tmp_path)

    def evict() -> None:
        with log.open("a") as file:
            file.write(f'{EVICTING}\n[GIN] 2026/11/25 - 10:00:00 | 200 | 1s | 127.0.0.1 | GET "/api/ps"\n')

    viewer = Viewer("log", evict)
    watch(studio, viewer)
    viewer = Viewer("alarm", asking(studio, CODER), evict, lambda: None, lambda: None, asking(studio, LARGE))
    watch(studio, viewer, changes=1)
    alarm = viewer.lines[-1]
    assert isinstance(alarm, WatchAlarm)
    assert alarm.cause == "memory-pressure"
    (told,) = [line.text for line in viewer.lines if line.event == "log" and isinstance(line, WatchEvent)]
    assert "predicted to need 6.3 GiB with context 4096" in told


def test_a_model_that_came_and_went_between_two_looks_has_its_name(studio: Studio, tmp_path: Path) -> None:
    """The log tells a file, and nobody knows a model by that."""
    log = its_log(studio, tmp_path)
    blob = CATALOGUE[FAST].blob.replace(":", "-")
    starting = (
        'time=2026-11-25T10:00:00.000+01:00 level=INFO source=llama_server.go:433 msg="starting llama-server" '
        f'cmd="/opt/ollama/llama-server --model /Users/ada/.ollama/models/blobs/{blob} --port 51234 -c 4096 -np 1"'
    )

    def start() -> None:
        with log.open("a") as file:
            file.write(f"{starting}\n")

    viewer = Viewer("log", start)
    watch(studio, viewer)
    (told,) = [line.text for line in viewer.lines if line.event == "log" and isinstance(line, WatchEvent)]
    assert FAST in told


def test_a_log_that_cannot_be_read_is_said_once(studio: Studio) -> None:
    """Whoever misses the lines of loads knows why."""
    studio.entry["ollama"]["log"] = "/nowhere/ollama.log"
    studio.settle()
    watch(studio, Viewer("never"), for_s=0.3)
    said = [event.text for event in studio.events if isinstance(event, Noted) and "log of Ollama's" in event.text]
    assert len(said) == 1


def test_without_settings_the_ollama_of_what_serves_is_watched(studio: Studio) -> None:
    """Who deployed with a config alone need not write its address twice."""
    del studio.entry["ollama"]
    studio.settle()
    with pytest.raises(Refused, match="no Ollama is known") as refused:
        watch(studio, Viewer("never"), for_s=0.1)
    assert refused.value.hint == "set hosts.studio.ollama.url in configs/hosts.yaml"
    studio.by_hand("coder")
    assert watch(studio, Viewer("never"), for_s=0.1).ollama == studio.around.ollama_url
