"""The statuses that our own scripts end with, in words: a number helps nobody."""

from __future__ import annotations

from ccdeploy.errors import CommandFailed
from ccdeploy.shell.deadman import NOT_ARMED
from ccdeploy.shell.dynamic import CHANGED
from ccdeploy.shell.prelude import NO_ROOT, NOT_WRITTEN
from ccdeploy.shell.releases import DAMAGED, GONE

_CANNOT_MAKE = 73  # EX_CANTCREAT of sysexits.h
_SPACE = "check the free space (`df`), and the owner and mode of its folders"
_WORDS = {
    NO_ROOT: ("a folder that was there a moment ago is gone", "look what else works on this host"),
    _CANNOT_MAKE: ("a file or folder cannot be made below root", _SPACE),
    NOT_WRITTEN: ("a file cannot be written below root", _SPACE),
    NOT_ARMED: (
        "the host could not start its dead man's switch, so nothing was risked",
        "see logs/deadman.log below root on the host: does `nohup` work there?",
    ),
    GONE: ("the proxy that was just verified serves no longer", "see its log on the host, in logs/"),
    CHANGED: ("Traefik's file was changed or removed by another hand just now", "see who writes it: nobody else may"),
    DAMAGED: (
        "the files of the release are not the ones of its release.json, and neither are their second copies",
        "take another release (`ccdeploy history` lists them), or deploy its config anew",
    ),
}


def explained(exc: CommandFailed) -> CommandFailed:
    """Return the error with a status of ours told in words; every other one as it is."""
    if exc.status not in _WORDS:
        return exc
    what, remedy = _WORDS[exc.status]
    where, _, _ = exc.message.rpartition(" ended with ")
    return CommandFailed(f"{where}: {what}", status=exc.status, hint=remedy, evidence=exc.evidence)
