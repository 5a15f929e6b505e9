"""Setup: folders, a master key where there is none; on request LiteLLM, Traefik's dynamic file, a start at boot."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.litellm import envfile
from ccdeploy.litellm.version import is_same
from ccdeploy.operations import applied, at_boot, dynamic_file, traefik_api
from ccdeploy.operations.install import demand_room, install, newest, plan, ready_to_install, wanted
from ccdeploy.operations.preflight import judge_host
from ccdeploy.remote import venv
from ccdeploy.remote.facts import Facts, gather
from ccdeploy.results import Setup
from ccdeploy.shell import setup as script
from ccdeploy.shell.path import under
from ccdeploy.shell.venv import VENVS

if TYPE_CHECKING:
    from ccdeploy.findings import Finding
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.dynamic import Dynamic
    from ccdeploy.shell.python import Python

MASTER_KEY = "LITELLM_MASTER_KEY"
OLLAMA = "OLLAMA_API_BASE"  # the configs that ship refer to it, so that they fit every host
ENV_MODE = 0o600
_EXECUTABLE = "/bin/litellm"


@dataclass(frozen=True)
class Extra:
    """What is asked for beyond folders and a key.

    `version` is that of the LiteLLM to install: empty for the pinned or the newest one, None for no
    installation. `traefik` asks for Traefik's dynamic file, `at_boot` for a start after a boot.
    """

    version: str | None = None
    traefik: bool = False
    at_boot: bool = False


def setup(work: Work, extra: Extra, *, is_rehearsal: bool = False, wait_s: float = 0.0) -> Setup:
    """Make what is missing, and say what was there. Safe to repeat. Raises Refused, Locked, CommandFailed."""
    version = wanted(extra.version, work.host) if extra.version is not None else None
    with work.steps.step("facts", "ask the host"):
        facts = gather(work.transport, work.host)
    _demand_readable(work, facts)
    if extra.traefik:
        dynamic_file.demand(work, facts)
    if extra.at_boot:
        at_boot.demand(work, facts)
    is_to_install = extra.version is not None and _is_to_install(work, facts, version)
    python = ready_to_install(work, facts) if is_to_install else None
    if is_rehearsal:
        planned = _planned(work, facts, version if is_to_install else None, is_to_install=is_to_install)
        rehearsed = Setup(work.host.name, facts.root, (), tuple(_present(facts)), planned=planned)
        rehearsed = _with_file(rehearsed, work, facts) if extra.traefik else rehearsed
        return _with_unit(rehearsed, work, facts) if extra.at_boot else rehearsed
    with work.steps.step("folders", "make the folders") as told:
        made = work.transport.run(script.make_root(work.host.root)).text.splitlines()
        made = [line.removeprefix("made ") for line in made if line.startswith("made ")]
        told.detail = ", ".join(made) or "all there"
    with work.steps.step("env-file", f"look after {work.host.env_file}") as told:
        made += (changes := _env_file(work, facts))
        told.detail = ", ".join(changes) or "as it should be"
    if python is not None:
        made += _litellm(work, facts.root, version, python, wait_s)
    found = _traefik(work, facts.root, made, wait_s) if extra.traefik else []
    found += _at_boot(work, facts.root, made, wait_s) if extra.at_boot else []
    facts = gather(work.transport, work.host)
    found += judge_host(facts, work.host)
    return Setup(work.host.name, facts.root, tuple(made), tuple(_present(facts)), tuple(found))


def _demand_readable(work: Work, facts: Facts) -> None:
    if facts.root_is_unreadable:
        raise Refused(f"{work.host.name}: {facts.root} cannot be entered", hint="check its owner and mode")
    if facts.env.exists and not facts.env.is_readable:
        raise Refused(f"{work.host.name}: {work.host.env_file} cannot be read", hint="check its owner and mode")


def _with_file(rehearsed: Setup, work: Work, facts: Facts) -> Setup:
    """Return a rehearsal that tells of Traefik's dynamic file too, where it is to be written."""
    seen, new = dynamic_file.demand(work, facts), dynamic_file.wanted(work.host, facts)
    if seen.data == new.data:
        return rehearsed
    step = f"write {seen.path}, which leads to port {_leads_to(new)}"
    return replace(rehearsed, planned=(*rehearsed.planned, step), traefik_file=new.text)


def _traefik(work: Work, root: str, made: list[str], wait_s: float) -> list[Finding]:
    """Look after Traefik's dynamic file, add it to what was made, and return what Traefik makes of it."""
    with work.steps.step("dynamic-file", "look after Traefik's dynamic file") as told:
        file, is_new = dynamic_file.keep(work, root, wait_s)
        told.detail = f"{'written; ' if is_new else 'as it should be; '}it leads to port {_leads_to(file)}"
    if is_new and work.host.traefik is not None:
        made.append(f"{work.host.traefik.dynamic_file}, which leads to port {_leads_to(file)}")
    with work.steps.step("traefik", "see what Traefik makes of it") as told:
        found = list(applied.judge(work, file))
        is_told = traefik_api.seen(work) is not None
        told.detail = "not as it should be" if found else "it leads there" if is_told else "no API of it tells"
    return found


