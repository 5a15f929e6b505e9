"""Why a result ends with a code other than 0, in one sentence."""

from __future__ import annotations

from functools import singledispatch

from ccdeploy import errors
from ccdeploy.findings import errors_in
from ccdeploy.report.run import ended, what_serves
from ccdeploy.report.sheet import Sheet
from ccdeploy.report.text import safe
from ccdeploy.results import Attempt, CheckReport, Doctor, Plan, Run, Status, Verification, Watch
from ccdeploy.units import counted


@singledispatch
def verdict(result: object) -> str:
    """Return the sentence; for a result without one of its own, what its exit code means."""
    return errors.EXIT_CODES.get(getattr(result, "exit_code", 0), "it did not end well")


@verdict.register
def _(result: CheckReport) -> str:
    return f"{counted(len(errors_in(result.everything)), 'error')}; nothing was touched"


@verdict.register
def _(result: Plan) -> str:
    if not any(finding.code == "thrash" for finding in result.findings):
        faults = counted(len(errors_in(result.findings)), "error")
        return f"{safe(result.config)} has {faults}, for which a deploy refuses it; nothing was touched"
    bad = [phase.phase for phase in result.phases if phase.verdict == "thrash" and phase.phase is not None]
    where = f" in phase {', '.join(map(str, bad))}" if bad else ""
    return f"{safe(result.config)} would thrash{where}: a deploy refuses it; nothing was touched"


@verdict.register
def _(result: Verification) -> str:
    names = ", ".join(safe(check.name) for check in result.failures)
    if result.host_is_well:
        return f"the host is well, the way through Traefik is not: {names or 'it was not well before either'}"
    return f"{counted(len(result.failures), 'check')} failed: {names}"


@verdict.register
def _(result: Attempt) -> str:
    return f"{result.host}: {verdict(result.verification)}" if result.verification else errors.EXIT_CODES[9]


@verdict.register
def _(result: Run) -> str:
    return f"{ended(result) if result.command else verdict(result.deploy)}; {what_serves(result)}"


@verdict.register
def _(result: Status) -> str:
    if result.state in ("serving", "adopted"):
        return f"{result.host}: what serves is not what was deployed"
    return f"{result.host}: {STATES.get(result.state, result.state)} on port {result.port}"


@verdict.register
def _(result: Sheet) -> str:
    return safe(result.title)


@verdict.register
def _(result: Doctor) -> str:
    return f"{result.host}: {counted(len(errors_in(result.findings)), 'error')}"


@verdict.register
def _(result: Watch) -> str:
    if not result.alarms:
        return errors.EXIT_CODES[result.exit_code]
    return f"{result.host}: {counted(len(result.alarms), 'alarm')}, the last: {safe(result.alarms[-1].text)}"


STATES = {
    "serving": "the proxy serves",
    "adopted": "a hand-started proxy serves",
    "stopped": "no proxy serves",
    "stranger": "another program has the port",
    "silent": "the proxy runs and does not answer",
}


def error_type(result: object) -> str:
    """Return the name of the error type that carries a result's exit code; CommandEnded for a command's."""
    if isinstance(result, Run) and result.command:
        return "CommandEnded"
    code = getattr(result, "exit_code", 0)
    types = errors.CcdeployError.__subclasses__()
    return next((kind.__name__ for kind in types if kind.exit_code == code), "CcdeployError")
