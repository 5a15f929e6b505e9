"""Wires everything, one function a use case; both faces call these and nothing below."""

from __future__ import annotations

import getpass
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccdeploy.errors import Refused
from ccdeploy.events import Observer, Steps

if TYPE_CHECKING:
    from ccdeploy.findings import Finding
    from ccdeploy.operations.work import Work
    from ccdeploy.release.bundle import Bundle
    from ccdeploy.release.manifest import Performer
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
    from ccdeploy.settings import Host, Settings

HOSTS = "configs/hosts.yaml"
CONFIGS = "configs/litellm"


@dataclass(frozen=True)
class Project:
    """A user's project: its folder, who watches, and how the embedded host is brought up.

    `embedded` returns a host entry as hosts.yaml would have it.
    """

    folder: Path
    observer: Observer
    embedded: Callable[[], Mapping[str, Any]]


def check(project: Project, configs: Sequence[str]) -> CheckReport:
    """Judge the settings and the named configs, or all of them, offline."""
    from ccdeploy.results import CheckReport

    path = project.folder / HOSTS
    try:
        _settings(project)
        findings: tuple[Finding, ...] = ()
    except Refused as exc:
        if not exc.findings:
            raise
        findings = exc.findings
    names = list(configs) or sorted(p.stem for p in (project.folder / CONFIGS).glob("*.yaml"))
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
    from ccdeploy.operations.deploy import Wish
    from ccdeploy.operations.deploy import deploy as run

    where = _host(project, host)
    name = _config_name(project, config, where)
    bundle, shown_as, main = _bundle(project, name)
    parsed = read_config(bundle.files, main, shown_as)
    findings = allowed(lint_for_deploy(parsed), allow)
    if errors_in(findings):
        raise Refused(f"{shown_as}: refused, nothing was touched", findings=findings)
    if strategy is not None:
        where = where.model_copy(update={"strategy": strategy})
    wish = Wish(bundle, parsed, tuple(findings), tuple(allow), dry_run, force, wait_s)
    with _work(project, where, is_rehearsal=dry_run) as work:
        return run(work, wish)


def verify(project: Project, host: str | None, *, deep: bool = False) -> tuple[str, Verification]:
    """Verify what serves on a host, and the way to it."""
    from ccdeploy.errors import UsageFault
    from ccdeploy.operations.verify import verify as run

    if deep:
        raise UsageFault("verify --deep is not built yet", hint="leave --deep out: it would call models")
    where = _host(project, host)
    with _work(project, where) as work:
        return where.name, run(work)


def rollback(
    project: Project, host: str | None, *, to: str | None = None, dry_run: bool = False, wait_s: float = 0
) -> Attempt:
    """Bring an earlier release into service again."""
    from ccdeploy.operations.rollback import rollback as run

    with _work(project, _host(project, host), is_rehearsal=dry_run) as work:
        return run(work, to, is_rehearsal=dry_run, wait_s=wait_s)


def restart(project: Project, host: str | None, *, dry_run: bool = False, wait_s: float = 0) -> Attempt:
    """Start the current release again."""
    from ccdeploy.operations.restart import restart as run

    with _work(project, _host(project, host), is_rehearsal=dry_run) as work:
        return run(work, is_rehearsal=dry_run, wait_s=wait_s)


def stop(project: Project, host: str | None, *, dry_run: bool = False, wait_s: float = 0) -> Attempt:
    """Stop what serves."""
    from ccdeploy.operations.stop import stop as run

    with _work(project, _host(project, host), is_rehearsal=dry_run) as work:
        return run(work, is_rehearsal=dry_run, wait_s=wait_s)


def status(project: Project, host: str | None) -> Status:
    """Say what serves."""
    from ccdeploy.operations.status import status as run

    with _work(project, _host(project, host)) as work:
        return run(work)


def history(project: Project, host: str | None, *, limit: int = 20) -> History:
    """Say what was tried, and which releases there are."""
    from ccdeploy.operations.history import history as run

    with _work(project, _host(project, host)) as work:
        return run(work, limit)


def diff(project: Project, host: str | None, config: str | None) -> Diff:
    """Say what a deploy would change."""
    from ccdeploy.operations.diff import diff as run

    where = _host(project, host)
    bundle, _, _ = _bundle(project, _config_name(project, config, where))
    with _work(project, where) as work:
        return run(work, bundle)


def logs(project: Project, host: str | None, *, lines: int = 50, release: str | None = None) -> Log:
    """Return the end of a log."""
    from ccdeploy.operations.logs import logs as run

    with _work(project, _host(project, host)) as work:
        return run(work, lines, release)


