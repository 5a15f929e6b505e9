"""Check: judge settings, configs and hooks offline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.project import HOSTS, MODELS, bundle, config_names, judge_hooks, models, settings, stale_schemas

if TYPE_CHECKING:
    from ccdeploy.findings import Finding
    from ccdeploy.project import Project
    from ccdeploy.results import CheckReport, ConfigReport, FileReport
    from ccdeploy.settings import Settings


def check(project: Project, configs: Sequence[str], host: str | None = None) -> CheckReport:
    """Judge the settings, models.yaml, and the named configs, or the one of a host, or all of them; offline."""
    from ccdeploy.results import CheckReport

    path = project.folder / HOSTS
    try:
        known = settings(project)
        chosen = getattr(known.host(host), "config", None) if host else None
        findings = tuple(_bad_pins(known))
    except Refused as exc:
        if not exc.findings:
            raise
        findings, chosen = exc.findings, None
    names = list(configs) or ([chosen] if chosen else config_names(project))
    reports = tuple(_config_report(project, name) for name in names)
    return CheckReport(str(path.relative_to(project.folder)), tuple(findings), reports, tuple(_files(project)))


def _bad_pins(known: Settings) -> Iterator[Finding]:
    """Yield an error for each host that is to serve with a version which nobody may install."""
    from ccdeploy.findings import error
    from ccdeploy.litellm.version import compromise

    for name, host in known.hosts.items():
        pinned = getattr(host, "litellm_version", None)  # the embedded host has no settings here
        if pinned is not None and compromise(pinned):
            message = f"hosts.{name}.litellm_version: litellm {pinned} steals SSH keys and credentials"
            yield error("litellm-compromised", HOSTS, message, "name another version; this one is never installed")


def _files(project: Project) -> Iterator[FileReport]:
    from ccdeploy.results import FileReport

    try:
        if models(project) is not None:
            yield FileReport(MODELS, ())
    except Refused as exc:
        if not exc.findings:
            raise
        yield FileReport(MODELS, exc.findings)
    yield from (FileReport(name, (finding,)) for name, finding in stale_schemas(project.folder))
    if findings := judge_hooks(project.folder):
        yield FileReport("hooks", tuple(findings))


def _config_report(project: Project, name: str) -> ConfigReport:
    from ccdeploy.litellm.config import read_config
    from ccdeploy.litellm.lint import lint_config
    from ccdeploy.litellm.promise import promise
    from ccdeploy.results import ConfigReport

    files, shown_as, main = bundle(project, name)
    config = read_config(files.files, main, shown_as)
    return ConfigReport(files.config, shown_as, tuple(lint_config(config)), promise(config).all_names)
