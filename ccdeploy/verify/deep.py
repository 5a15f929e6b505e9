"""Asking one name for an answer. This loads models: nothing but `verify --deep` calls it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ccdeploy.litellm.reply import reply_fault
from ccdeploy.results import Check
from ccdeploy.secret import confidential, mask
from ccdeploy.units import human_seconds
from ccdeploy.verify.proxy import authorization, timed

if TYPE_CHECKING:
    import httpx

    from ccdeploy.litellm.question import Question
    from ccdeploy.secret import Secret


def answer(
    client: httpx.Client, key: Secret | None, question: Question, env: Mapping[str, Secret], timeout_s: float
) -> Check:
    """Ask for an answer and wait `timeout_s` for it: a load can take minutes. What is told of a fault is masked."""
    import httpx

    secrets = (*confidential(env), *question.secrets, *((key,) if key else ()))
    patience = httpx.Timeout(timeout_s, connect=min(timeout_s, 10.0))

    def ask() -> tuple[bool, str]:
        body = question.body(uuid.uuid4().hex[:8])
        try:
            reply = client.post(question.path, json=body, headers=authorization(key), timeout=patience)
        except httpx.TimeoutException:
            return False, f"no answer within {human_seconds(timeout_s)}; --timeout waits longer"
        headers = {name.lower(): value for name, value in reply.headers.items()}
        fault = reply_fault(reply.status_code, headers, reply.content)
        return fault is None, "" if fault is None else mask(fault, secrets)

    return timed(f"answer of {question.name}", "model", ask)
