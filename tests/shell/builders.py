"""Every script that the builders of ccdeploy.shell make, for tests that judge all of them."""

from __future__ import annotations

import inspect
import pkgutil
from datetime import UTC, datetime
from importlib import import_module

from ccdeploy import shell
from ccdeploy.secret import Secret
from ccdeploy.shell import (
    at_boot,
    back,
    connections,
    deadman,
    doctor,
    dynamic,
    facts,
    launch,
    lock,
    log,
    ollama,
    process,
    python,
    releases,
    setup,
    unit,
    venv,
)
from ccdeploy.shell.launch import Start
from ccdeploy.shell.lock import Hold
from ccdeploy.shell.prelude import script
from ccdeploy.shell.process import Stop
from ccdeploy.shell.sections import function
from ccdeploy.transport.frame import ending

ROOT = "/srv/a proxy"
_HOLD = Hold(ROOT, "me")
_START = Start("serving", ("/srv/litellm", "--port", "1"), {"KEY": Secret("v"), "UID": Secret("5")}, 1, "logs/l", {}, 5)
_STOP = Stop(4242, datetime(2026, 1, 31, 12, tzinfo=UTC), 8081, 5)
_PLAN = venv.Plan("/srv/python3", "venvs/1.2.3", "litellm[proxy]==1.2.3", "1.2.3", "venv", 5)
_PATHS = facts.Paths("~/ccproxy", "venv/bin/litellm", ".env", "traefik/dynamic.yml")
_FILES = {"config.yaml": "0" * 64}
_BEFORE = back.Before("r1", _FILES, "{}", _START, "http://[::1]:1/ready", "/srv/python", _STOP, "{}")
_WAY = back.Way("/a b.yml", "{}", "0", ["1", "2"], 5)
_WATCH = deadman.Watch(_HOLD, "this")
_WATCHER = deadman.Watcher(5, 60, "me.host", '{"id": "me.host"}', back.lines(_BEFORE), "", ("{", "", "", "", "}"), 1)

_BOOT = at_boot.BootStart("r1", "", _START)

