"""Models: what the Ollama of a host has, beside what configs/models.yaml and the configs say. Nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused, Unhealthy
from ccdeploy.ollama.answers import normalised
from ccdeploy.operations import verify
from ccdeploy.operations.inventory import listed
from ccdeploy.remote.facts import gather
from ccdeploy.remote.ollama import last_start_on
from ccdeploy.results import AbsentModel, Inventory, InventoryModel
from ccdeploy.verify import ollama
from ccdeploy.verify.inventory import Stock, take_stock

if TYPE_CHECKING:
    from ccdeploy.operations.work import Work
    from ccdeploy.settings import Models

Wanted = Mapping[str, frozenset[str]]  # the models that a config names, by its name
SETTINGS = "settings"


def models(work: Work, known: Models | None, wanted: Wanted) -> Inventory:
    """Ask the host's Ollama for its models, and its log for its memory. Raises Unhealthy when it does not answer."""
    base = _base(work)
    with work.steps.step("ollama", "ask Ollama for its models") as told:
        stock = _stock(work, base)
        told.detail = f"{len(stock.models)} at {base}"
    memory_bytes, memory_from = _memory(work, base)
    written = {name.lower(): model for name, model in known.models.items()} if known else {}
    found = tuple(listed(one, written.get(one.installed.name.lower())) for one in stock.models)
    return Inventory(
        host=work.host.name,
        ollama=base,
        version=stock.version,
        models=found,
        absent=tuple(_absent(found, known, wanted)),
        memory_bytes=memory_bytes,
        memory_from=memory_from,
    )


def _base(work: Work) -> str:
    """Return the address that the settings name, else the one that the serving config does."""
    if work.host.ollama is not None:
        return work.host.ollama.url
    now = verify.serving_whole(work, gather(work.transport, work.host))
    named = ollama.most_asked(now.config, now.env)
    if named is None:
        raise Refused(
            f"{work.host.name}: neither the settings nor the config that serves names an Ollama",
            hint=f"set hosts.{work.host.name}.ollama.url in configs/hosts.yaml",
        )
    return named


def _stock(work: Work, base: str) -> Stock:
    found = verify.place(base)
    if found is None:
        raise Refused(
            f"{work.host.name}: {base} cannot be asked through the host; a plain http address can",
            hint=f"set hosts.{work.host.name}.ollama.url, such as http://127.0.0.1:11434",
        )
    address, port = found
    with work.transport.http(port, address) as client:
        try:
            return take_stock(client)
        except ValueError as exc:
            hint = f"`ccdeploy doctor --host {work.host.name}` says how to start it there"
            raise Unhealthy(f"{work.host.name}: Ollama at {base}, as the host reaches it: {exc}", hint=hint) from exc


def _memory(work: Work, base: str) -> tuple[int | None, str | None]:
    """Return what models may take, and who says so. It is no share of the RAM, so it is never reckoned from that."""
    if work.host.ollama is not None and work.host.ollama.memory_bytes is not None:
        return work.host.ollama.memory_bytes, SETTINGS
    found = last_start_on(work.transport, work.host, base)
    total = found.start.total_bytes if found else None
    return (total, found.place) if found and total else (None, None)


def _absent(found: tuple[InventoryModel, ...], known: Models | None, wanted: Wanted) -> Iterator[AbsentModel]:
    """Yield what configs or models.yaml name and the Ollama has not; names compare without case, as its own do."""
    there = {model.name.lower() for model in found}
    named: dict[str, set[str]] = {normalised(name): set() for name in (known.models if known else ())}
    for config, names in wanted.items():
        for name in names:
            named.setdefault(normalised(name), set()).add(config)
    for name in sorted(named):
        if name.lower() not in there:
            yield AbsentModel(name, tuple(sorted(named[name])))
