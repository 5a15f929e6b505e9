"""The calls that load a model and ask it nothing, as commands that can be pasted on the host of the Ollama."""

from __future__ import annotations

import json
import shlex

from ccdeploy.ollama.planning.member import Member

DEFAULT_URL = "http://127.0.0.1:11434"
FOREVER = -1  # no requests of others end it; one that brings a keep_alive of its own does


def preload_command(member: Member, url: str | None = None) -> str:
    """Return the command that loads a member as its requests would, to stay.

    An empty prompt loads and answers at once (server/routes.go: done_reason "load"). The context is that of the
    requests: with another one they would load it anew.
    """
    body: dict[str, object] = {"model": member.model.name, "keep_alive": FOREVER}
    if member.num_ctx_tokens is not None:
        body["options"] = {"num_ctx": member.num_ctx_tokens}
    address = f"{(url or DEFAULT_URL).rstrip('/')}/api/generate"
    return f"curl -sS {shlex.quote(address)} -d {shlex.quote(json.dumps(body))}"