def _with_unit(rehearsed: Setup, work: Work, facts: Facts) -> Setup:
    """Return a rehearsal that tells of the start after a boot too, where it is not set up as it should be."""
    wanted = at_boot.demand(work, facts)
    if wanted.is_there:
        return rehearsed
    return replace(rehearsed, planned=(*rehearsed.planned, f"write {wanted.told}"), unit=wanted.text)


def _at_boot(work: Work, root: str, made: list[str], wait_s: float) -> list[Finding]:
    """Set up the start after a boot, add it to what was made, and return what a person has to do for it."""
    with work.steps.step("at-boot", "look after the start after a boot") as told:
        wanted, is_new = at_boot.keep(work, root, wait_s)
        told.detail = "written" if is_new else "as it should be"
    if is_new:
        made.append(wanted.told)
    return at_boot.judge(work.host, wanted.found)


def _leads_to(file: Dynamic) -> int | None:
    return file.written.to if file.written else None


def _is_to_install(work: Work, facts: Facts, version: str | None) -> bool:
    """Whether a LiteLLM is to be installed; False when it is there. Raises Refused where one may not be."""
    host, litellms = work.host, facts.litellms
    there = litellms.at(host.litellm)
    if there.is_whole and (version is None or is_same(there.version, version)):
        return False
    folder = host.litellm.removesuffix(_EXECUTABLE)
    if host.litellm.startswith("/") or folder == host.litellm or folder.startswith(f"{VENVS}/"):
        raise Refused(
            f"{host.name}: litellm is '{host.litellm}' in the settings, where no venv can be made",
            hint="write 'litellm: venv/bin/litellm' in hosts.yaml, or install it there yourself",
        )
    is_ours = litellms.is_link_of_ours
    is_in_use = facts.current is not None or facts.running is not None or bool(facts.listeners[facts.slots.active])
    if there.is_whole and (is_in_use or not is_ours):
        raise Refused(
            f"{host.name}: {host.litellm} is litellm {there.version or 'of an unknown version'} already",
            hint=f"`ccdeploy upgrade {version} --host {host.name}` brings another version into service",
        )
    if litellms.venv_kind and not is_ours and not there.is_whole:
        what = "is there and names a Python that is not" if there.state == "broken" else "is there, without a litellm"
        raise Refused(
            f"{host.name}: {under(facts.root, folder)} {what}; it is yours, and stays",
            hint=f"move it away on the host (`mv {folder} {folder}.broken` in {facts.root}), then run this again",
        )
    return True


def _litellm(work: Work, root: str, version: str | None, python: Python, wait_s: float) -> list[str]:
    """Install LiteLLM, and return what was made. A second one who comes meanwhile waits, or is told so."""
    with work.lock(root, f"setup --install {version or ''}".rstrip()).held(wait_s) as lock:
        venv.clean_up(lock)
        facts = gather(work.transport, work.host)
        if not _is_to_install(work, facts, version):
            return []
        demand_room(work, facts)
        version = version or newest(work, lock, python)
        link = work.host.litellm.removesuffix(_EXECUTABLE)
        planned = plan(work.host, facts.litellms, python, version, link)
        install(work, lock, planned)
    return [f"litellm {version} in {planned.folder}, which {link} leads to"]


def _planned(work: Work, facts: Facts, version: str | None, *, is_to_install: bool) -> tuple[str, ...]:
    planned = [] if facts.root_exists else [f"make {facts.root} and its folders"]
    if not facts.env.values.get(MASTER_KEY):
        planned.append(f"write a master key into {work.host.env_file}")
    if is_to_install:
        planned.append(f"install litellm {version or 'in the newest version'} into a new venv below {VENVS}/")
    return tuple(planned)


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
    if facts.litellm.is_whole:
        found.append(f"litellm {facts.litellm.version or 'of an unknown version'}")
    if facts.env.exists:
        found.append(f"env_file with {len(facts.env.names)} names")
    if facts.dynamic is not None and facts.dynamic.written is not None:
        found.append(f"{facts.dynamic.path}, which leads Traefik to port {facts.dynamic.written.to}")
    if facts.at_boot:
        found.append(f"a start after a {'boot' if facts.at_boot == 'boot' else 'boot, at the next login'}")
    if facts.current:
        found.append(f"release {facts.current}")
    elif facts.config_text is not None:
        found.append("a hand-made config.yaml, which the first deploy adopts")
    return found
