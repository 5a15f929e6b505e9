"""Whether a host is fit for a deploy: every fault at once, before anything is touched."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, error, ordered, warning
from ccdeploy.litellm import commandline
from ccdeploy.litellm.lint import unset_references
from ccdeploy.litellm.version import compromise, is_same, requirement
from ccdeploy.operations import dynamic_file
from ccdeploy.operations.remedy import below_root, on_host
from ccdeploy.release.retention import last_good
from ccdeploy.secret import confidential, mask_command_line
from ccdeploy.units import human_bytes

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.litellm.promise import Promise
    from ccdeploy.release.manifest import Manifest
    from ccdeploy.remote.facts import Facts
    from ccdeploy.remote.listeners import Listeners
    from ccdeploy.remote.litellms import Litellm
    from ccdeploy.settings import Host

# A release is a few kilobytes; the rest is room for the logs of two proxies that start.
MIN_FREE_BYTES = 50_000_000
# Whose package a program is, where that is not the one of most of them.
_PACKAGES = {"ps": "procps", "awk": "gawk", "sed": "sed", "find": "findutils", "lsof": "lsof", "shasum": "perl"}


def judge_host(facts: Facts, host: Host, release: Manifest | None = None) -> list[Finding]:
    """Return what keeps this host from running any proxy of ours: that of `release`, else of the current one."""
    found = list(_root(facts, host))
    if facts.root_exists:
        litellm = facts.litellms.of(release) if release else facts.litellm
        found += [*_litellm(facts, host, litellm), *_env_file(facts, host), *_disk(facts, host)]
        found += _pin(facts, host) if release is None else ()
    found += [*_misplaced(facts, host), *_lost_release(facts, host)]
    return ordered([*found, *_tools(facts, host), *_ports(facts, host), *_switch(facts, host)])


def judge_deploy(facts: Facts, host: Host, config: Config, previous: Config | None) -> list[Finding]:
    """Return what keeps this config from being deployed to this host now. `previous` is what serves, if known."""
    found = judge_host(facts, host)
    if facts.root_exists and facts.env.is_readable:
        found += unset_references(config, facts.env.names)
    return ordered([*found, *_way_back(facts, host, previous)])


def _root(facts: Facts, host: Host) -> Iterator[Finding]:
    setup = f"ccdeploy setup --host {host.name}"
    if facts.root_is_unreadable:
        yield error("root", host.name, f"{facts.root} is there and cannot be entered", _owner(host, ""))
    elif not facts.root_exists:
        yield error("root", host.name, f"{facts.root} does not exist", setup)
    elif not facts.is_writable:
        yield error("root", host.name, f"{facts.root} cannot be written", _owner(host, ""))


def _misplaced(facts: Facts, host: Host) -> Iterator[Finding]:
    for path in facts.misplaced:
        message = f"{facts.root}/{path} stands where ccdeploy keeps something of its own, and is of another kind"
        yield error("misplaced", host.name, message, on_host(host, f"ls -ld {below_root(host, path)}"))


def _lost_release(facts: Facts, host: Host) -> Iterator[Finding]:
    """Yield that nothing could be gone back to: what serves cannot be started again, and nothing before it is known."""
    if facts.running is None or facts.current_release or last_good(facts.releases, facts.current):
        return
    yield error(
        "way-back",
        host.name,
        f"release {facts.running.release} serves, and its folder in {facts.root}/releases is gone or not readable",
        f"put it back there; or end what serves by `ccdeploy stop --host {host.name}`, for which there is no way back",
    )


def _owner(host: Host, path: str) -> str:
    """Return how to see whose a path below root is."""
    return on_host(host, f"id; ls -ld {below_root(host, path)}")


def _tools(facts: Facts, host: Host) -> Iterator[Finding]:
    for tool in dict.fromkeys(facts.missing_tools):
        package = _PACKAGES.get(tool, "coreutils")
        install = f'sudo sh -c "apt-get install -y {package} || dnf install -y {package} || apk add {package}"'
        what = f"a {tool} that tells start times (`ps -o lstart`)" if tool == "ps" else f"'{tool}'"
        yield error("tools", host.name, f"{what} is missing on the host", on_host(host, install))


def _litellm(facts: Facts, host: Host, litellm: Litellm) -> Iterator[Finding]:
    if not litellm.is_whole:
        why = {
            "broken": f"{litellm.path} names a Python that is not there: its venv is broken",
            "unfinished": f"the venv of {litellm.path} was never finished",
        }.get(litellm.state, f"no litellm at {litellm.path} below {facts.root}")
        yield error("no-litellm", host.name, why, _litellm_remedy(facts, host, litellm))
    elif litellm.version is None:
        remedy = on_host(host, f"{below_root(host, litellm.path)} --version")
        yield warning("litellm-version", host.name, "the version of litellm could not be told", remedy)
    elif report := compromise(litellm.version):
        yield error(
            "litellm-compromised",
            host.name,
            f"litellm {litellm.version} steals SSH keys and credentials ({report})",
            "install another version, and treat every secret on this host as known to others",
        )


def _pin(facts: Facts, host: Host) -> Iterator[Finding]:
    pinned, version = host.litellm_version, facts.litellm.version
    if pinned is not None and facts.litellm.is_whole and not is_same(version, pinned):
        message = f"this serves with litellm {version or 'of an unknown version'}, and litellm_version pins {pinned}"
        yield warning("litellm-pin", host.name, message, f"ccdeploy upgrade --host {host.name}")


def _litellm_remedy(facts: Facts, host: Host, litellm: Litellm) -> str:
    if litellm.venv is not None and litellm.path != host.litellm:  # that of an upgrade
        version = posixpath.basename(litellm.venv).partition("-")[0]  # a second folder of a version is 1.108.0-2
        if litellm.path != facts.litellm.path:  # of an earlier release: an upgrade would leave that one as it is
            return _made_anew(facts, host, litellm.venv, version)
        return f"`ccdeploy upgrade {version} --host {host.name}` makes a new one"
    if litellm.state == "broken":
        venv = posixpath.dirname(posixpath.dirname(litellm.path))
        moved = on_host(host, f"mv {below_root(host, venv)} {below_root(host, venv)}.broken")
        return f"{moved} && ccdeploy setup --install --host {host.name}"
    return f"ccdeploy setup --install --host {host.name}"


def _made_anew(facts: Facts, host: Host, venv: str, version: str) -> str:
    """Return the line that installs this version where a release looks for it, and touches nothing that serves."""
    sound = below_root(host, posixpath.dirname(facts.litellm.path)) + "/" if facts.litellm.is_whole else ""
    there = below_root(host, venv)
    install = f'PIP_USER=0 {there}/bin/pip install "{requirement(version)}"'
    return on_host(host, f"{sound}python3 -m venv --clear {there} && {install}")


def _env_file(facts: Facts, host: Host) -> Iterator[Finding]:
    setup = f"ccdeploy setup --host {host.name}"
    if not facts.env.exists:
        yield error("env-file", host.name, f"{host.env_file} does not exist", setup)
    elif not facts.env.is_readable:
        yield error("env-file", host.name, f"{host.env_file} cannot be read", _owner(host, host.env_file))
    elif not facts.env.is_closed:
        yield warning(
            "env-file-mode",
            host.name,
            f"{host.env_file} holds secrets and others may read it ({facts.env.mode})",
            f"ccdeploy setup --host {host.name}",
        )


def _disk(facts: Facts, host: Host) -> Iterator[Finding]:
    if facts.free_bytes is not None and facts.free_bytes < MIN_FREE_BYTES:
        yield error(
            "disk-full",
            host.name,
            f"{human_bytes(facts.free_bytes)} free at {facts.root}; {human_bytes(MIN_FREE_BYTES)} are needed",
            on_host(host, f"du -k {below_root(host, '')} | sort -n | tail -n 20"),
        )


def _switch(facts: Facts, host: Host) -> Iterator[Finding]:
    """Yield what keeps Traefik's file from being written, where the strategy needs it."""
    if host.strategy != "blue-green":
        return
    setup = f"ccdeploy setup --traefik --host {host.name}"
    if facts.dynamic is None:
        message = "blue-green switches by traefik.dynamic_file, which is not set"
        yield error("dynamic-file", host.name, message, f"set it in hosts.yaml, then `{setup}`; or --strategy restart")
        return
    found = list(dynamic_file.judge(host, facts))
    yield from found
    written = facts.dynamic.written
    if not found and written is None:
        yield error("dynamic-file", host.name, f"{facts.dynamic.path} does not exist yet", setup)
    elif written is not None and written.is_whole and not dynamic_file.is_as_wanted(host, facts.dynamic):
        message = f"{facts.dynamic.path} is not what hosts.yaml makes of it by now, and a switch changes the port alone"
        yield error("dynamic-stale", host.name, message, setup)


