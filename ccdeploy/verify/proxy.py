"""The checks of a proxy on its own port; none calls a model."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ccdeploy.litellm import answers
from ccdeploy.litellm.answers import Auth
from ccdeploy.litellm.endpoints import HEALTH, LIVELINESS, MODEL_INFO, MODELS, READINESS
from ccdeploy.results import Check, Layer
from ccdeploy.secret import Secret, confidential, mask
from ccdeploy.units import counted

if TYPE_CHECKING:
    import httpx

    from ccdeploy.litellm.config import Config
    from ccdeploy.litellm.promise import Promise

_SENDABLE = re.compile(r"[!-~](?:[ -~]*[!-~])?")


def authorization(key: Secret | None) -> dict[str, str]:
    """Return the header that carries the master key. Raises ValueError for one that no header can.

    The libraries below would refuse it too, and quote it.
    """
    if key and not _SENDABLE.fullmatch(key.reveal()):
        raise ValueError("the master key of the env_file cannot be sent; write it in ASCII, on one line")
    return {"Authorization": f"Bearer {key.reveal()}"} if key else {}


def timed(name: str, layer: Layer, ask: Callable[[], tuple[bool, str]]) -> Check:
    """Run one check; an answer that cannot be had is a failure that says why."""
    import httpx

    began = time.monotonic()
    try:
        is_ok, detail = ask()
    except httpx.HTTPError as exc:
        is_ok, detail = False, no_answer(exc)
    except ValueError as exc:
        is_ok, detail = False, str(exc)
    return Check(name, layer, "ok" if is_ok else "failed", detail, round(time.monotonic() - began, 3))


def no_answer(exc: httpx.HTTPError) -> str:
    """Return in a few words why there was no answer."""
    import httpx

    if isinstance(exc, httpx.ConnectError):
        return "nothing listens there" if _is_refused(exc) else f"no connection: {exc}"
    if isinstance(exc, httpx.TimeoutException):
        return "no answer in time"
    return f"the connection broke: {str(exc) or type(exc).__name__}"


def _is_refused(exc: BaseException | None) -> bool:
    # By its type, not its words: each SSH server has its own for a port that is closed.
    while exc is not None and not isinstance(exc, ConnectionRefusedError):
        exc = exc.__cause__ or exc.__context__
    return exc is not None


def liveliness(client: httpx.Client) -> Check:
    """Check that the process answers as LiteLLM does."""

    def ask() -> tuple[bool, str]:
        answer = client.get(LIVELINESS)
        is_alive = answers.is_alive(answer.status_code, answer.content)
        return is_alive, "" if is_alive else f"answered {answer.status_code}"

    return timed("liveliness", "proxy", ask)


def readiness(client: httpx.Client) -> Check:
    """Check that it says it is ready."""

    def ask() -> tuple[bool, str]:
        answer = client.get(READINESS)
        is_ready = answers.is_ready(answer.status_code, answer.content)
        return is_ready, "" if is_ready else f"answered {answer.status_code}"

    return timed("readiness", "proxy", ask)


def served(client: httpx.Client, key: Secret | None) -> tuple[str, ...]:
    """Return the names of /v1/models. Raises httpx.HTTPError, or ValueError with why they are not to be had."""
    answer = client.get(MODELS, headers=authorization(key))
    auth = answers.auth_of(answer.status_code, answer.content, key_was_sent=key is not None)
    if auth is Auth.ENFORCED:
        raise ValueError("it does not take the master key of the env_file; was it started with another one?")
    if auth is not Auth.ACCEPTED:
        raise ValueError(f"{MODELS} answered {answer.status_code}")
    return answers.model_names(answer.content)


def served_if_any(client: httpx.Client, key: Secret | None) -> tuple[str, ...] | None:
    """Return the names of /v1/models, none when it will not tell them, and None when nothing answers."""
    import httpx

    try:
        return served(client, key)
    except ValueError:
        return ()
    except httpx.HTTPError:
        return None


def models(client: httpx.Client, key: Secret | None, promise: Promise) -> tuple[Check, tuple[str, ...]]:
    """Check that the served set is what the config promises; return it too."""
    names: tuple[str, ...] = ()

    def ask() -> tuple[bool, str]:
        nonlocal names
        names = served(client, key)
        return compared(promise, names)

    check = timed("models", "proxy", ask)
    return check, names


def compared(promise: Promise, names: Sequence[str]) -> tuple[bool, str]:
    """Return whether the names are the promised ones, and which are not."""
    missing, unexpected = promise.compare(names)
    told = [f"missing: {', '.join(missing)}"] if missing else []
    told += [f"unexpected: {', '.join(unexpected)}"] if unexpected else []
    return not told, "; ".join(told) or f"{len(names)} served"


def model_info(client: httpx.Client, key: Secret | None, config: Config, env: Mapping[str, Secret]) -> Check:
    """Check that the proxy serves each alias as the config says: model, address, context, keep_alive."""

    def ask() -> tuple[bool, str]:
        answer = client.get(MODEL_INFO, headers=authorization(key))
        if answer.status_code != 200:
            return False, f"answered {answer.status_code}"
        plain = {name: value.reveal() for name, value in env.items()}
        differences = answers.compare_model_info(config, answer.content, plain)
        return not differences, mask("; ".join(differences), confidential(env))

    return timed("model info", "proxy", ask)


def health(client: httpx.Client, key: Secret | None, config: Config) -> tuple[Check, str]:
    """Poll `/health` only where it can call no model; return what was done, in words."""
    if not config.health_is_harmless:
        reason = f"not polled: it would call {counted(len(config.deployments), 'model')}"
        return Check("health", "proxy", "skipped", reason), reason
    told = ""

    def ask() -> tuple[bool, str]:
        nonlocal told
        answer = client.get(HEALTH, headers=authorization(key))
        if answer.status_code != 200:
            raise ValueError(f"answered {answer.status_code}")
        healthy, unhealthy = answers.health_counts(answer.content)
        counted = f": {healthy} healthy, {unhealthy} unhealthy" if healthy or unhealthy else ""
        told = f"polled: the config sees to it that no model is called{counted}"
        return True, told

    check = timed("health", "proxy", ask)
    return check, told or check.detail
