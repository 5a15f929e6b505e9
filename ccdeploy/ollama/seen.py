"""Which models one request caused to be loaded, by what /api/ps said before and after it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ccdeploy.ollama.answers import Resident


@dataclass(frozen=True)
class Seen:
    """What came meanwhile: `own` of what was asked for, `others` for somebody else; `gone` are no longer there."""

    own: tuple[str, ...]
    others: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def seen(
    before: Sequence[Resident] | None,
    after: Sequence[Resident] | None,
    own: Collection[str],
    *,
    was_answered: bool,
    goes_at_once: bool = False,
) -> Seen | None:
    """Return what one request loaded; None where either answer is missing.

    `own` are the names, in lower case, of what may have answered: every name of its file. A model that answered and
    is not there was loaded and has gone again, and so has one whose keep_alive is 0.
    """
    if before is None or after is None:
        return None
    was, now = {_identity(one): one for one in before}, {_identity(one): one for one in after}
    new = [one.name for identity, one in now.items() if identity not in was]
    gone = tuple(one.name for one in before if one.name not in {each.name for each in after})
    mine = [name for name in new if name.lower() in own]
    is_hidden = goes_at_once or not any(one.name.lower() in own for one in (*before, *after))
    if not mine and own and was_answered and is_hidden:
        mine = [sorted(own)[0]]
    return Seen(tuple(mine), tuple(name for name in new if name.lower() not in own), gone)


def _identity(one: Resident) -> tuple[str, str, int | None]:
    return one.name.lower(), one.digest, one.num_ctx_tokens
