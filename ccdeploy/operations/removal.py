"""Whether a deploy would take names away that clients may be using: that needs leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccdeploy.findings import Finding, error, warning
from ccdeploy.litellm.promise import answered, gone
from ccdeploy.operations import verify
from ccdeploy.verify import proxy

if TYPE_CHECKING:
    from ccdeploy.litellm.config import Config
    from ccdeploy.operations.work import Work
    from ccdeploy.remote.facts import Facts


def judge_removal(work: Work, facts: Facts, config: Config, *, is_passing: bool = False) -> list[Finding]:
    """Return one finding for all names that are answered now and would not be any more.

    `is_passing`: they come back by themselves, when a command has ended. That needs no leave, and is said. Nor do
    those need it that another phase of the config brings back.
    """
    names = _gone(work, facts, config)
    away = [name for name in names if config.whole is not None and answered(config.whole).covers(name)]
    return [*_judged(work, config, sorted({*names} - {*away}), is_passing), *_of_other_phases(work, config, away)]


def _of_other_phases(work: Work, config: Config, names: Sequence[str]) -> list[Finding]:
    if not names:
        return []
    message = f"not answered while phase {config.phase} lasts: {', '.join(names)}"
    hint = f"in {config.shown_as}, add {config.phase} to the `phases` of what is used meanwhile"
    return [warning("removal", work.host.name, message, hint)]


def _judged(work: Work, config: Config, names: Sequence[str], is_passing: bool) -> list[Finding]:
    if not names:
        return []
    if is_passing:
        message = f"not answered while the command runs: {', '.join(names)}"
        return [warning("removal", work.host.name, message, f"add to {config.shown_as} what is used meanwhile")]
    message = f"answered now, and would go away: {', '.join(names)}"
    hint = f"keep what is used in {config.shown_as}, or add --allow removal"
    return [error("removal", work.host.name, message, hint)]


def _gone(work: Work, facts: Facts, config: Config) -> tuple[str, ...]:
    if facts.drifted_files:  # what the files say now was never served: the proxy itself is asked
        address = verify.loopback(work.host.listen.address)
        with work.transport.http(verify.port_of(work, facts), address) as client:
            served = proxy.served_if_any(client, verify.serving(facts).key) or ()
        return tuple(name for name in served if not answered(config).covers(name))
    previous = verify.serving_whole(work, facts).config
    return gone(previous, config) if previous else ()
