"""Wires everything, one function a use case; both faces call these and nothing below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ccdeploy.errors import CommandFailed, Refused
from ccdeploy.events import Steps
from ccdeploy.project import HOSTS, bundle, config_name, config_names, performer, settings
from ccdeploy.project import Project as Project  # noqa: PLC0414  # the faces have it from here
from ccdeploy.project import host as the_host

if TYPE_CHECKING:
    from ccdeploy.findings import Finding
    from ccdeploy.operations.work import Work
    from ccdeploy.results import (
        Attempt,
        CheckReport,
        ConfigReport,
        Diff,
        Doctor,
        History,
        LockState,
        Log,
        Setup,
        Status,
        Verification,
    )
    from ccdeploy.settings import Host


def check(project: Project, configs: Sequence[str], host: str | None = None) -> CheckReport:
    """Judge the settings and the named configs, or the one of a host, or all of them; offline."""
    from ccdeploy.results import CheckReport

    path = project.folder / HOSTS
    try:
        known = settings(project)
        chosen = getattr(known.host(host), "config", None) if host else None
        findings: tuple[Finding, ...] = ()
    except Refused as exc:
        if not exc.findings:
            raise
        findings, chosen = exc.findings, None
    names = list(configs) or ([chosen] if chosen else config_names(project))
    reports = tuple(_config_report(project, name) for name in names)
    return CheckReport(str(path.relative_to(project.folder)), tuple(findings), reports)


def deploy(  # noqa: PLR0913  # one parameter an option of the verb
    project: Project,
    host: str | None,
    config: str | None,
    *,
    dry_run: bool = False,
    strategy: str | None = None,
    allow: Sequence[str] = (),
    force: bool = False,
    wait_s: float = 0,
) -> Attempt:
    """Bring a config into service on a host."""
    from ccdeploy.findings import allow as allowed
    from ccdeploy.findings import errors_in
    from ccdeploy.litellm.config import read_config
    from ccdeploy.litellm.lint import lint_for_deploy
    from ccdeploy.litellm.lint_rules import demand_allowable
    from ccdeploy.operations.deploy import Wish
    from ccdeploy.operations.deploy import deploy as run

    demand_allowable(allow)
    where = the_host(project, host)
    name = config_name(project, config, where)
    files, shown_as, main = bundle(project, name)
    parsed = read_config(files.files, main, shown_as)
    findings = allowed(lint_for_deploy(parsed), allow)
    if errors_in(findings):
        raise Refused(f"{shown_as}: refused, nothing was touched", findings=findings)
    if strategy is not None:
        where = where.model_copy(update={"strategy": strategy})
    wish = Wish(files, parsed, tuple(findings), tuple(allow), dry_run, force, wait_s)
    with _work(project, where, is_rehearsal=dry_run) as work:
        return run(work, wish)


def verify(project: Project, host: str | None) -> tuple[str, Verification]:
    """Verify what serves on a host, and the way to it."""
    from ccdeploy.operations.verify import verify as run

    where = the_host(project, host)
    with _work(project, where) as work:
        return where.name, run(work)


def rollback(
    project: Project, host: str | None, *, to: str | None = None, dry_run: bool = False, wait_s: float = 0
) -> Attempt:
    """Bring an earlier release into service again."""
    from ccdeploy.operations.rollback import rollback as run

    with _work(project, the_host(project, host), is_rehearsal=dry_run) as work:
        return run(work, to, is_rehearsal=dry_run, wait_s=wait_s)


def restart(project: Project, host: str | None, *, dry_run: bool = False, wait_s: float = 0) -> Attempt:
    """Start the current release again."""
    from ccdeploy.operations.restart import restart as run

    with _work(project, the_host(project, host), is_rehearsal=dry_run) as work:
        return run(work, is_rehearsal=dry_run, wait_s=wait_s)


def stop(project: Project, host: str | None, *, dry_run: bool = False, wait_s: float = 0) -> Attempt:
    """Stop what serves."""
    from ccdeploy.operations.stop import stop as run

    with _work(project, the_host(project, host), is_rehearsal=dry_run) as work:
        return run(work, is_rehearsal=dry_run, wait_s=wait_s)


def status(project: Project, host: str | None) -> Status:
    """Say what serves."""
    from ccdeploy.operations.status import status as run

    with _work(project, the_host(project, host)) as work:
        return run(work)


def history(project: Project, host: str | None, *, limit: int = 20) -> History:
    """Say what was tried, and which releases there are."""
    from ccdeploy.operations.history import history as run

    with _work(project, the_host(project, host)) as work:
        return run(work, limit)


def diff(project: Project, host: str | None, config: str | None) -> Diff:
    """Say what a deploy would change."""
    from ccdeploy.operations.diff import diff as run

    where = the_host(project, host)
    files, _, _ = bundle(project, config_name(project, config, where))
    with _work(project, where) as work:
        return run(work, files)


def logs(project: Project, host: str | None, *, lines: int = 50, release: str | None = None) -> Log:
    """Return the end of a log."""
    from ccdeploy.operations.logs import logs as run

    with _work(project, the_host(project, host)) as work:
        return run(work, lines, release)


def doctor(project: Project, host: str | None) -> Doctor:
    """Judge a host."""
    from ccdeploy.operations.doctor import doctor as run

    with _work(project, the_host(project, host)) as work:
        return run(work)


def setup(project: Project, host: str | None, *, dry_run: bool = False) -> Setup:
    """Make on a host what a first deploy needs."""
    from ccdeploy.operations.setup import setup as run

    with _work(project, the_host(project, host), is_rehearsal=dry_run) as work:
        return run(work, is_rehearsal=dry_run)


def lock_status(project: Project, host: str | None) -> LockState:
    """Say who holds the lock."""
    from ccdeploy.operations.lock import lock_status as run

    with _work(project, the_host(project, host)) as work:
        return run(work)


def lock_acquire(project: Project, host: str | None, message: str) -> LockState:
    """Hold the lock by hand."""
    from ccdeploy.operations.lock import lock_acquire as run

    with _work(project, the_host(project, host)) as work:
        return run(work, message)


def lock_release(project: Project, host: str | None, *, force: bool = False) -> LockState:
    """Give the lock back."""
    from ccdeploy.operations.lock import lock_release as run

    with _work(project, the_host(project, host)) as work:
        return run(work, is_forced=force)


@contextmanager
def _work(project: Project, host: Host, *, is_rehearsal: bool = False) -> Iterator[Work]:
    """Open the way to a host for the length of a verb."""
    from ccdeploy.clock import SystemClock
    from ccdeploy.operations.work import Work
    from ccdeploy.transport.rehearsal import RehearsalTransport
    from ccdeploy.transport.ssh import SshTransport

    clock = SystemClock()
    transport = SshTransport(host.name, host.ssh, project.observer)
    try:
        way = RehearsalTransport(transport, project.observer) if is_rehearsal else transport
        yield Work(way, host, Steps(project.observer, clock.monotonic), clock, performer(project.folder))
    except CommandFailed as exc:
        from ccdeploy.operations.explained import explained

        raise explained(exc) from exc
    finally:
        transport.close()


def _config_report(project: Project, name: str) -> ConfigReport:
    from ccdeploy.litellm.config import read_config
    from ccdeploy.litellm.lint import lint_config
    from ccdeploy.litellm.promise import promise
    from ccdeploy.results import ConfigReport

    files, shown_as, main = bundle(project, name)
    config = read_config(files.files, main, shown_as)
    return ConfigReport(files.config, shown_as, tuple(lint_config(config)), promise(config).all_names)
