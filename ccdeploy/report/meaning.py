"""What differs in meaning between two configs, as lines for a person: grouped, with signs that read without colour."""

from __future__ import annotations

from collections.abc import Sequence

from ccdeploy.report.look import Look
from ccdeploy.report.text import safe
from ccdeploy.results import ConfigChange

_TITLES = {
    "model": "models",
    "alias": "router_settings.model_group_alias",
    "fallback": "fallbacks",
    "setting": "settings",
    "environment": "environment",
}
_COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}


def meaning_lines(changes: Sequence[ConfigChange], look: Look) -> list[str]:
    """Return each kind under its title; nothing where nothing differs."""
    lines: list[str] = []
    for kind, title in _TITLES.items():
        group = [change for change in changes if change.kind == kind]
        width = max((len(_subject(change)) for change in group), default=0)
        lines += [look.paint(title, "bold")] if group else []
        lines += [f"  {_line(change, width, look)}" for change in group]
    return lines


def _line(change: ConfigChange, width: int, look: Look) -> str:
    told = [part for part in (_values(change, look.arrow), _note(change)) if part]
    text = f"{change.sign} {safe(_subject(change)):<{width}}  {safe('  '.join(told))}".rstrip()
    return look.paint(text, _COLOURS[change.action])


def _subject(change: ConfigChange) -> str:
    return f"{change.subject} of {change.deployment}" if change.deployment else change.subject


def _values(change: ConfigChange, arrow: str) -> str:
    if change.action != "changed":
        value = change.after if change.action == "added" else change.before
    elif change.is_masked:
        value = "changed (masked)"
    elif change.before == change.after:
        value = change.before
    else:
        value = f"{change.before or 'unset'} {arrow} {change.after or 'unset'}"
    return " ".join(part for part in (change.key, value) if part)


def _note(change: ConfigChange) -> str:
    return f"({change.note})" if change.note else ""
