"""Results that the stand-in returns, where they take more than a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ccdeploy.findings import error
from ccdeploy.results import (
    Check,
    Doctor,
    History,
    HistoryEntry,
    HostPromise,
    Inventory,
    InventoryModel,
    MadeTrace,
    PhasePlan,
    Plan,
    ReleaseEntry,
    ResidentModel,
    Residents,
    Verification,
    Watch,
    WatchAlarm,
    WatchEvent,
)

CHECKS = (
    Check("listener", "process", "ok", "pid 4711 on 8081"),
    Check("served models", "proxy", "ok", "3 as promised"),
    Check("through Traefik", "route", "skipped", "the host names no Traefik"),
)
SEEN = Verification(CHECKS, 3, 0, ("claude-3-5-sonnet", "gpt-4"), 0, "not polled: it would load models")


@dataclass(frozen=True)
class Assumed:
    """What a person says of the traffic and the memory."""

    memory_bytes: int | None = None
    every_s: float | None = None
    load_bytes_per_s: float | None = None
    poll_s: float | None = None


def a_plan(config: str | None, *, is_bad: bool) -> Plan:
    """Return a plan of one phase, with thrash or without."""
    found = (error("thrash", "tdd.yaml:5", "phase 1 thrashes"),) if is_bad else ()
    phase = PhasePlan(1, "thrash" if is_bad else "stable", ())
    return Plan(config or "tdd", 32_000_000_000, "--memory", "0.33.0", 30.0, 2.2e9, (phase,), findings=found)


def save_page(path: str, text: str) -> str:
    """Write a page, and return where."""
    Path(path).write_text(text, encoding="utf-8")
    return path


def an_inventory(host: str | None, *, was_saved: bool) -> Inventory:
    """Return one model, and that nothing had to be written."""
    found = InventoryModel("qwen-fast:latest", 4_683_087_332, layers=28, kv_heads=4, is_written=True)
    return Inventory(host or "studio", "http://127.0.0.1:11434", "0.33.0", (found,), saved=() if was_saved else None)


def a_history(host: str | None) -> History:
    """Return two attempts and a release."""
    entry = HistoryEntry("2026-01-31T12:00:00Z", "deploy", "deployed", "7f3a", None, "tdd", "ada@laptop", 21.4, 8500)
    failed = HistoryEntry(
        "2026-01-31T13:00:00Z", "deploy", "failed", "8b21", "7f3a", "tdd", "ada@laptop", 9.1, 0,
        "the shadow exited with 1 before it was ready: ModuleNotFoundError: No module named 'callbacks'",
    )  # fmt: skip
    return History(
        host or "studio",
        (failed, entry),
        (ReleaseEntry("7f3a", "verified", "tdd", "2026-01-31T12:00:00Z", "ada", True),),
    )


def a_doctor(host: str | None, *, is_unfit: bool) -> Doctor:
    """Return what is in order, with one finding or without."""
    found = (error("env-file-mode", "studio", "/home/ada/ccproxy/.env has mode 0644", "run chmod 600 on it"),)
    promise = HostPromise("no model loaded", "yes", "neither a deploy nor a look at the host calls a model")
    return Doctor(host or "studio", found if is_unfit else (), ("litellm 1.106.2", "port 8081"), (promise,))


def a_trace(output: str | None) -> MadeTrace:
    """Return one request, with a guess."""
    made = {"name": "a.log", "ollama": {}, "models": {"q:7b": {}}, "requests": [{"at_s": 0.0, "model": "q:7b"}]}
    return MadeTrace("ollama", made, {"only-load": 1}, 0, ("1 of 1 requests: guessed",), output)


def a_watch(host: str, *, has_thrash: bool) -> Watch:
    """Return what a watch of ten minutes came to, with an alarm or without."""
    alarms, code = ((THRASH,), 8) if has_thrash else ((), 0)
    return Watch(host, "http://127.0.0.1:11434", AT, 600.0, 1, 0, 0, alarms, code)


AT = "2026-01-31T12:00:00Z"
TINY = ResidentModel("tiny:latest", "d1", 2_000, 1_000, 4096, None, None, 300.0)
THRASH = WatchAlarm(AT, "changes", 4, 300.0, ("a", "b"), "two-models", 30.0, "thrash: sk-abcdef123456", "stop it")
WATCHED = (Residents(AT, (TINY,)), WatchEvent("loaded", AT, "\x1b]0;title\x07x\x9b2J", "tiny:latest", "d1"), THRASH)
