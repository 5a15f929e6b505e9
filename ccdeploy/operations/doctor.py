"""Doctor: everything that is wrong with a host, each with a remedy; and what is in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, error, errors_in, note, ordered, warning
from ccdeploy.litellm import envfile
from ccdeploy.litellm.lint import unset_references
from ccdeploy.operations import verify
from ccdeploy.operations.preflight import judge_host
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.results import Doctor
from ccdeploy.secret import confidential, mask_command_line
from ccdeploy.units import human_bytes
from ccdeploy.verify import ollama

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work


def doctor(work: Work) -> Doctor:
    """Judge the host without touching it."""
    with work.steps.step("facts", "ask the host"):
        facts = gather(work.transport, work.host)
    found = list(judge_host(facts, work.host))
    if facts.root_exists:
        found += _env(work, facts)
        found += _behind(work, facts)
        found += _process(work, facts)
    return Doctor(work.host.name, tuple(ordered(found)), tuple(_in_order(work, facts, found)))


def _env(work: Work, facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong with the env_file, and what the config that serves would miss in it."""
    if not facts.env.is_readable:
        return
    yield from envfile.check(facts.env.data, f"{work.host.name}:{work.host.env_file}")
    now = verify.serving(facts).config
    if now is not None:
        yield from unset_references(now, facts.env.names)


def _behind(work: Work, facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong with the Ollama behind the proxy, and with the way in front of it."""
    before = verify.baseline(work, facts, verify.serving(facts))
    for base in sorted(before.silent):
        yield error("ollama", work.host.name, f"Ollama at {base} does not answer", "start it, or mend api_base")
    for model in sorted(before.missing):
        yield error("model-missing", work.host.name, f"Ollama has no '{model}'", f"ollama pull {model}")
    if before.route is not None:
        hint = "look at Traefik's own view: /api/http/services on its API, and its log"
        yield error("route", work.host.name, f"the way through Traefik: {before.route}", hint)
    if work.host.traefik is None:
        yield warning("route", work.host.name, "no traefik in the settings: the way of the users is not verified")


def _process(work: Work, facts: Facts) -> Iterator[Finding]:
    if not facts.listeners[work.serving_port]:
        yield _stopped(work, facts)
    if facts.lock.is_stale:
        yield warning("lock", work.host.name, f"a stale lock: {facts.lock.owner}", "the next deploy takes it over")
    if facts.nameless_releases:
        names = ", ".join(facts.nameless_releases)
        yield warning("release", work.host.name, f"no readable release.json in releases/{names}", "remove the folder")


def _stopped(work: Work, facts: Facts) -> Finding:
    """Return the finding that nothing serves: ended by itself, stopped, or never started."""
    name, restart = work.host.name, f"ccdeploy restart --host {work.host.name}"
    if facts.serving is not None:
        gone = f"release {facts.serving.release} should serve and its process is gone (a reboot?)"
        return error("stopped", name, gone, restart)
    if facts.current is not None:
        return error("stopped", name, f"no proxy serves on port {work.serving_port}: it was stopped", restart)
    return note("stopped", name, "no proxy serves yet", f"ccdeploy deploy --host {name}")


def _in_order(work: Work, facts: Facts, found: list[Finding]) -> Iterator[str]:
    wrong = {f.code for f in errors_in(found)}
    if facts.root_exists:
        yield f"root: {facts.root}"
    if facts.has_litellm and not {"litellm-compromised", "no-litellm"} & wrong:
        yield f"litellm: {facts.litellm_version or 'of an unknown version'}"
    if facts.env.is_closed:
        yield f"env_file: {len(facts.env.names)} names, mode 0600"
    if facts.free_bytes is not None and "disk-full" not in wrong:
        yield f"disk: {human_bytes(facts.free_bytes)} free"
    for port in work.host.listen.ports:
        who = facts.listeners[port].leader
        told = mask_command_line(who.command, confidential(facts.env.values)) if who else ""
        yield f"port {port}: pid {who.pid}, {told}" if who else f"port {port}: free"
    want = verify.serving(facts).config
    if want and not {"ollama", "model-missing"} & wrong and ollama.wanted(want, facts.env.values):
        yield "ollama: answers, and has every model of the config"
    if work.host.traefik and facts.listeners[work.serving_port] and "route" not in wrong:
        yield f"route: {work.host.traefik.url}"