def _ports(facts: Facts, host: Host) -> Iterator[Finding]:
    serving, spare = facts.slots.active, facts.slots.idle
    if (who := facts.listeners[serving]) and not may_be_stopped(facts, host, who):
        yield _stranger(facts, host, serving, who)
    elif who and facts.running is None and not _is_adoptable(facts):
        yield error(
            "adopt",
            host.name,
            f"a litellm serves on port {serving} and there is no {facts.root}/config.yaml to start it from again",
            f"put its config there, so that there is a way back; it runs: {_command(facts, who)}",
        )
    if (who := facts.listeners[spare]) and not _is_left_behind(facts, who):
        yield _stranger(facts, host, spare, who)


def may_be_stopped(facts: Facts, host: Host, who: Listeners) -> bool:
    """Whether who listens is the proxy of this root: the recorded one, or a litellm that runs a config of it.

    A litellm of somebody else's is a stranger like any other program.
    """
    running = facts.running
    if running is not None and any(p.pid == running.pid for p in who.processes):
        return True
    leader = who.leader
    return leader is not None and who.is_litellm and _is_of_root(facts, host, leader.command)


def _is_of_root(facts: Facts, host: Host, command: str) -> bool:
    """Whether a litellm runs a config of root, whichever of its names it was started with."""
    return commandline.is_of_root(command, {facts.root, facts.real_root, host.root})


