"""What a log tells of the requests for models, whoever wrote it: LiteLLM or Ollama."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ccdeploy.errors import Refused
from ccdeploy.litellm.accesslog import CallReader
from ccdeploy.ollama.log.requests import CLIENT_LEFT
from ccdeploy.ollama.log.startup import Startup, last_start
from ccdeploy.ollama.log.traffic import Known, TrafficReader

# Ollama answered these before it chose a model: a wrong request, a model that is not there.
_REFUSED = range(400, CLIENT_LEFT)
_ASK_LITELLM = "set LITELLM_LOG=INFO in its env file and restart it; then each request tells its time and model"
_PROVIDERS = {"/api/chat": "ollama_chat", "/api/generate": "ollama"}


@dataclass(frozen=True)
class Asked:
    """One request: None is what the log does not tell. `provider` is the prefix that it came by, `guess` what of
    the model is guessed; a model is known by its name or by the digest of its file.
    """

    at: datetime
    provider: str | None
    model: str | None
    blob: str | None
    num_ctx_tokens: int | None
    took_s: float | None
    left_after_s: float | None
    is_embedding: bool
    guess: str | None


@dataclass(frozen=True)
class Recording:
    """The requests of a log in their order; `loads_s` is how long each file took to load."""

    log: str
    asked: tuple[Asked, ...]
    left_out: int = 0
    start: Startup | None = None
    loads_s: Mapping[str, float] = field(default_factory=dict)


def record(lines: Iterable[str], shown_as: str) -> Recording:
    """Return what a log tells. Raises Refused for the log of another program, and for one that tells of no request."""
    litellm, ollama, starts = CallReader(), TrafficReader(), list[str]()
    for line in lines:
        litellm.read(line)
        ollama.read(line)
        if "msg=" in line or "server config" in line:
            starts.extend(_of_a_start(line))
    if ollama.is_any or (starts and not litellm.is_any):
        return _by_ollama(ollama, last_start(starts), shown_as)
    if litellm.is_any:
        return _by_litellm(litellm, shown_as)
    raise Refused(
        f"{shown_as}: no line of it tells of a request that LiteLLM or Ollama was asked",
        hint=f"name Ollama's log, or LiteLLM's; {_ASK_LITELLM}",
    )


def _of_a_start(line: str) -> Iterator[str]:
    if any(word in line for word in ("server config", "inference compute", "Listening on ")):
        yield line


def _by_ollama(reader: TrafficReader, start: Startup | None, shown_as: str) -> Recording:
    calls = reader.calls()
    kept = [call for call in calls if call.status not in _REFUSED]
    if not kept:
        raise Refused(f"{shown_as}: Ollama answered no request for a model in it", hint="name the log of a busier time")
    took: dict[str, list[float]] = {}
    for load in reader.loads:
        if load.took_s is not None:
            took.setdefault(load.blob, []).append(load.took_s)
    asked = tuple(
        Asked(
            at=call.began_at,
            provider=_PROVIDERS.get(call.path, "ollama" if call.path.startswith("/api/") else "openai"),
            model=call.name,
            blob=call.blob,
            num_ctx_tokens=call.num_ctx_tokens,
            took_s=call.took_s,
            left_after_s=call.whole_s if call.is_left else None,
            is_embedding="embed" in call.path,
            guess=None if call.known in (Known.TOLD, Known.UNKNOWN) else call.known.value,
        )
        for call in kept
    )
    return Recording(
        "ollama", asked, len(calls) - len(kept), start, {blob: sum(all_) / len(all_) for blob, all_ in took.items()}
    )


def _by_litellm(reader: CallReader, shown_as: str) -> Recording:
    calls = reader.calls()
    if not calls:
        count = f"{reader.untimed} requests" if reader.untimed > 1 else "a request"
        raise Refused(f"{shown_as}: tells of {count}, but of no time and no model", hint=_ASK_LITELLM)
    refused = [call for call in calls if call.status in _REFUSED]
    asked = tuple(
        Asked(
            at=call.at,
            provider=call.provider,
            model=call.model,
            blob=None,
            num_ctx_tokens=None,
            took_s=call.took_s,
            left_after_s=None,
            is_embedding=call.is_embedding,
            guess=None,
        )
        for call in calls
        if call.status not in _REFUSED
    )
    if not asked:
        raise Refused(f"{shown_as}: each request in it was refused", hint="name the log of a busier time")
    return Recording("litellm", asked, len(refused) + reader.untimed)
