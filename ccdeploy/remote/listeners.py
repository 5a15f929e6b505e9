"""Who listens on a port of a host, as far as its user may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ccdeploy.litellm import commandline
from ccdeploy.release.process import Process


@dataclass(frozen=True)
class Listeners:
    """Who listens on a port; `has_unseen` for a process of another user."""

    processes: tuple[Process, ...]
    has_unseen: bool

    def __bool__(self) -> bool:
        return bool(self.processes) or self.has_unseen

    @property
    def leader(self) -> Process | None:
        """The process whose parent is not among them: the one to tell to stop when there are workers."""
        pids = {p.pid for p in self.processes}
        return next((p for p in self.processes if p.parent not in pids), None)

    @property
    def is_litellm(self) -> bool:
        """Whether every one of them is a LiteLLM, or a worker of one."""
        leader = self.leader
        return leader is not None and not self.has_unseen and commandline.is_litellm(leader.command)


def from_answer(text: str, processes: Mapping[str, Process]) -> Listeners:
    """Return what the host answered: a pid each, of `processes` by pid, and `-` for one that is not ours to see."""
    words = text.split()
    return Listeners(tuple(processes[word] for word in words if word in processes), "-" in words)
