"""What a deploy, rollback, restart, stop or verification came to, as lines for a person."""

from __future__ import annotations

from ccdeploy.report.look import Look
from ccdeploy.report.meaning import meaning_lines
from ccdeploy.report.text import finding_line, rows, safe
from ccdeploy.results import Attempt, Check, Deep, Verification
from ccdeploy.results.narrowed import of_phase
from ccdeploy.units import counted, human_seconds

_LAYERS = {
    "process": "the process", "proxy": "the proxy", "ollama": "Ollama", "route": "the way through Traefik",
    "model": "the model",
}  # fmt: skip


def attempt_lines(attempt: Attempt, look: Look) -> list[str]:
    """Return the outcome in one sentence, then what is worth knowing of it."""
    if attempt.outcome == "rehearsed":
        return _rehearsal(attempt, look)
    status = "warning" if attempt.exit_code else "ok"
    return [
        f"{look.mark(status)} {look.paint(headline(attempt), 'bold')}",
        *rows(
            [
                ("models", _models(attempt.verification)),
                ("health", _health(attempt.verification)),
                ("route", _skipped_route(attempt.verification)),
                ("before", attempt.previous if attempt.previous != attempt.release else None),
                ("downtime", None if attempt.downtime_ms is None else f"{attempt.downtime_ms} ms"),
                ("took", human_seconds(attempt.seconds)),
            ]
        ),
        *_remarks(attempt, look),
    ]


def headline(attempt: Attempt) -> str:
    """Return the outcome in one sentence."""
    if attempt.outcome == "rehearsed":
        verb = f"an {attempt.verb}" if attempt.verb == "upgrade" else f"a {attempt.verb}"
        return safe(f"rehearsal: nothing was changed on {attempt.host}; {verb} would")
    return safe(_outcome(attempt))


def verification_lines(host: str | None, seen: Verification, look: Look, was_told: bool = False) -> list[str]:
    """Return each check, unless they were told already, then the summary."""
    lines = [] if was_told else [*check_lines(seen.checks, look), ""]
    if seen.residents_changed:
        lines.insert(max(0, len(lines) - 1), f"{look.mark('note')} {safe(seen.residents_changed)}")
    summary = [
        ("host", host), ("healthy", str(seen.healthy)), ("unhealthy", str(seen.unhealthy)),
        ("models", ", ".join(seen.models) or "none"), ("model_loads", str(seen.model_loads)), ("/health", seen.health),
    ]  # fmt: skip
    if seen.deep:
        summary[-1:-1] = [("announced", _announced(seen.deep)), ("counted", _counted(seen.deep))]
    return [*lines, *rows(summary, indent="")]


def _announced(deep: Deep) -> str:
    if deep.announced_loads is not None:
        return counted(deep.announced_loads, "load")
    return f"{deep.least_loads} or more loads; not known: {'; '.join(deep.unknown)}"


def _counted(deep: Deep) -> str:
    told = "not known" if deep.counted_loads is None else counted(deep.counted_loads, "load")
    return f"{told}; loaded meanwhile for somebody else: {', '.join(deep.others)}" if deep.others else told


def check_lines(checks: tuple[Check, ...], look: Look) -> list[str]:
    """Return a line a check; one that did not pass says where the fault lies."""
    width = max((len(check.name) for check in checks), default=0)
    return [_check_line(check, width, look) for check in checks]


def _check_line(check: Check, width: int, look: Look) -> str:
    blame = {"failed": f" [{_LAYERS[check.layer]}]", "known": f" [{_LAYERS[check.layer]}, as before]"}
    detail = safe(check.detail) + blame.get(check.status, "")
    return f"{look.mark(check.status)} {safe(check.name):<{width}}  {detail}".rstrip()


def _outcome(attempt: Attempt) -> str:
    host, release = attempt.host, attempt.release or "an unknown release"
    config = f"config '{attempt.config}'{of_phase(attempt.phase)}, " if attempt.config else ""
    return {
        "deployed": f"{host} serves {config}release {release}",
        "nothing-to-do": _nothing_to_do(attempt, f"{config}release {release}"),
        "rolled-back": f"{host} serves {config}release {release} again",
        "upgraded": f"{host} serves {config}release {release}, with litellm {attempt.litellm_version}",
        "restarted": f"{host} was restarted and serves {config}release {release}",
        "stopped": f"{host} was stopped: no proxy serves",
    }.get(attempt.outcome, f"{host}: {attempt.verb} {attempt.outcome}, release {release}")


def _nothing_to_do(attempt: Attempt, what: str) -> str:
    if attempt.verb == "stop":
        return f"nothing to do: no proxy serves on {attempt.host}"
    version = f", with litellm {attempt.litellm_version}" if attempt.verb == "upgrade" else ""
    return f"nothing to do: {attempt.host} already serves {what}{version}"


def _rehearsal(attempt: Attempt, look: Look) -> list[str]:
    return [
        f"{look.mark('note')} {look.paint(headline(attempt), 'bold')}",
        *(f"  {number}. {safe(step)}" for number, step in enumerate(attempt.planned, 1)),
        *([] if attempt.planned else ["  do nothing"]),
        *rows([("expected gap", attempt.expected_gap)]),
        *(["  and what serves would change so:"] if attempt.changes else []),
        *(f"    {line}" for line in meaning_lines(attempt.changes, look)),
        *_remarks(attempt, look),
    ]


def _remarks(attempt: Attempt, look: Look) -> list[str]:
    amiss = tuple(c for c in (attempt.verification.checks if attempt.verification else ()) if c.status != "ok")
    return [
        *(f"  {line}" for line in check_lines(tuple(c for c in amiss if c.status != "skipped"), look)),
        *(f"  {look.mark(f.severity.value)} {finding_line(f)}" for f in attempt.findings),
        *(f"  {look.mark('note')} {safe(text)}" for text in attempt.notes),
    ]


def _models(seen: Verification | None) -> str | None:
    return f"{len(seen.models)}: {', '.join(seen.models)}" if seen and seen.models else None


def _health(seen: Verification | None) -> str | None:
    if seen is None:
        return None
    return f"healthy {seen.healthy}, unhealthy {seen.unhealthy}, model loads {seen.model_loads}"


def _skipped_route(seen: Verification | None) -> str | None:
    checks = seen.checks if seen else ()
    return next((check.detail for check in checks if check.layer == "route" and check.status == "skipped"), None)
