"""The host itself: root, litellm, env_file, disk and ports, as far as preflight finds nothing wrong with them."""

from __future__ import annotations

from dataclasses import replace

from ccdeploy.findings import errors_in
from ccdeploy.litellm import envfile
from ccdeploy.litellm.lint import unset_references
from ccdeploy.operations.doctor.seen import Judged, Seen
from ccdeploy.operations.preflight import judge_host, may_be_stopped
from ccdeploy.operations.remedy import below_root, on_host
from ccdeploy.secret import confidential, mask_command_line
from ccdeploy.units import human_bytes


def judge(seen: Seen) -> Judged:
    """Say what is in order, and what is wrong inside the env_file."""
    facts = seen.facts
    wrong = {finding.code for finding in errors_in(judge_host(facts, seen.host))}
    if facts.root_exists and "root" not in wrong:
        yield f"root: {facts.root}"
    if facts.litellm.is_whole and facts.litellm.version and "litellm-compromised" not in wrong:
        yield f"litellm: {facts.litellm.version}"
    if facts.env.is_readable:
        yield from _env(seen)
    if facts.free_bytes is not None and "disk-full" not in wrong:
        yield f"disk: {human_bytes(facts.free_bytes)} free"
    yield from _ports(seen)


def _env(seen: Seen) -> Judged:
    """Say what is wrong with the env_file, and what the config that serves would miss in it."""
    env = seen.facts.env
    found = envfile.check(env.data, f"{seen.name}:{seen.host.env_file}")
    yield from (replace(finding, hint=_edit(seen, finding.where)) for finding in found)
    if seen.now.config is not None:
        unset = unset_references(seen.now.config, env.names)
        yield from (replace(finding, hint=_edit(seen, None)) for finding in unset)
    if env.is_closed and not errors_in(found):
        yield f"env_file: {len(env.names)} names, mode 0600"


def _edit(seen: Seen, where: str | None) -> str:
    """Return the line that opens the env_file there, where a finding points to; values go through no command line."""
    line = (where or "").rpartition(":")[2]
    at = f"+{line} " if line.isdigit() else ""
    return on_host(seen.host, f"vi {at}{below_root(seen.host, seen.host.env_file)}")


def _ports(seen: Seen) -> Judged:
    """Say who has each port; a stranger is none of what is in order."""
    for port in seen.host.listen.ports:
        listening = seen.facts.listeners[port]
        if not listening:
            yield f"port {port}: free"
        elif (who := listening.leader) and may_be_stopped(seen.facts, seen.host, listening):
            told = mask_command_line(who.command, confidential(seen.facts.env.values))
            yield f"port {port}: pid {who.pid}, {told}"
