"""Virtual environments with LiteLLM on a host: made while somebody watches, and removed when nobody needs them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ccdeploy.errors import CcdeployError, CommandTimedOut, Refused
from ccdeploy.latch import Latch
from ccdeploy.litellm.version import requirement, version_in
from ccdeploy.shell import python as search
from ccdeploy.shell import venv as script
from ccdeploy.shell.python import Python
from ccdeploy.shell.sections import split

if TYPE_CHECKING:
    from ccdeploy.remote.lock import HeldLock
    from ccdeploy.shell.process import Question
    from ccdeploy.shell.venv import Plan
    from ccdeploy.transport.seam import Transport

LOOK_EVERY_S = 2.0  # often enough to be seen moving; each look is a round trip
_EVIDENCE_LINES = 15
_WHY_NOT = {
    "old": "is {version}, and LiteLLM needs 3.10 or newer",
    "bare": "is {version} and has no venv or ensurepip (on Debian: apt install python3-venv)",
    "stub": "is Apple's stub, which only offers to install developer tools (xcode-select --install)",
    "broken": "does not run",
}


def fit_python(transport: Transport) -> Python:
    """Return a Python that LiteLLM can be installed with. Raises Refused with what was found instead."""
    found = search.pythons(transport.run(search.find_python(search.NAMES)).text)
    if found and found[-1].state == "fit":
        return found[-1]
    seen = tuple(f"{p.path} {_WHY_NOT.get(p.state, p.state).format(version=p.version)}" for p in found)
    raise Refused(
        f"{transport.name}: no Python on the host that LiteLLM could be installed with; it takes 3.10 or newer",
        hint="install one and run this again: `brew install python@3.12`, or `apt install python3 python3-venv`",
        evidence=seen,
    )


def newest(lock: HeldLock, python: Python, timeout_s: float, told: Callable[[str], None]) -> str:
    """Return the newest version that may be installed, by the host's own index. Raises Refused."""
    wanted = requirement(None)
    question = script.newest(lock.hold, python.path, wanted, timeout_s)
    parts = _made(lock, question, script.ASKING, told)
    _demand_whole(lock, parts, f"pip could not find out which version of {wanted} is the newest")
    version = next(filter(None, map(version_in, parts.get("file", "").splitlines())), None)
    if version is None:
        raise Refused(f"{lock.transport.name}: pip downloaded no litellm: {parts.get('file', '')}", hint=_hint())
    return version


def install(lock: HeldLock, plan: Plan, told: Callable[[str], None]) -> None:
    """Make the venv of a plan, or leave the host without it. `told` is called with how far it is. Raises Refused."""
    parts = _made(lock, script.install(lock.hold, plan), plan.folder, told)
    failed = {
        "venv": f"{plan.python} could not make a venv in {plan.folder}",
        "other": f"pip is content and did not install {plan.requirement}",
    }
    _demand_whole(lock, parts, failed.get(parts.get("state", ""), f"pip could not install {plan.requirement}"))


def clean_up(lock: HeldLock) -> None:
    """End an installation that was cut off, and remove what it left."""
    lock.run(script.clean_up(lock.hold))


def sweep(transport: Transport, root: str) -> None:
    """Remove the venvs that were set aside."""
    transport.run(script.sweep(root))


def _made(lock: HeldLock, question: Question, folder: str, told: Callable[[str], None]) -> Mapping[str, str]:
    """Run an installation to its end; whatever cuts it off, its unfinished venv goes too, if the host can be asked."""
    with _watched(lock, folder, told) as watch:
        try:
            return question.parts(lock.run(question.command).stdout)
        except ValueError as exc:
            raise Refused(f"{lock.transport.name}: {exc}", hint=_hint()) from exc
        except BaseException as exc:
            with suppress(CcdeployError):
                clean_up(lock)
            if isinstance(exc, CommandTimedOut):
                hint = f"{_hint()}; `install_timeout` in hosts.yaml gives it longer"
                raise Refused(exc.message, hint=hint, evidence=watch.last_lines) from exc
            raise


def _demand_whole(lock: HeldLock, parts: Mapping[str, str], failed: str) -> None:
    if parts.get("state") != "whole":
        lines = tuple(parts.get("log", "").splitlines())
        raise Refused(f"{lock.transport.name}: {failed}", hint=_hint(), evidence=lines[-_EVIDENCE_LINES:])


def _hint() -> str:
    return f"can the host reach its package index? All that pip said is in {script.LOG} there"


class _Watch:
    """Asks from a thread of its own how far an installation is, and tells it whenever that has changed."""

    def __init__(self, transport: Transport, root: str, folder: str, told: Callable[[str], None]) -> None:
        self._transport = transport
        self._root = root
        self._folder = folder
        self._told = told
        self._log = b""
        self._last = ""
        self._stopping = Latch()
        self._thread = threading.Thread(target=self._run, name="installation watch", daemon=True)

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines that were seen of the log."""
        return tuple(self._log.decode("utf-8", "replace").splitlines()[-_EVIDENCE_LINES:])

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits for a look that is under way."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            with suppress(CcdeployError, ValueError):  # who installs meets the same fault, and says so
                self._look()

    def _look(self) -> None:
        question = script.watch(self._root, self._folder, len(self._log))
        parts = split(self._transport.run(question.command).stdout, question.mark)
        self._log += parts["log"]
        there = parts["there"].strip()
        text = script.progress(self._log.decode("utf-8", "replace"), int(there) if there.isdigit() else 0)
        if text != self._last and not self._stopping.is_set():
            self._last = text
            self._told(text)


@contextmanager
def _watched(lock: HeldLock, folder: str, told: Callable[[str], None]) -> Iterator[_Watch]:
    watch = _Watch(lock.transport, lock.hold.root, folder, told)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()
