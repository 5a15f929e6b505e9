"""Whether a host is fit for a deploy: every fault at once, before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, error, ordered, warning
from ccdeploy.litellm import commandline
from ccdeploy.litellm.lint import unset_references
from ccdeploy.units import human_bytes

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.remote.facts import Facts, Listeners
    from ccdeploy.settings import Host

# A release is a few kilobytes; the rest is room for the logs of two proxies that start.
MIN_FREE_BYTES = 50_000_000


def judge_host(facts: Facts, host: Host) -> list[Finding]:
    """Return what keeps this host from running any proxy of ours."""
    found = list(_root(facts, host))
    if facts.root_exists:
        found += [*_litellm(facts, host), *_env_file(facts, host), *_disk(facts, host)]
    return ordered([*found, *_tools(facts, host), *_ports(facts, host)])


def judge_deploy(facts: Facts, host: Host, config: Config, previous: Config | None) -> list[Finding]:
    """Return what keeps this config from being deployed to this host now. `previous` is what serves, if known."""
    found = judge_host(facts, host)
    if host.strategy != "restart":
        found.append(
            error(
                "strategy",
                host.name,
                f"strategy '{host.strategy}' is not built yet",
                "use restart: --strategy restart",
            )
        )
    if facts.root_exists and facts.env.is_readable:
        found += unset_references(config, facts.env.names)
    return ordered([*found, *_way_back(facts, host, previous)])


def _root(facts: Facts, host: Host) -> Iterator[Finding]:
    setup = f"`ccdeploy setup --host {host.name}` makes it"
    if facts.root_is_unreadable:
        yield error("root", host.name, f"{facts.root} is there and cannot be entered", "check its owner and mode")
    elif not facts.root_exists:
        yield error("root", host.name, f"{facts.root} does not exist", setup)
    elif not facts.is_writable:
        yield error("root", host.name, f"{facts.root} cannot be written", "check its owner and mode")


def _tools(facts: Facts, host: Host) -> Iterator[Finding]:
    for tool in facts.missing_tools:
        yield error("tools", host.name, f"'{tool}' is missing on the host", "install it with the system's packages")


def _litellm(facts: Facts, host: Host) -> Iterator[Finding]:
    if not facts.has_litellm:
        yield error(
            "no-litellm",
            host.name,
            f"no litellm at {host.litellm} below {facts.root}",
            "make a venv there and `pip install 'litellm[proxy]'`, or set `litellm:` in hosts.yaml",
        )
    elif facts.litellm_version is None:
        yield warning("litellm-version", host.name, "the version of litellm could not be told")
    elif commandline.is_compromised(facts.litellm_version):
        yield error(
            "litellm-compromised",
            host.name,
            f"litellm {facts.litellm_version} steals SSH keys and credentials (BerriAI/litellm#24512)",
            "install another version, and treat every secret on this host as known to others",
        )


def _env_file(facts: Facts, host: Host) -> Iterator[Finding]:
    setup = f"`ccdeploy setup --host {host.name}` makes one with a master key"
    if not facts.env.exists:
        yield error("env-file", host.name, f"{host.env_file} does not exist", setup)
    elif not facts.env.is_readable:
        yield error("env-file", host.name, f"{host.env_file} cannot be read", "check its owner and mode")
    elif not facts.env.is_closed:
        yield warning(
            "env-file-mode",
            host.name,
            f"{host.env_file} holds secrets and others may read it ({facts.env.mode})",
            f"chmod 600 {host.env_file}, or `ccdeploy setup --host {host.name}`",
        )


def _disk(facts: Facts, host: Host) -> Iterator[Finding]:
    if facts.free_bytes is not None and facts.free_bytes < MIN_FREE_BYTES:
        yield error(
            "disk-full",
            host.name,
            f"{human_bytes(facts.free_bytes)} free at {facts.root}; {human_bytes(MIN_FREE_BYTES)} are needed",
            "free some space; logs/ and releases/ are ccdeploy's own",
        )


def _ports(facts: Facts, host: Host) -> Iterator[Finding]:
    serving, spare = host.listen.ports
    if (who := facts.listeners[serving]) and not _may_be_stopped(facts, who):
        yield _stranger(host, serving, who)
    elif who and facts.running is None and not _is_adoptable(facts):
        yield error(
            "adopt",
            host.name,
            f"a litellm serves on port {serving} that was not started from {facts.root}/config.yaml",
            f"put its config there, so that there is a way back; it runs: {who.leader.command if who.leader else '?'}",
        )
    if (who := facts.listeners[spare]) and not _is_our_shadow(facts, who):
        yield _stranger(host, spare, who)


def _may_be_stopped(facts: Facts, who: Listeners) -> bool:
    running = facts.running
    return who.is_litellm or (running is not None and any(p.pid == running.pid for p in who.processes))


def _is_our_shadow(facts: Facts, who: Listeners) -> bool:
    shadow = facts.running_shadow
    return shadow is not None and any(p.pid == shadow.pid for p in who.processes)


def _is_adoptable(facts: Facts) -> bool:
    """Whether the config of a hand-started proxy is known: ours, or the hand-made config.yaml."""
    return facts.current is not None or facts.config_kind == "file"


def _stranger(host: Host, port: int, who: Listeners) -> Finding:
    name = f"pid {who.leader.pid}: {who.leader.command}" if who.leader else "a process of another user"
    return error(
        "port-taken", host.name, f"port {port} is taken by {name}", "stop it, or set other `listen.ports` in hosts.yaml"
    )


def _way_back(facts: Facts, host: Host, previous: Config | None) -> Iterator[Finding]:
    """Yield what would keep a hand-started proxy from being started again: its environment was its owner's."""
    is_hand_started = bool(facts.listeners[host.listen.ports[0]]) and facts.running is None
    if not is_hand_started or previous is None or not facts.env.is_readable:
        return
    for message in sorted({f.message for f in unset_references(previous, facts.env.names)}):
        yield error(
            "way-back",
            host.name,
            f"the litellm that was started by hand could not be started again: {message}",
            f"add it to {host.env_file}; without it there is no way back",
        )
