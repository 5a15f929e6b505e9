"""What one request does to the models that are resident, when nobody else asks meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ccdeploy.ollama.planning.member import Member
from ccdeploy.ollama.scheduler.effects import Cause
from ccdeploy.ollama.scheduler.fit import Memory
from ccdeploy.ollama.scheduler.options import is_num_ctx_auto, needs_reload, wanted_num_ctx
from ccdeploy.ollama.scheduler.rules import rules_of
from ccdeploy.ollama.scheduler.runner import Runner
from ccdeploy.ollama.scheduler.victim import precedence
from ccdeploy.ollama.server import Server


@dataclass(frozen=True, order=True)
class Resident:
    """One loaded model: `member` is the number of the member that loaded it, `stays_s` what its last user left it."""

    blob: str
    member: int
    stays_s: float


State = tuple[Resident, ...]  # by blob
EMPTY: State = ()


@dataclass(frozen=True)
class Eviction:
    """One model that has to go for another: `loader` is loaded, `victim` goes; `detail` has the figures."""

    loader: Member
    victim: Member
    cause: Cause
    detail: str


class Residency:
    """Some members in one memory, by the rules of one Ollama."""

    def __init__(self, members: Sequence[Member], server: Server) -> None:
        self.members = members
        self.server = server
        self.memory = Memory(server)
        self._rules = rules_of(server.version)
        self._wishes = [member.wish() for member in members]
        self._stays_s = [server.keep_alive_s if w.keep_alive_s is None else w.keep_alive_s for w in self._wishes]
        self._runners = [self._runner(number) for number in range(len(members))]

    def asked(self, state: State, number: int) -> tuple[State, tuple[Eviction, ...]]:
        """Return what is resident after a request for a member, and who had to go for it."""
        wish, own = self._wishes[number], self._wishes[number].model.blob
        left = {resident.blob: resident for resident in state}
        gone: list[Eviction] = []
        while True:
            there = left.get(own)
            if there and self.serves(there, number):
                stays_s = there.stays_s if wish.keep_alive_s is None else wish.keep_alive_s
                left[own] = replace(there, stays_s=stays_s)
                break
            found = self._victim(left, number)
            if found is None:
                left[own] = Resident(own, number, self._stays_s[number])
                break
            victim, cause, detail = found
            del left[victim.blob]
            gone.append(Eviction(self.members[number], self.members[victim.member], cause, detail))
        return tuple(sorted(left.values())), tuple(gone)

    def loaded(self, numbers: Iterable[int]) -> State:
        """Return the state in which these members are loaded, however that came about."""
        return tuple(sorted(Resident(self._wishes[n].model.blob, n, self._stays_s[n]) for n in numbers))

    def has_room(self, numbers: Iterable[int], last: int) -> bool:
        """Whether the last one of these members, each of another file, is loaded while all others stay."""
        state = self.loaded(number for number in numbers if number != last)
        return self._victim({resident.blob: resident for resident in state}, last) is None

    def serves(self, resident: Resident, number: int) -> bool:
        """Whether a request for a member is served by what is resident of its file."""
        return not needs_reload(self._runners[resident.member], self._wishes[number], self.server, self._rules)

    def is_full(self, state: State) -> bool:
        """Whether every member is served as things are."""
        there = {resident.blob: resident for resident in state}
        blobs = [wish.model.blob for wish in self._wishes]
        return all(blob in there and self.serves(there[blob], number) for number, blob in enumerate(blobs))

    def predicted_bytes(self, number: int) -> int:
        """Return what a member is expected to take before it is loaded."""
        wish = self._wishes[number]
        return self.memory.predicted_bytes(wish.model, wanted_num_ctx(wish, self.server))

    def vram_bytes(self, number: int) -> int:
        """Return what a member takes once it is loaded."""
        return self._runners[number].vram_bytes

    def _victim(self, left: dict[str, Resident], number: int) -> tuple[Resident, Cause, str] | None:
        """Return who has to go next, and why; None when the member can be loaded."""
        wish = self._wishes[number]
        wanted = wanted_num_ctx(wish, self.server)
        if there := left.get(wish.model.blob):
            detail = f"num_ctx {self._runners[there.member].num_ctx_tokens} -> {wish.model.clamped(wanted)}"
            return there, Cause.OPTIONS, detail
        if len(left) >= self.server.cap:
            return self._picked(left), Cause.CAP, f"at most {self.server.cap} models"
        fit = self.memory.fit(wish.model, wanted, [self._runners[one.member] for one in left.values()])
        return (self._picked(left), Cause.ROOM, str(fit)) if left and not fit.is_good else None

    def _picked(self, left: dict[str, Resident]) -> Resident:
        idle = [_staying(self._runners[one.member], one.stays_s) for one in left.values()]
        return left[min(idle, key=precedence).model.blob]

    def _runner(self, number: int) -> Runner:
        wish = self._wishes[number]
        wanted = wanted_num_ctx(wish, self.server)
        tokens = wish.model.clamped(wanted) if self._rules.compares_effective_options else wanted
        vram_bytes = self.memory.vram_bytes(wish.model, wanted)
        return Runner(wish.model, tokens, is_num_ctx_auto(wish, self.server), vram_bytes, self._stays_s[number])


def _staying(runner: Runner, stays_s: float) -> Runner:
    return runner if runner.stays_s == stays_s else replace(runner, stays_s=stays_s)
