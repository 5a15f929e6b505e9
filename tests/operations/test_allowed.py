"""`--allow` gives leave for what is a matter of judgement, and for nothing else."""

from __future__ import annotations

import pytest

from tests.support.studio import Studio


@pytest.mark.parametrize("face", ["ccdeploy", "fab"])
@pytest.mark.parametrize("code", ["strategy", "port-taken", "literal-secrets"])
def test_leave_that_cannot_be_given_is_a_usage_error(studio: Studio, face: str, code: str) -> None:
    """With leave for `strategy`, a deploy without a gap was promised and one with a gap made."""
    studio.config("first", "coder")
    done = studio.run(f"ccdeploy deploy first --allow {code}", face)
    assert done.returncode == 2
    assert f"--allow: '{code}' is no code that can be allowed" in done.stderr
    assert ("did you mean literal-secret?" in done.stderr) is (code == "literal-secrets")


def test_leave_for_a_matter_of_judgement_lets_the_deploy_go_on(studio: Studio) -> None:
    """What was allowed is shown all the same."""
    studio.config("first", "coder", more="  a_key: sk-made-up-for-this-test\n")
    attempt = studio.deploy("first", allow=("literal-secret",))
    assert attempt.outcome == "deployed"
    assert ("literal-secret", "allowed on the command line") in [(f.code, f.hint) for f in attempt.findings]
