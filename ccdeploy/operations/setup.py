"""Setup: the folders on a host, and a master key in its env_file where there is none."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.litellm import envfile
from ccdeploy.operations.preflight import judge_host
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.results import Setup
from ccdeploy.shell import setup as script
from ccdeploy.shell.path import under

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work

MASTER_KEY = "LITELLM_MASTER_KEY"
OLLAMA = "OLLAMA_API_BASE"  # the configs that ship refer to it, so that they fit every host
ENV_MODE = 0o600


def setup(work: Work, *, is_rehearsal: bool = False) -> Setup:
    """Make what is missing, and say what was there. Safe to repeat. Raises Refused, CommandFailed."""
    with work.steps.step("facts", "ask the host"):
        facts = gather(work.transport, work.host)
    if facts.root_is_unreadable:
        raise Refused(f"{work.host.name}: {facts.root} cannot be entered", hint="check its owner and mode")
    if facts.env.exists and not facts.env.is_readable:
        raise Refused(f"{work.host.name}: {work.host.env_file} cannot be read", hint="check its owner and mode")
    if is_rehearsal:
        return Setup(work.host.name, facts.root, (), tuple(_present(facts)))
    with work.steps.step("folders", "make the folders") as told:
        made = work.transport.run(script.make_root(work.host.root)).text.splitlines()
        made = [line.removeprefix("made ") for line in made if line.startswith("made ")]
        told.detail = ", ".join(made) or "all there"
    with work.steps.step("env-file", f"look after {work.host.env_file}") as told:
        made += (changes := _env_file(work, facts))
        told.detail = ", ".join(changes) or "as it should be"
    facts = gather(work.transport, work.host)
    return Setup(work.host.name, facts.root, tuple(made), tuple(_present(facts)), tuple(judge_host(facts, work.host)))


def _env_file(work: Work, facts: Facts) -> list[str]:
    path = under(facts.root, work.host.env_file)
    data, made = facts.env.data, []
    if not facts.env.values.get(MASTER_KEY):
        data = envfile.add(data, MASTER_KEY, f"sk-{secrets.token_urlsafe(32)}")
        made.append(f"a master key in {work.host.env_file}")
    if work.host.ollama is not None and not facts.env.values.get(OLLAMA):
        data = envfile.add(data, OLLAMA, work.host.ollama.url)
        made.append(f"{OLLAMA} in {work.host.env_file}")
    if made:
        work.transport.put(data, path, ENV_MODE)
    elif facts.env.exists and not facts.env.is_closed:
        work.transport.run(script.close_file(path))
        made.append(f"{work.host.env_file} closed to others (0600)")
    return made


def _present(facts: Facts) -> list[str]:
    found = [facts.root] if facts.root_exists else []
    if facts.has_litellm:
        found.append(f"litellm {facts.litellm_version or 'of an unknown version'}")
    if facts.env.exists:
        found.append(f"env_file with {len(facts.env.names)} names")
    if facts.current:
        found.append(f"release {facts.current}")
    elif facts.config_text is not None:
        found.append("a hand-made config.yaml, which the first deploy adopts")
    return found
