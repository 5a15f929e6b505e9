"""Which of the three promises a host can keep as it is set up, and what is missing for the rest of each.

Judged from what the others found: a promise is never better than the worst that speaks against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ccdeploy.findings import Finding, Severity
from ccdeploy.operations.doctor.seen import Seen
from ccdeploy.release.retention import last_good
from ccdeploy.results import HostPromise
from ccdeploy.results.doctor import Holds
from ccdeploy.units import human_seconds

# What each finding, by its code, says of a promise. An error breaks it.
_LOSES = {
    "supervisor": "a second supervisor stops and starts the proxy too",
    "kill-user-processes": "the proxy ends with the login",
    "route": "requests do not come through Traefik",
    "route-dns": "the name of the route resolves to no address",
    "route-tls": "clients refuse the certificate",
    "route-unreachable": "Traefik cannot be connected to",
    "traefik-upstream": "Traefik leads elsewhere",
    "traefik-not-shown": "Traefik does not go by the file that it is switched by",
    "dynamic-file": "there is no file by which Traefik could be switched",
    "dynamic-folder": "Traefik's file cannot be written",
    "dynamic-foreign": "Traefik's file is another's",
    "dynamic-stale": "Traefik's file is not what the settings say",
    "dynamic-edited": "another hand has changed Traefik's file",
}
_LOADS = {
    "traefik-health": "Traefik's health check calls models",
    "traefik-mirroring": "Traefik sends requests twice",
    "traefik-unseen": "what Traefik does could not be seen",
}
_STRANDS = {
    "supervisor": "a second supervisor brings back what was stopped",
    "kill-user-processes": "the proxy ends with the login, and with it the way back",
    "forwarding": "a proxy cannot be verified without forwarding",
    "disk-full": "the disk is full",
    "root": "root is not there, or not ours",
    "tools": "tools are missing",
    "no-litellm": "there is no litellm to start",
    "port-taken": "a port is taken by a stranger",
    "adopt": "what serves could not be started again",
    "env-file": "there is no environment to start it in",
    "env-unset": "what serves could not be started again",
    "stopped": "nothing serves now",
    "sleep": "this Mac goes to sleep",
    "power-failure": "it stays off after a power failure",
}


def judge(seen: Seen, found: Sequence[Finding]) -> tuple[HostPromise, ...]:
    """Return the three promises."""
    return (
        _weighed(_no_request_lost(seen), found, _LOSES),
        _weighed(_no_model_loaded(seen), found, _LOADS),
        _weighed(_no_host_stranded(seen), found, _STRANDS),
    )


def _no_request_lost(seen: Seen) -> HostPromise:
    if seen.host.strategy == "blue-green":
        because = "a deploy lets Traefik lead to the new proxy when it is verified; the old one ends its requests"
        return HostPromise("no request lost", "yes", because)
    gaps = [entry.downtime_ms for entry in seen.facts.history if entry.downtime_ms]
    last = f", {human_seconds(gaps[-1] / 1000)} the last time" if gaps else ""
    because = (
        f"`restart` has a gap of one boot of LiteLLM on each deploy that changes something{last}; "
        "streams under way are finished"
    )
    missing = ["a switch without a gap: `strategy: blue-green`"]
    if seen.host.traefik is None:
        missing.append("Traefik in front, and `traefik.dynamic_file`")
    elif seen.host.traefik.dynamic_file is None:
        missing.append("`traefik.dynamic_file`, by which Traefik would be switched")
    return HostPromise("no request lost", "partly", because, tuple(missing))


def _no_model_loaded(seen: Seen) -> HostPromise:
    name, config = "no model loaded", seen.now.config
    if config is not None and config.calls_models_at_boot:
        missing = "`background_health_checks: false` in the config that serves"
        return HostPromise(name, "no", "LiteLLM calls models by itself, at each boot and ever after", (missing,))
    if config is not None and not config.health_is_harmless:
        missing = "a config whose GET /health calls no model: `ccdeploy check` says how"
        return HostPromise(name, "partly", "a deploy loads none; whoever asks GET /health loads every one", (missing,))
    return HostPromise(name, "yes", "neither a deploy nor a look at the host calls a model")


def _no_host_stranded(seen: Seen) -> HostPromise:
    because = "what fails goes back by the command that you started, and by the host itself where that is gone"
    missing = []
    if not seen.facts.at_boot:
        missing.append("a start after a reboot: nohup has none, `ccdeploy setup --at-boot` sets one up")
    if last_good(seen.facts.releases, None) is None:
        missing.append("a release that was verified: there is none to go back to before the first deploy")
    return HostPromise("no host stranded", "partly" if missing else "yes", because, tuple(missing))


def _weighed(promise: HostPromise, found: Sequence[Finding], words: Mapping[str, str]) -> HostPromise:
    """Return the promise with what speaks against it: an error breaks it, less dents it."""
    against = [finding for finding in found if finding.code in words]
    broken = {words[finding.code] for finding in against if finding.severity is Severity.ERROR}
    told = dict.fromkeys(words[finding.code] for finding in against)
    holds: Holds = "no" if broken else "partly" if told and promise.holds == "yes" else promise.holds
    because = "; ".join(told) if told else promise.because
    missing = (*(f"the remedy of [{f.code}]" for f in {f.code: f for f in against}.values()), *promise.missing)
    return HostPromise(promise.promise, holds, because, missing)
