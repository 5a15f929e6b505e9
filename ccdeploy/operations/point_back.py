"""The way back once Traefik was pointed at the new slot: first it is pointed back, last the new proxy ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from ccdeploy.errors import CcdeployError
from ccdeploy.operations import drain, point, restore
from ccdeploy.operations.drain import Old
from ccdeploy.operations.point import Pointing
from ccdeploy.shell import releases as lines

if TYPE_CHECKING:
    from ccdeploy.operations.change import Change
    from ccdeploy.remote.facts import Facts
    from ccdeploy.shell.process import Stop

# Where the file leads: back to the old proxy, to the new one and else to the old one, or where another hand says.
Way = Literal["back", "both", "unknown"]


def undone(change: Change, *, anew: bool) -> bool:
    """Point Traefik back, end the new proxy after its last request; return whether a verified release serves.

    Nothing of the new release is looked at before: users come first. See `_led_back` for `anew`.
    """
    facts = restore.facts_now(change)
    way = _led_back(change, facts, anew=anew)
    try:
        _record(change, facts)
        return _serves_again(change)
    finally:  # its last request may take minutes, and nobody is to wait for what serves until then
        if way != "unknown":
            _end_new(change, facts, waits=way == "back")


def _serves_again(change: Change) -> bool:
    if change.previous is None:
        return False
    return restore.still_serves(change, change.previous) or restore.restored(
        change, change.previous, may_serve_on=False
    )


def _led_back(change: Change, facts: Facts, *, anew: bool) -> Way:
    """Point Traefik back; return where its file leads then.

    It is written `anew` though it leads there where the script that points it forward may still be on its way: that
    one writes nothing over a file that is not the one which it was to replace.
    """
    work, found = change.work, facts.dynamic
    old = change.previous.stop if change.previous else None
    pointing = Pointing(old.port if old else change.facts.slots.active)
    with work.steps.step("rollback", f"point Traefik back at port {pointing.to}") as told:
        if found is None or found.is_foreign or found.is_edited:
            told.detail = "another hand has changed its file: it is left as it is, and so are both proxies"
            change.tell(
                "Traefik's file was changed by another hand and may lead to either proxy: "
                f"the new one is left running on port {change.port} too"
            )
            return "unknown"
        try:
            if anew or not pointing.is_of(found):
                found = point.write(work, change.lock, found, pointing)
        except CcdeployError as exc:
            change.tell(f"Traefik's file could not be written: {exc.message}")
            return "both"
        if not point.is_shown_within(work, found, point.BACK_WITHIN_S):
            change.tell(f"Traefik does not show that it leads to port {pointing.to} again; its file says so")
        return "back"


def _record(change: Change, facts: Facts) -> None:
    """Record again what served before, if something else is recorded; a failure changes nothing of what serves."""
    served, release = change.facts.serving, change.previous.release.release if change.previous else None
    if facts.serving == served and facts.draining is None and facts.current in (release, change.facts.current):
        return
    parts = [lines.activate(change.previous.release.release)] if change.previous else []
    parts.append(lines.write_run_state("serving", served.to_json()) if served else "rm -f run/serving.json\n")
    try:
        change.lock.run(lines.record(change.lock.hold, [*parts, "rm -f run/draining.json\n"], unlock=False))
    except CcdeployError as exc:
        change.tell(f"what serves could not be recorded again: {exc.message}")


def _end_new(change: Change, facts: Facts, *, waits: bool) -> None:
    """End the new proxy after its last request. What goes wrong with that changes nothing of what serves.

    Where the file leads to it yet, nothing is gained by waiting until it is idle: it closes its listener
    at once, and Traefik falls back to the old one.
    """
    work, new = change.work, change.shadow
    try:
        with work.steps.step("drain", "end the new proxy after its last request") as told:
            if new and (note := drain.end(work, facts, change.lock, _leaving(change, new, waits=waits), told)):
                change.tell(note)
        change.lock.run(lines.record(change.lock.hold, ["rm -f run/shadow.json\n"], unlock=False))
    except CcdeployError as exc:
        change.tell(f"whether the new proxy on port {change.port} has ended is not known: {exc.message}")


def _leaving(change: Change, new: Stop, *, waits: bool) -> Old:
    return Old(replace(new, patience_s=change.work.host.drain_timeout_s), change.target.key, waits_until_idle=waits)
