"""Keys that are locked with a passphrase: asked for once in a command, over all hosts, jumps and new connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import paramiko

from ccdeploy.events import Answered, Asking, Observer
from ccdeploy.transport.asking import NobodyToAsk, ask_person

TRIES = 3  # as ssh
Ask = Callable[[str], str]


@dataclass(frozen=True)
class Locked:
    """A key that stays locked, and why, in words that follow its path."""

    why: str


class Passphrases:
    """Unlocks keys. It keeps the unlocked keys, never a passphrase; it may be used from several threads."""

    def __init__(self, observer: Observer, ask: Ask = ask_person) -> None:
        self._observer = observer
        self._ask = ask
        self._lock = threading.Lock()  # two hosts that need the same key: the second waits for the first one's answer
        self._keys: dict[Path, paramiko.PKey | Locked] = {}

    def unlock(self, path: Path) -> paramiko.PKey | Locked:
        """Return the key in a file; asks for its passphrase unless that was done before."""
        with self._lock:
            if path not in self._keys:
                self._keys[path] = self._asked(path)
            return self._keys[path]

    def _asked(self, path: Path) -> paramiko.PKey | Locked:
        prompt = f"Enter passphrase for key '{path}': "
        for _ in range(TRIES):
            self._observer(Asking(prompt))
            try:
                passphrase = self._ask(prompt)
            except NobodyToAsk:
                return Locked("is encrypted, no agent holds it, and there is no terminal to ask for its passphrase")
            finally:
                self._observer(Answered())
            if not passphrase:
                return Locked("is encrypted and got no passphrase")
            if key := _opened(path, passphrase):
                return key
        return Locked(f"is encrypted and {TRIES} passphrases were wrong")


def _opened(path: Path, passphrase: str) -> paramiko.PKey | None:
    try:
        return paramiko.PKey.from_path(path, passphrase.encode())  # type: ignore[arg-type]  # the stubs say str, the library wants bytes
    except Exception:  # paramiko and cryptography share no base for what they raise at a wrong one
        return None
