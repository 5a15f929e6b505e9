"""Which rules may be overruled on the command line, and which never."""

from __future__ import annotations

import pytest

from ccdeploy.errors import UsageFault
from ccdeploy.findings import Severity
from ccdeploy.litellm.lint_health import BACKGROUND_CHECKS
from ccdeploy.litellm.lint_rules import ALLOWABLE, RULES, demand_allowable


def test_a_rule_of_judgement_can_be_allowed() -> None:
    """Several at once, and none at all."""
    demand_allowable(["literal-secret", "keep-alive-ignored", "duplicate-deployment", "typo-key", BACKGROUND_CHECKS])
    demand_allowable([])


@pytest.mark.parametrize(
    "code",
    [
        *(code for code in RULES if code.startswith(("yaml-", "include-", "config-"))),
        *("root", "tools", "port-taken", "adopt", "strategy", "no-litellm", "litellm-compromised"),
        *("disk-full", "env-file", "way-back", "weak-master-key"),
    ],
)
def test_what_is_no_matter_of_judgement_cannot_be(code: str) -> None:
    """A deploy onto a stranger's port would stop the stranger, whoever gave leave."""
    with pytest.raises(UsageFault, match=f"'{code}'"):
        demand_allowable(["literal-secret", code])


def test_a_misspelt_code_is_answered_with_the_one_that_was_meant() -> None:
    """It would else be passed over, and the deploy refused for the very finding."""
    with pytest.raises(UsageFault, match=r"did you mean literal-secret\?") as caught:
        demand_allowable(["literal-secrets"])
    assert caught.value.exit_code == 2
    assert "typo-key" in str(caught.value.hint)


def test_a_warning_needs_no_leave_and_is_said_to() -> None:
    """Who allows it believes that it would have been refused."""
    with pytest.raises(UsageFault, match="is a warning and refuses nothing"):
        demand_allowable(["port-4000"])


def test_only_rules_that_refuse_can_be_allowed() -> None:
    """Three are decided by more than the file: by the verb, by the host, and by what serves there."""
    refusing = {code for code, (severity, _) in RULES.items() if severity is Severity.ERROR}
    assert ALLOWABLE - refusing == {BACKGROUND_CHECKS, "env-unset", "removal", "thrash"}
