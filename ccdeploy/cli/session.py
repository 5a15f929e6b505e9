"""One verb from its command line to its exit code: progress, interrupts, errors, the result. For both faces."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccdeploy.cli.ci import place, tell_error, tell_result
from ccdeploy.cli.crash import crashed
from ccdeploy.cli.interrupt import interruptible
from ccdeploy.cli.project import project_folder, project_here
from ccdeploy.cli.streams import open_streams, put_out, tell
from ccdeploy.cli.verb import Answer, Verb
from ccdeploy.errors import CcdeployError
from ccdeploy.report.ci import Progress, ci_progress
from ccdeploy.report.look import Look, Unbreakable, is_live


def perform(verb: Verb, values: Mapping[str, Any]) -> int:
    """Do what a command line asks for, show what came of it, and return the exit code."""
    open_streams()
    wants_json = bool(values.get("json"))
    progress = _progress(verb)
    with interruptible() as interrupts:
        try:
            answer = verb.run(project_here(progress), verb.asked(values))
            progress.close()
        except CcdeployError as exc:
            error = exc
        except KeyboardInterrupt:
            error = interrupts.error()
        except Exception as exc:
            error = crashed(exc, project_folder(Path.cwd()))
        else:
            return _show(verb, answer, values.get("host"), wants_json)
        progress.close(error.message)
        is_a_line = verb.prints_lines or bool(values.get("follow"))
        return fail(error, verb.told, values.get("host"), wants_json, on_a_line=is_a_line)


def fail(error: CcdeployError, verb: str | None, host: str | None, wants_json: bool, *, on_a_line: bool = False) -> int:
    """Show an error and return its exit code; `on_a_line` where stdout is one JSON document a line."""
    from ccdeploy.report.failure import failure_lines

    tell(failure_lines(error, Look.of(sys.stderr)))
    tell_error(verb, error)
    if wants_json:
        from ccdeploy.report.jsonout import failed

        put_out(failed(verb, host, error, on_a_line=on_a_line) + "\n")
    return error.exit_code


def _show(verb: Verb, answer: Answer, host: str | None, wants_json: bool) -> int:
    code = answer.result.exit_code
    if answer.was_shown:
        return code
    try:
        _print(verb, answer, answer.host or host, wants_json)
        if code:
            from ccdeploy.report.failure import sentence
            from ccdeploy.report.verdict import verdict

            tell([sentence(verdict(answer.result), Look.of(sys.stderr))])
        tell_result(verb.told, answer.result)
    except KeyboardInterrupt:
        pass  # the verb is done: its code is the truth, only the reader had enough
    return code


def _print(verb: Verb, answer: Answer, host: str | None, wants_json: bool) -> None:
    if wants_json:
        from ccdeploy.report.jsonout import answered

        put_out(answered(verb.told, host, answer.result) + "\n")
        return
    from ccdeploy.report.answer import answer_lines, remark

    was_told = verb.has_steps and is_live(sys.stderr) and is_live(sys.stdout)
    if answer.is_beside:
        tell(answer_lines(answer.result, host, Look.of(sys.stderr), was_told))
        return
    lines = answer_lines(answer.result, host, Look.of(sys.stdout), was_told)
    put_out("".join(f"{line}\n" for line in lines))
    if beside := remark(answer.result):
        tell([beside])


def _progress(verb: Verb) -> Progress:
    out = Unbreakable(sys.stderr)
    if in_ci := ci_progress(out, place):
        return in_ci
    if verb.has_steps and is_live(sys.stderr):
        from ccdeploy.report.terminal import Terminal  # rich, which a quick verb need not wait for

        return Terminal(out, Look.of(sys.stderr))
    from ccdeploy.report.plain import Plain

    return Plain(out)
