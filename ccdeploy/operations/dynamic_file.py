"""Traefik's dynamic file as a verb finds it: what is wrong with it, what it should say, and its first writing."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.findings import Finding, error
from ccdeploy.operations.wiring import text
from ccdeploy.remote import dynamic
from ccdeploy.remote.facts import gather
from ccdeploy.settings.route import is_written_by_us
from ccdeploy.traefik.dynamic import Written

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.dynamic import Dynamic
    from ccdeploy.remote.facts import Facts
    from ccdeploy.settings import Host

_KINDS = {
    "link": "is a link, which a switch would replace by a file",
    "folder": "is a folder",
    "other": "is no plain file",
    "unreadable": "cannot be read",
}


def judge(host: Host, facts: Facts) -> Iterator[Finding]:
    """Yield an error for each reason why the file may not be written; nothing where the settings name none."""
    seen = facts.dynamic
    if seen is None:
        return
    folder = posixpath.dirname(seen.path)
    is_to_be_made = not facts.root_exists and folder == facts.root  # setup makes root
    if seen.folder == "absent" and not is_to_be_made:
        hint = f"`mkdir {folder}` on the host, and let Traefik's file provider watch it"
        yield error(
            "dynamic-folder", host.name, f"{folder}, where Traefik's dynamic file should be, is not there", hint
        )
    elif seen.folder == "there":
        hint = f"give the folder to the user who logs in (`chown` {folder} on the host), or name another dynamic_file"
        yield error("dynamic-folder", host.name, f"{folder} is not ours to write: a switch renames a file in it", hint)
    aside = f"move it aside (`mv {seen.path} {seen.path}.old`) and see what of it hosts.yaml should say"
    if seen.is_foreign:
        what = _KINDS.get(seen.kind, "was not written by ccdeploy, which writes over no file of another hand")
        hint = f"name another dynamic_file in the same folder, or {aside}"
        yield error("dynamic-foreign", host.name, f"{seen.path} {what}", hint)
    elif seen.is_edited:
        said = f"{seen.path} was changed by another hand since ccdeploy wrote it"
        yield error("dynamic-edited", host.name, said, aside)


def demand(work: Work, facts: Facts) -> Dynamic:
    """Return the file if ccdeploy may write it. Raises Refused with the reasons and what to do."""
    name, traefik = work.host.name, work.host.traefik
    if traefik is None or traefik.dynamic_file is None or facts.dynamic is None:
        raise Refused(
            f"{name}: the settings name no traefik.dynamic_file",
            hint="name one in hosts.yaml, in a folder that Traefik's file provider watches: "
            "dynamic_file: /etc/traefik/dynamic/ccproxy.yml",
        )
    if not is_written_by_us(traefik.dynamic_file):
        raise Refused(f"{name}: ccdeploy writes YAML, and {traefik.dynamic_file} is not", hint="let it end in .yml")
    if found := list(judge(work.host, facts)):
        raise Refused(f"{name}: Traefik's dynamic file may not be written; nothing was done", findings=found)
    return facts.dynamic


def is_as_wanted(host: Host, file: Dynamic) -> bool:
    """Whether a file of ours says beside its ports what the settings say; one that two slots share is not judged."""
    written = file.written
    return written is None or written.fallback is not None or text(host, written) == file.text


def wanted(host: Host, facts: Facts) -> Dynamic:
    """Return the file as it should be: it leads where it leads, or, for the first time, to what serves."""
    assert facts.dynamic is not None  # noqa: S101
    leads = facts.dynamic.written
    if leads is None:
        return facts.dynamic.rewritten(text(host, Written(serving_port(host, facts), None, is_whole=True)))
    same = text(host, leads)
    return facts.dynamic.rewritten(
        same if same == facts.dynamic.text else text(host, replace(leads, number=leads.number + 1))
    )


def serving_port(host: Host, facts: Facts) -> int:
    """Return the port that serves now, or would: of what runs by our record, else of a lone LiteLLM, else the first."""
    if facts.running is not None:
        return facts.running.port
    first, second = host.listen.ports
    is_second = facts.listeners[second].is_litellm and not facts.listeners[first] and facts.running_shadow is None
    return second if is_second else first


def keep(work: Work, root: str, wait_s: float) -> tuple[Dynamic, bool]:
    """Write the file where it does not say what it should; return it as it is then, and whether it was written.

    Raises Refused, Locked, CommandFailed.
    """
    with work.lock(root, "setup --traefik").held(wait_s) as lock:
        facts = gather(work.transport, work.host)
        seen = demand(work, facts)
        new = wanted(work.host, facts)
        if seen.data == new.data:
            return seen, False
        dynamic.write(lock, seen, new.text or "")
    return new, True
