"""A command of the user's that a config is to serve for: what it is told, and how it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccdeploy.results import Attempt, CommandRun

if TYPE_CHECKING:
    from ccdeploy.secret import Secret

Around = Callable[[Callable[[], Attempt]], Attempt]  # makes an attempt, with what is to happen around it


@dataclass(frozen=True)
class Errand:
    """A command. `execute` runs it with variables beside those of this process; `name` is all that may be told of it.

    `around_deploy` and `around_way_back` make the two attempts. `takes_key` asks for the master key.
    """

    name: str
    execute: Callable[[Mapping[str, str]], CommandRun]
    around_deploy: Around
    around_way_back: Around
    takes_key: bool = False


def variables(url: str, deployed: Attempt, key: Secret | None) -> dict[str, str]:
    """Return what the command finds in its environment: ours, and what clients of OpenAI's API read."""
    base = url.rstrip("/")
    return {
        "CCDEPLOY_URL": base,
        "CCDEPLOY_HOST": deployed.host,
        "CCDEPLOY_CONFIG": deployed.config or "",
        "CCDEPLOY_RELEASE": deployed.release or "",
        "OPENAI_BASE_URL": f"{base}/v1",
        "OPENAI_API_BASE": f"{base}/v1",  # its older name
        **({"OPENAI_API_KEY": key.reveal()} if key else {}),
    }