def doctor(project: Project, host: str | None) -> Doctor:
    """Judge a host."""
    from ccdeploy.operations.doctor import doctor as run

    with _work(project, _host(project, host)) as work:
        return run(work)


def setup(project: Project, host: str | None, *, dry_run: bool = False) -> Setup:
    """Make on a host what a first deploy needs."""
    from ccdeploy.operations.setup import setup as run

    with _work(project, _host(project, host), is_rehearsal=dry_run) as work:
        return run(work, is_rehearsal=dry_run)


def lock_status(project: Project, host: str | None) -> LockState:
    """Say who holds the lock."""
    from ccdeploy.operations.lock import lock_status as run

    with _work(project, _host(project, host)) as work:
        return run(work)


def lock_acquire(project: Project, host: str | None, message: str) -> LockState:
    """Hold the lock by hand."""
    from ccdeploy.operations.lock import lock_acquire as run

    with _work(project, _host(project, host)) as work:
        return run(work, message)


def lock_release(project: Project, host: str | None, *, force: bool = False) -> LockState:
    """Give the lock back."""
    from ccdeploy.operations.lock import lock_release as run

    with _work(project, _host(project, host)) as work:
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
        yield Work(way, host, Steps(project.observer, clock.monotonic), clock, _performer(project.folder))
    finally:
        transport.close()


def _settings(project: Project) -> Settings:
    from ccdeploy.settings import load_settings

    path = project.folder / HOSTS
    try:
        text = path.read_bytes()
    except FileNotFoundError as exc:
        raise Refused(
            f"there is no {HOSTS} here or in a folder above",
            hint=f"run ccdeploy in the folder of your project, or write {HOSTS}: docs/settings.md has every key",
        ) from exc
    except OSError as exc:
        raise Refused(f"{HOSTS} cannot be read: {exc.strerror}", hint="check its owner and mode") from exc
    return load_settings(text, HOSTS)


def _host(project: Project, name: str | None) -> Host:
    from ccdeploy.settings import Embedded, host_from_mapping

    found = _settings(project).host(name)
    if isinstance(found, Embedded):
        return host_from_mapping(found.name, project.embedded(), ".ccdeploy/sandbox/state.json")
    return found


def _config_name(project: Project, name: str | None, host: Host) -> str:
    """Return the config that is meant: the named one, the host's, or the only one."""
    if name is not None or host.config is not None:
        return name or host.config or ""
    known = sorted(p.stem for p in (project.folder / CONFIGS).glob("*.yaml"))
    if len(known) == 1:
        return known[0]
    raise Refused(
        f"{host.name} names no config to deploy",
        hint=f"name one ({', '.join(known) or f'{CONFIGS}/ is empty'}), or set `config:` for it in {HOSTS}",
    )


def _bundle(project: Project, name: str) -> tuple[Bundle, str, str]:
    """Return a config with its includes as a bundle, the path that people know it by, and its main file.

    Raises Refused when there is no such config.
    """
    from difflib import get_close_matches

    from ccdeploy.litellm.includes import gather
    from ccdeploy.release.bundle import MAIN, Bundle

    folder = project.folder / CONFIGS
    name = Path(name).stem if name.endswith((".yaml", ".yml")) else name
    if not (folder / f"{name}.yaml").is_file():
        known = sorted(p.stem for p in folder.glob("*.yaml"))
        close = get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known) or 'none'}"
        raise Refused(f"no config is called '{name}' in {CONFIGS}/", hint=hint)

    def read(path: str) -> bytes | None:
        try:
            return (folder / path).read_bytes()
        except OSError:
            return None

    files = gather(f"{name}.yaml", read)
    main = files.pop(f"{name}.yaml", b"")
    return Bundle(name, {MAIN: main, **files}), f"{CONFIGS}/{name}.yaml", MAIN


def _config_report(project: Project, name: str) -> ConfigReport:
    from ccdeploy.litellm.config import read_config
    from ccdeploy.litellm.lint import lint_config
    from ccdeploy.litellm.promise import promise
    from ccdeploy.results import ConfigReport

    bundle, shown_as, main = _bundle(project, name)
    config = read_config(bundle.files, main, shown_as)
    return ConfigReport(bundle.config, shown_as, tuple(lint_config(config)), promise(config).all_names)


def _performer(folder: Path) -> Performer:
    from ccdeploy.release.manifest import Performer

    try:
        who = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        who = "unknown"
    return Performer(who, socket.gethostname(), _commit(folder))


def _commit(folder: Path) -> str | None:
    """Return the commit of the user's project, marked when files differ from it; None outside a repository."""
    try:
        asked = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None if asked.returncode == 0 else None