SCRIPTS: dict[str, str] = {
    "at_boot.boot_script": at_boot.boot_script(_HOLD, '{"id": "me"}', 60, _BOOT),
    "at_boot.keep_lines": script(at_boot.keep_lines(at_boot.no_start())),
    "at_boot.put_lines": script(at_boot.put_lines("text")),
    "at_boot.told_lines": script(function("mark"), "root=x", at_boot.told_lines()),
    "back.lines": script(function("mark"), back.lines(_BEFORE), back.lines(_BEFORE, _STOP, _WAY), back.lines(None)),
    "deadman.text": deadman.text(_WATCH, _WATCHER).decode(),
    "deadman.arm_lines": script(deadman.arm_lines(_WATCH)),
    "deadman.disarm_line": script(deadman.disarm_line(_WATCH, is_armed=False)),
    "deadman.never_arm_lines": script(deadman.never_arm_lines(_WATCH)),
    "deadman.sweep_lines": script(deadman.sweep_lines()),
    "deadman.extend": deadman.extend(_WATCH, 5).script,
    "deadman.ask_lines": script(function("mark"), deadman.ask_lines()),
    "deadman.wait": deadman.wait(ROOT, "me").script,
    "deadman.end": deadman.end(_HOLD, "me").script,
    "connections.established": connections.established(8081).script,
    "facts.facts": facts.facts(_PATHS, (8081, 8082)).command.script,
    "doctor.surroundings": doctor.surroundings("~/ccproxy", "traefik/dynamic.yml").command.script,
    "dynamic.ask_lines": script(function("mark"), "root=x", dynamic.ask_lines("a/b.yml"), dynamic.ask_lines("/b.yml")),
    "dynamic.sweep_line": script(dynamic.sweep_line("'a b'")),
    "dynamic.unchanged_line": script(dynamic.unchanged_line("/a b.yml", None), dynamic.unchanged_line("a.yml", "0")),
    "dynamic.write_lines": script(dynamic.write_lines("/a b.yml", "{}", None), dynamic.write_lines("a.yml", "", "0")),
    "dynamic.write": dynamic.write(_HOLD, "/a.yml", "text", None).script,
    "lock.acquire": lock.acquire(_HOLD, '{"id": "me"}', 60).script,
    "lock.acquire_lines": script(lock.acquire_lines(_HOLD, '{"id": "me"}', 60)),
    "lock.beat": lock.beat(_HOLD, '{"id": "me"}').script,
    "lock.guard": script(lock.guard(_HOLD)),
    "lock.release": lock.release(_HOLD).script,
    "lock.give_up_line": script(lock.give_up_line("this")),
    "lock.unless_given_up_line": script(lock.unless_given_up_line("this")),
    "lock.release_line": script(lock.release_line(_HOLD)),
    "lock.release_any": lock.release_any(_HOLD, None).script + lock.release_any(_HOLD, "you").script,
    "lock.write_owner_function": script(lock.write_owner_function('{"id": "me"}')),
    "lock.is_ours": script(lock.is_ours(_HOLD)),
    "lock.still_ours": script(lock.still_ours(_HOLD)),
    "launch.reserve_lines": script(launch.reserve_lines(_START)),
    "launch.start_lines": script(function("mark"), launch.start_lines(_START)),
    "log.recent": log.recent(ROOT, ["logs/a", "logs/b"], 5)[0].script,
    "log.more": log.more(ROOT, "logs/l", {12: 34}, ".env")[0].script,
    "log.turn_over": script(log.turn_over("logs/l", 5)),
    "log.promote": script(log.promote("logs/s", "logs/l")),
    "log.keep": script(log.keep("logs/l", "logs/k")),
    "log.last_lines": script(log.last_lines("logs/l", 5)),
    "log.cut_down_shadows": script(log.cut_down_shadows()),
    "ollama.starts": ollama.starts(None).command.script + ollama.starts("~/a log").command.script,
    "ollama.answers": ollama.answers().script,
    "ollama.news": ollama.news("~/a log", 0, 0).command.script + ollama.news("/a log", 12, 34).command.script,
    "process.announce": script(process.announce(_HOLD)),
    "process.start_shadow": process.start_shadow(_HOLD, "", _START).command.script,
    "process.switch": process.switch(_HOLD, "", _STOP, _STOP, _START).command.script,
    "process.switch, which only stops": process.switch(_HOLD, "", None, _STOP, None).command.script,
    "process.end_switch": process.end_switch(_HOLD).script,
    "process.end_switch_lines": script(process.end_switch_lines()),
    "process.end_lines": script(process.end_lines("1", "'Sat Jan 31 12:00:00 2026'", "1", 5)),
    "process.recorded_lines": script(process.recorded_lines("serving")),
    "process.end_slot": process.end_slot(_HOLD, _STOP).script,
    "process.tell_to_end": process.tell_to_end(_HOLD, _STOP).script,
    "process.end": process.end(_HOLD, "shadow", 5).script,
    "process.drain": process.drain(ROOT, [_STOP]).script,
    "process.look": process.look(ROOT, 8081, "logs/l", [1, 2]).command.script,
    "python.find_python": python.find_python().script,
    "releases.adopt": releases.adopt(_HOLD, "r1", "{}", {"config.yaml": "config.yaml"}, "").script,
    "releases.commit_incoming": script(releases.commit_incoming("r1")),
    "releases.discard_incoming": releases.discard_incoming(_HOLD, "r1").script,
    "releases.check_files": script(releases.check_files("r1", _FILES)),
    "releases.activate": script(releases.activate("r1")),
    "releases.write_manifest": script(releases.write_manifest("r1", "{}")),
    "releases.forget": script(releases.forget(["r1"])),
    "releases.append_history": script(releases.append_history("{}")),
    "releases.note_refused": releases.note_refused(ROOT, "{}").script,
    "releases.append_history_word": script(releases.append_history_word('"$entry"')),
    "releases.forget_ended": script(releases.forget_ended("draining", 1, ["Sat Jan 31 12:00:00 2026"])),
    "releases.still_serving": script(releases.still_serving(1, ["Sat Jan 31 12:00:00 2026"], 8081)),
    "releases.write_run_state": script(releases.write_run_state("serving", "{}")),
    "releases.read": releases.read(ROOT, "current")[0].script,
    "releases.record": releases.record(_HOLD, [":\n"], unlock=True).script,
    "setup.make_root": setup.make_root("~/ccproxy").script,
    "setup.close_file": setup.close_file("/srv/.env").script,
    "unit.ask": unit.ask(ROOT).command.script,
    "unit.put": unit.put(_HOLD, "/h/a.service", "text", None, "script").script,
    "unit.put, for launchd": unit.put(_HOLD, "/h/a.plist", "text", "0", "script").script,
    "venv.install": venv.install(_HOLD, _PLAN).command.script,
    "venv.newest": venv.newest(_HOLD, "/srv/python3", "litellm[proxy]", 5).command.script,
    "venv.clean_up": venv.clean_up(_HOLD).script,
    "venv.set_aside": script(venv.set_aside(["venvs/1.2.3"])),
    "venv.sweep": venv.sweep(ROOT).script,
    "venv.watch": venv.watch(ROOT, "venvs/1.2.3", 0).command.script,
    "frame.ending": ending("token", 1).script,
}
# What the scripts are made of.
_MAKE_WORDS = frozenset({"command", "path", "prelude", "sections"})
# They make or read words.
_NO_SCRIPTS = frozenset(
    {
        "connections.count",
        "process.identity",
        "releases.incoming",
        "releases.left_behind",
        "process.start_times",
        "python.pythons",
        "at_boot.no_start",
        "unit.name",
        "unit.command",
        "unit.command_lines",
        "unit.systemd_path",
        "unit.launchd_path",
        "unit.systemd",
        "unit.launchd",
        "unit.is_ours",
        "venv.progress",
    }
)


def forgotten() -> set[str]:
    """Return the public builders that are not in the table above, of every module of the room that makes scripts."""
    names = [one.name for one in pkgutil.iter_modules(shell.__path__) if one.name not in _MAKE_WORDS]
    every = {
        f"{module}.{name}"
        for module in names
        for name, value in vars(import_module(f"{shell.__name__}.{module}")).items()
        if inspect.isfunction(value) and value.__module__ == f"{shell.__name__}.{module}" and not name.startswith("_")
    }
    return every - set(SCRIPTS) - _NO_SCRIPTS
