"""Ask every name once: plan it, announce what it costs, ask in that order, and count what it did cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ccdeploy.events import Checked
from ccdeploy.litellm.question import Question, questions
from ccdeploy.ollama.answers import Resident
from ccdeploy.ollama.seen import Seen, seen
from ccdeploy.operations import verify
from ccdeploy.operations.deep.announcement import announcement, in_short
from ccdeploy.operations.deep.course import Course, Stop, course
from ccdeploy.operations.deep.host_ollama import HostOllama, host_ollama, url_of
from ccdeploy.results import AskedName, Check, Deep, Verification
from ccdeploy.units import counted, human_seconds
from ccdeploy.verify import ollama
from ccdeploy.verify.deep import answer

if TYPE_CHECKING:
    from ccdeploy.operations.candidate import Candidate
    from ccdeploy.operations.work import Work
    from ccdeploy.transport.seam import HttpClient

Held = tuple[Resident, ...] | None

TIMEOUT_S = 600.0  # LiteLLM's own for one answer: a load of many gigabytes takes minutes


@dataclass(frozen=True)
class _Asking:
    """All that one question needs."""

    work: Work
    candidate: Candidate
    proxy: HttpClient
    ollama: HttpClient | None
    host: HostOllama | None
    timeout_s: float

    def held(self) -> Held:
        """Return the models that are loaded now; None when that is not known."""
        return ollama.held(self.ollama) if self.ollama else None


def verify_deep(work: Work, timeout_s: float | None = None) -> Verification:
    """Verify what serves on the host now, then ask every name for an answer."""
    facts = verify.asked(work)
    found = verify.verified(work, facts)
    port = verify.port_of(work, facts)
    return answered(work, verify.serving_whole(work, facts), port, found, timeout_s or TIMEOUT_S)


def answered(work: Work, candidate: Candidate, port: int, found: Verification, timeout_s: float) -> Verification:
    """Return the verification with an answer of every name; a proxy that is not well, or not known, is not asked."""
    if why := _why_not(candidate, found):
        skip = Check("answers", "model", "skipped", why)
        work.emit(Checked(skip.name, skip.status, skip.detail))
        return replace(found, checks=(*found.checks, skip))
    assert candidate.config is not None  # noqa: S101  # _why_not has seen to it
    listed = questions(candidate.config)
    wanted = [question for question in listed if question.why_not is None]
    skipped = [Check(f"answer of {q.name}", "model", "skipped", q.why_not) for q in listed if q.why_not]
    with _asking(work, candidate, port, wanted, timeout_s) as asking:
        with work.steps.step("loads", "see what answers will load") as told:
            env = {name: value.reveal() for name, value in candidate.env.items()}
            planned = course(candidate.config, wanted, env, asking.host)
            told.detail = in_short(planned)
        for sentence in announcement(planned):
            work.say(sentence)
        with work.steps.step("answers", "ask every name for an answer") as told:
            asked, result = _asked(asking, planned, told.moved)
            told.detail = _summary(asked, result)
    for check in skipped:
        work.emit(Checked(check.name, check.status, check.detail))
    return _added_up(replace(found, checks=(*found.checks, *asked, *skipped)), result)


def _why_not(candidate: Candidate, found: Verification) -> str | None:
    if not found.proxy_is_well:
        return "not asked: the proxy itself is not well"
    if candidate.config is None:
        return "not asked: the config that serves cannot be read"
    return None if candidate.knows_env else "not asked: it was started with another env_file: its key is not known"


@contextmanager
def _asking(
    work: Work, candidate: Candidate, port: int, wanted: Sequence[Question], timeout_s: float
) -> Iterator[_Asking]:
    url = url_of(work, candidate)
    at = verify.place(url) if url else None
    client = work.transport.http(at[1], at[0]) if at else None
    with work.transport.http(port, verify.loopback(work.host.listen.address)) as proxy:
        try:
            host = host_ollama(work, url, client, wanted) if url and client else None
            yield _Asking(work, candidate, proxy, client, host, timeout_s)
        finally:
            if client:
                client.close()


def _asked(asking: _Asking, planned: Course, moved: Callable[[str], None]) -> tuple[list[Check], Deep]:
    checks: list[Check] = []
    names: list[AskedName] = []
    others: list[str] = []
    before = asking.held()
    for number, stop in enumerate(planned.stops, 1):
        moved(f"{number} of {len(planned.stops)}: {stop.question.name}")
        check = answer(asking.proxy, asking.candidate.key, stop.question, asking.candidate.env, asking.timeout_s)
        after = asking.held() if stop.members else before
        loaded = _seen(asking, stop, check, before, after)
        before = after
        check = replace(check, detail=_detail(check, loaded))
        asking.work.emit(Checked(check.name, check.status, check.detail))
        checks.append(check)
        names.append(_row(stop, check, loaded))
        others += loaded.others if loaded else ()
    known = [one.loads for one in names if one.loads is not None]
    total = sum(map(len, known)) if len(known) == len(names) else None
    met = tuple(dict.fromkeys(others))
    return checks, Deep(tuple(names), planned.loads, planned.least_loads, planned.unknown, total, met)


def _seen(asking: _Asking, stop: Stop, check: Check, before: Held, after: Held) -> Seen | None:
    if asking.host is None or not stop.members:
        return Seen(()) if not stop.members and asking.host else None
    own = asking.host.names_of([member.model for member in stop.members])
    goes_at_once = all(member.keep_alive_s == 0 for member in stop.members)
    return seen(before, after, own, was_answered=check.status == "ok", goes_at_once=goes_at_once)


def _detail(check: Check, loaded: Seen | None) -> str:
    """Return what became of one question, with its latency; of what else came or went only what it loaded."""
    told = [f"answered in {human_seconds(check.seconds)}" if check.status == "ok" else check.detail]
    if loaded and loaded.own:
        evicted = f", and {', '.join(loaded.gone)} went" if loaded.gone else ""
        told.append(f"{', '.join(loaded.own)} was loaded{evicted}")
    return "; ".join(told)


def _row(stop: Stop, check: Check, loaded: Seen | None) -> AskedName:
    return AskedName(
        name=stop.question.name,
        phase=stop.question.phase,
        models=tuple(member.model.name for member in stop.members),
        is_away=stop.is_away,
        announced=stop.load,
        evicts=stop.evicts,
        is_answered=check.status == "ok",
        seconds=check.seconds,
        loads=loaded.own if loaded else None,
    )


def _summary(checks: list[Check], result: Deep) -> str:
    well = sum(check.status == "ok" for check in checks)
    loads = "loads not known" if result.counted_loads is None else counted(result.counted_loads, "load")
    return f"{well} of {len(checks)} answered, {loads}"


def _added_up(found: Verification, result: Deep) -> Verification:
    """Return the verification with what the answers prove: who answers is healthy, and what that cost."""
    silent = {one.name for one in result.asked if not one.is_answered}
    cost = len(result.asked) if result.counted_loads is None else result.counted_loads
    return replace(
        found,
        healthy=len(set(found.models) - silent),
        unhealthy=len(silent),
        model_loads=found.model_loads + cost,
        deep=result,
    )
