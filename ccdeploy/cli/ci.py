"""What a CI is told beside the result: annotations on stderr, and a summary in the file that it names."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from ccdeploy.cli.project import project_folder
from ccdeploy.errors import CcdeployError
from ccdeploy.report import github
from ccdeploy.report.ci import Ci, ci
from ccdeploy.report.look import Unbreakable


def tell_result(verb: str, result: Any) -> None:
    """Tell GitHub of a result; a person, and another CI, have read all of it already."""
    if ci() is not Ci.GITHUB:
        return
    from ccdeploy.report.summary import result_summary
    from ccdeploy.results import CheckReport, Doctor

    match result:
        case CheckReport():
            _annotate(github.finding_annotations(result.everything, place))
        case Doctor():
            _annotate(github.finding_annotations(result.findings, place))
    _summarise(result_summary(verb, result))


def tell_error(verb: str | None, error: CcdeployError) -> None:
    """Tell GitHub of an error."""
    if ci() is not Ci.GITHUB:
        return
    from ccdeploy.report.summary import error_summary

    _annotate(github.failure_annotations(verb or "", error, place))
    _summarise(error_summary(verb or "", error))


def place(path: str) -> str:
    """Return a file of the project as GitHub knows it: below the top of the repository."""
    top = os.environ.get("GITHUB_WORKSPACE")
    whole = project_folder(Path.cwd()) / path
    return str(whole.relative_to(top)) if top and whole.is_relative_to(top) else path


def _annotate(commands: list[str]) -> None:
    out = Unbreakable(sys.stderr)
    for command in commands:
        out.line(command)


def _summarise(text: str | None) -> None:
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path or text is None:
        return
    try:
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as exc:
        _annotate([github.command("warning", f"the summary could not be written: {exc.strerror}", title="ccdeploy")])
