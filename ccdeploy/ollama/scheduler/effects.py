"""What the scheduler does, as values: models that come and go, requests that are let in or turned away."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why a model comes or goes."""

    REQUEST = "request"  # somebody asks for it
    ROOM = "room"  # it is evicted: another one would not fit
    CAP = "cap"  # it is evicted: no more models may be loaded
    OPTIONS = "options"  # it is loaded anew: a request wants other options, such as another context
    KEEP_ALIVE = "keep_alive"  # nobody asked for it for so long, or a request let it go at once
    UNLOAD = "unload"  # an unload call
    CLIENT_LEFT = "client_left"  # the only one who wanted it left while it loaded


@dataclass(frozen=True)
class Reason:
    """Why, and for which model; `detail` has the figures."""

    cause: Cause
    model: str = ""
    detail: str = ""

    def __str__(self) -> str:
        who = f" for {self.model}" if self.model else ""
        return f"{self.cause}{who}{f': {self.detail}' if self.detail else ''}"


@dataclass(frozen=True)
class Effect:
    """Something that happens to the model of a blob; `model` is the name that loaded it."""

    blob: str
    model: str
    why: Reason


@dataclass(frozen=True)
class Load(Effect):
    """A server is started for the model, with that context for each request: tell `loaded` when it is up."""

    num_ctx_tokens: int = 0


class Loaded(Effect):
    """It is up."""


class Abort(Effect):
    """It is ended before it was up; an Unload follows."""


class Unload(Effect):
    """It is gone, and its memory is free."""


@dataclass(frozen=True)
class Admitted:
    """The request `id` is served from now on: tell `finished` when it ends."""

    id: int
    blob: str


@dataclass(frozen=True)
class Rejected:
    """The request `id` is answered with 503: too many wait."""

    id: int


AnyEffect = Effect | Admitted | Rejected
