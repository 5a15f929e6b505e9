"""The log of GitLab CI."""

from __future__ import annotations

import io

from ccdeploy.events import Noted, StepDone, StepFailed, StepStarted
from ccdeploy.report.gitlab import GitlabProgress
from ccdeploy.report.look import Unbreakable


def test_a_step_is_a_section_with_a_name_of_its_own() -> None:
    """Sections nest, and one name stands once in a log: two deploys in one job would else be one section."""
    out = io.StringIO()
    progress = GitlabProgress(Unbreakable(out), now=lambda: 1769860800.7)
    for event in (
        StepStarted("verify", "verify"), StepStarted("verify", "again"), StepFailed("verify", "again", 1.0, "no"),
        Noted("x\x1b[0Ksection_end:1:a\r"), StepDone("verify", "verify", 2.0), StepStarted("a b", "open"),
    ):  # fmt: skip
        progress(event)
    progress.close()
    assert out.getvalue().split("\n") == [
        "\x1b[0Ksection_start:1769860800:ccdeploy_1_verify[collapsed=true]\r\x1b[0Kverify",
        "\x1b[0Ksection_start:1769860800:ccdeploy_2_verify[collapsed=true]\r\x1b[0Kagain",
        "\x1b[0Ksection_end:1769860800:ccdeploy_2_verify\r\x1b[0K",
        "failed   again  1.0 s  no",
        "note     xsection_end:1:a\\r",
        "\x1b[0Ksection_end:1769860800:ccdeploy_1_verify\r\x1b[0K",
        "ok       verify  2.0 s",
        "\x1b[0Ksection_start:1769860800:ccdeploy_3_a_b[collapsed=true]\r\x1b[0Kopen",
        "\x1b[0Ksection_end:1769860800:ccdeploy_3_a_b\r\x1b[0K",
        "",
    ]
