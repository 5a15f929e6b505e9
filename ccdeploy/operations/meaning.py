"""What a deploy or a rollback would change in the meaning of what serves, and how that is said in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ccdeploy.litellm.changes import changes
from ccdeploy.ollama.keepalive import keep_alive_s
from ccdeploy.results import ConfigChange
from ccdeploy.secret import confidential

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts

MOST = 4  # names and settings: more do not fit into two lines of a terminal
# What users notice stands first.
_KINDS = ("model", "alias", "fallback", "setting", "environment")
_ACTIONS = ("removed", "added", "changed")


def changes_between(facts: Facts, old: Config | None, new: Config) -> tuple[ConfigChange, ...]:
    """Return what differs in meaning; nothing that env_file holds is in it, even where a config has it too."""
    names = facts.env.names if facts.env.is_readable else None
    secrets = confidential(facts.env.values)
    return tuple(change.masked(secrets) for change in changes(old, new, keep_alive_s, names))


def told(work: Work, facts: Facts, old: Config | None, new: Config | None) -> tuple[ConfigChange, ...]:
    """Say in one line what is about to change, and return it in full; nothing for a release that cannot be read."""
    if new is None:
        return ()
    found = changes_between(facts, old, new)
    work.say(f"changes: {_line(old, found)}")
    return found


def _line(old: Config | None, found: Sequence[ConfigChange]) -> str:
    if old is None:
        names = [change.subject for change in found if change.kind in ("model", "alias")]
        return f"everything is new: {', '.join(names)}"
    subjects: dict[tuple[str, str], list[ConfigChange]] = {}
    for change in sorted(found, key=_weight):
        subjects.setdefault((change.kind, change.subject), []).append(change)
    parts = [short(group[0]) + (f" and {len(group) - 1} more" if group[1:] else "") for group in subjects.values()]
    rest = [f"and {len(parts) - MOST} others"] if len(parts) > MOST else []
    return "; ".join([*parts[:MOST], *rest]) or "none in meaning"


def short(change: ConfigChange) -> str:
    """Return a change in a few words: `~ gpt-4 num_ctx 16384 -> 32768`."""
    if change.kind == "environment":
        return f"{change.sign} os.environ/{change.subject}" + (f" ({change.note})" if change.note else "")
    return " ".join([change.sign, change.subject, *_what(change)])


def _what(change: ConfigChange) -> Iterator[str]:
    is_whole_name = change.kind in ("model", "alias") and change.key is None
    if change.key is not None:
        yield change.key
    if is_whole_name:
        return
    if change.is_masked:
        yield "changed"
    elif change.action == "changed":
        yield f"{change.before or 'unset'} -> {change.after or 'unset'}"
    elif value := change.after or change.before:
        yield value
    if change.note:
        yield f"({change.note})"


def _weight(change: ConfigChange) -> tuple[int, int]:
    return _KINDS.index(change.kind), _ACTIONS.index(change.action)