def judge_adoption(facts: Facts, host: Host, promise: Promise, served: Iterable[str] | None) -> list[Finding]:
    """Return what speaks against taking a proxy that was started by hand for one of the hand-made config.yaml.

    `served` are the names of its /v1/models: None when nothing answers, none when it does not tell
    them. Then, and when they are not what the config promises, the process may be another's, or the
    file may have been edited since: stopping it would leave no way back to what serves.
    """
    port = facts.slots.active
    what = f"the litellm that was started by hand on port {port}"
    remedy = f"start it again from {facts.root}/config.yaml, or stop it: then nothing is adopted that does not serve"
    if served is None:
        return [error("adopt", host.name, f"{what} does not answer, so what it serves cannot be told", remedy)]
    names = tuple(served)
    if not names and (promise.names or promise.wildcards):
        message = f"{what} does not tell what it serves; it does not take the key of {host.env_file}"
        return [error("adopt", host.name, message, remedy)]
    missing, unexpected = promise.compare(names)
    if not missing and not unexpected:
        return []
    told = [f"it does not serve {', '.join(missing)}"] if missing else []
    told += [f"it serves {', '.join(unexpected)} besides"] if unexpected else []
    return [error("adopt", host.name, f"{what} is not one of config.yaml as it is: {'; '.join(told)}", remedy)]


def _is_left_behind(facts: Facts, who: Listeners) -> bool:
    """Whether who listens is a proxy of ours that is ended before the next attempt."""
    left = [one.pid for one in facts.left_behind]
    return any(p.pid in left for p in who.processes)


def _is_adoptable(facts: Facts) -> bool:
    """Whether the config of a hand-started proxy is known: ours, or the hand-made config.yaml."""
    return facts.current is not None or facts.config_kind == "file"


def _stranger(facts: Facts, host: Host, port: int, who: Listeners) -> Finding:
    if facts.running is not None and any(one.pid == facts.running.pid for one in who.processes):
        message = f"the proxy of this root serves on port {port}, and by the settings the first port does"
        hint = "set traefik.dynamic_file, by which Traefik was led there, or swap listen.ports"
        return error("port-taken", host.name, message, hint)
    name = f"pid {who.leader.pid}: {_command(facts, who)}" if who.leader else "a process of another user"
    if who.is_litellm:
        name = f"a litellm that runs no config of {facts.root}, {name}"
    return error(
        "port-taken", host.name, f"port {port} is taken by {name}", "stop it, or set other `listen.ports` in hosts.yaml"
    )


def _command(facts: Facts, who: Listeners) -> str:
    """Return the command line of who listens, for people: others' secrets may stand in it, and ours."""
    return mask_command_line(who.leader.command, confidential(facts.env.values)) if who.leader else "?"


def _way_back(facts: Facts, host: Host, previous: Config | None) -> Iterator[Finding]:
    """Yield what would keep a hand-started proxy from being started again: its environment was its owner's."""
    is_hand_started = bool(facts.listeners[facts.slots.active]) and facts.running is None
    if not is_hand_started or previous is None or not facts.env.is_readable:
        return
    for message in sorted({f.message for f in unset_references(previous, facts.env.names)}):
        yield error(
            "way-back",
            host.name,
            f"the litellm that was started by hand could not be started again: {message}",
            f"add it to {host.env_file}; without it there is no way back",
        )
