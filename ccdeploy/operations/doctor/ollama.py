"""The Ollama behind the proxy: whether it answers, which version it is, and whether it has the models."""

from __future__ import annotations

import shlex

from ccdeploy.findings import error, note, warning
from ccdeploy.ollama.era import era_of, tells_contexts
from ccdeploy.operations.doctor.seen import Judged, OllamaSeen, Seen
from ccdeploy.operations.remedy import below_root, on_host
from ccdeploy.secret import mask
from ccdeploy.verify import ollama

_ROUNDED = 1.01  # Ollama's log tells 29.8 GiB of 32 GB
_START = {"Darwin": "open -a Ollama || brew services start ollama", "Linux": "sudo systemctl start ollama"}


def judge(seen: Seen) -> Judged:
    """Say what is wrong with each Ollama, and by which rule it decides what fits into memory."""
    for one in seen.ollamas:
        yield from _version(seen, one)
    yield from _memory(seen)
    for model in sorted(seen.before.missing):
        pull = on_host(seen.host, f"ollama pull {shlex.quote(model)}")
        yield error("model-missing", seen.name, f"Ollama has no '{model}', which the config asks for", pull)
    now = seen.now
    wanted = ollama.wanted(now.config, now.env) if now.config else {}
    answering = {one.base for one in seen.ollamas if one.version is not None}
    if wanted and wanted.keys() <= answering and not seen.before.missing and not seen.before.silent:
        yield f"models: Ollama has each of the config, {sum(len(names) for names in wanted.values())} in all"


def _memory(seen: Seen) -> Judged:
    """Say how much memory models have by Ollama's own log, and when the settings promise more than that."""
    found = seen.ollama_log
    total = found.start.total_bytes if found else None
    if found is None or total is None:
        return
    stated = seen.host.ollama.memory_bytes if seen.host.ollama else None
    if stated is None or stated <= total * _ROUNDED:
        yield f"memory: {_gib(total)} for models, as {found.place} says"
        return
    message = f"the settings give models {_gib(stated)}, and Ollama found {_gib(total)}, as {found.place} says"
    remedy = f"set hosts.{seen.name}.ollama.memory to null in configs/hosts.yaml: the log holds then"
    yield warning("ollama-memory", seen.name, message, remedy)


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / 2**30:.1f} GiB"


def _version(seen: Seen, one: OllamaSeen) -> Judged:
    base = mask(one.base)
    if not one.is_address:
        message = f"'{base}' is no http address of an Ollama; write one such as http://127.0.0.1:11434"
        edit = on_host(seen.host, f"vi {below_root(seen.host, seen.host.env_file)}")
        yield error("ollama", seen.name, message, edit)
    elif one.version is None:
        start = on_host(seen.host, _START.get(seen.facts.system, "ollama serve"))
        yield error("ollama", seen.name, f"no Ollama answers at {base}, as the host reaches it", start)
    else:
        yield from _era(seen, base, one.version)


def _era(seen: Seen, base: str, version: str) -> Judged:
    era = era_of(version)
    if era is None:
        message = f"Ollama at {base} says that it is {version}: by which rule it loads models is not known"
        yield note("ollama-version", seen.name, message, _upgrade(seen))
    else:
        yield f"ollama: {version} at {base}, {era}"
    if not tells_contexts(version):
        message = f"Ollama {version} does not tell with which context a model is loaded"
        yield note("ollama-version", seen.name, message, _upgrade(seen))


def _upgrade(seen: Seen) -> str:
    install = (
        "brew upgrade ollama" if seen.facts.system == "Darwin" else "curl -fsSL https://ollama.com/install.sh | sh"
    )
    return on_host(seen.host, install)
