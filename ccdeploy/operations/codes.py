"""The table of what is found on a host, around it, and in a project: code, severity, finders, meaning, remedy.

The rules of a config are a table of their own, litellm/lint_rules.py. docs/reference/findings.md lists
both; a test holds that every code that is emitted anywhere stands in one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ccdeploy.findings import Severity
from ccdeploy.litellm.version import COMPROMISED_NAMES

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
Finder = Literal["init", "check", "plan", "deploy", "doctor", "setup"]
_BOTH: tuple[Finder, ...] = ("deploy", "doctor")
_DEPLOY: tuple[Finder, ...] = ("deploy",)
_DOCTOR: tuple[Finder, ...] = ("doctor",)
_PLAN: tuple[Finder, ...] = ("plan", "deploy")
_SETUP: tuple[Finder, ...] = ("setup",)
_SWITCH: tuple[Finder, ...] = ("deploy", "setup", "doctor")
_INIT: tuple[Finder, ...] = ("init",)


@dataclass(frozen=True)
class Code:
    """One kind of finding: how bad it may be, the worst first; which verbs look for it; what it means; what to do."""

    severities: tuple[Severity, ...]
    found_by: tuple[Finder, ...]
    meaning: str
    remedy: str


CODES: dict[str, Code] = {
    # the host
    "root": Code((_ERROR,), _BOTH, "`root` does not exist, or cannot be entered or written", "`setup` makes it"),
    "misplaced": Code(
        (_ERROR,), _BOTH, "A pipe, a folder or a file stands where ccdeploy keeps something else", "Move it away"
    ),
    "tools": Code((_ERROR,), _BOTH, "A program that every script needs is missing", "Install it on the host"),
    "disk-full": Code((_ERROR,), _BOTH, "There is too little room for a release and two logs", "Free some space"),
    "no-litellm": Code((_ERROR,), _BOTH, "There is no litellm where the settings say", "Install it there"),
    "litellm-version": Code((_WARNING,), _BOTH, "The version of litellm could not be told", "Look at its venv"),
    "litellm-pin": Code(
        (_WARNING,), _BOTH, "Another version of litellm serves than `litellm_version` pins", "`ccdeploy upgrade`"
    ),
    "litellm-compromised": Code(
        (_ERROR,),
        ("check", *_BOTH),
        f"litellm {COMPROMISED_NAMES} steal credentials; here one serves, or is pinned",
        "Install another, and change every secret that the host has seen",
    ),
    "port-taken": Code((_ERROR,), _BOTH, "A port of the settings is a stranger's", "Stop it, or choose another port"),
    "adopt": Code(
        (_ERROR,),
        _BOTH,
        "A proxy that was started by hand could not be started again as it is",
        "Put its config into `root/config.yaml`, or stop it",
    ),
    "way-back": Code(
        (_ERROR,),
        _BOTH,
        "What serves could not be started again: its release is gone, or env_file lacks a variable",
        "Put the release back, or add the variable to env_file",
    ),
    "forwarding": Code(
        (_ERROR,), _DOCTOR, "The SSH server forbids forwarding to a port that is asked", "`AllowTcpForwarding local`"
    ),
    "path": Code(
        (_WARNING, _NOTE),
        _DOCTOR,
        "PATH of a command over SSH lacks folders, or has some that depend on where it runs",
        "Give the proxy a PATH of its own in env_file",
    ),
    "clock": Code((_WARNING,), _DOCTOR, "The host's clock is more than 30 s from ours", "Let it be set by NTP"),
    "log-size": Code(
        (_WARNING,),
        _DOCTOR,
        "The logs take more than 1 GB, or than is free",
        "`restart` turns `litellm.log` over, then remove the old one; another file is cut down",
    ),
    # what starts and ends the proxy
    "stopped": Code((_ERROR, _NOTE), _DOCTOR, "Nothing serves: it ended, was stopped, or never began", "`restart`"),
    "supervisor": Code(
        (_ERROR, _WARNING),
        _DOCTOR,
        "A unit of systemd or launchd starts the proxy too; a warning when only after the next boot",
        "Switch the unit off",
    ),
    "kill-user-processes": Code(
        (_ERROR,), _DOCTOR, "logind ends the proxy when ccdeploy hangs up", "`KillUserProcesses=no`"
    ),
    "cut-off": Code(
        (_WARNING,),
        _DOCTOR,
        "An attempt was cut off, or another hand started what serves: what runs is not what is recorded",
        "A deploy puts it right",
    ),
    "at-boot": Code(
        (_WARNING, _NOTE),
        ("setup", "doctor"),
        "What starts the proxy after a boot waits for a login of its user",
        "`loginctl enable-linger`; on a Mac, an automatic login",
    ),
    "sleep": Code((_WARNING,), _DOCTOR, "The Mac goes to sleep, and then serves nobody", "`sudo pmset -a sleep 0`"),
    "power-failure": Code(
        (_NOTE,), _DOCTOR, "The Mac stays off after a power failure", "`sudo pmset -a autorestart 1`"
    ),
    "lock": Code(
        (_WARNING, _NOTE), _DOCTOR, "A lock was left behind; a note while somebody holds it", "`lock release` frees it"
    ),
    "release": Code((_WARNING,), _DOCTOR, "A folder in releases/ has no readable release.json", "Remove it"),
    # what clients ask for
    "removal": Code(
        (_ERROR, _WARNING),
        _DEPLOY,
        "A name that is answered now would go away; a warning where `run` or another phase brings it back",
        "Keep it, or `--allow removal`",
    ),
    # the environment of the proxy
    "env-file": Code((_ERROR,), _BOTH, "env_file does not exist or cannot be read", "`setup` makes one"),
    "env-file-mode": Code((_WARNING,), _BOTH, "Others may read env_file, which holds secrets", "`setup` closes it"),
    "env-unset": Code((_ERROR,), _BOTH, "The config refers to a variable that env_file does not set", "Add it"),
    "env-syntax": Code((_ERROR,), _BOTH, "A line is no NAME=VALUE; LiteLLM skips it", "Mend the line"),
    "env-encoding": Code((_ERROR,), _BOTH, "A line is not UTF-8", "Save the file as UTF-8"),
    "env-nul": Code((_ERROR,), _BOTH, "A value holds a NUL, which no process can be given", "Remove it"),
    "env-no-value": Code((_WARNING,), _BOTH, "A name stands without `=`, so it is not set", "Write NAME=VALUE"),
    "env-name": Code((_WARNING,), _BOTH, "A name is none that a shell could pass on", "Rename it"),
    "env-duplicate": Code((_WARNING,), _BOTH, "A name is set twice; the last one holds", "Keep one"),
    # Ollama
    "ollama": Code((_ERROR,), _DOCTOR, "An Ollama does not answer the host", "Start it, or mend `api_base`"),
    "ollama-version": Code(
        (_NOTE,), _DOCTOR, "The version of Ollama tells no era, or is before 0.10", "Install a released version"
    ),
    "ollama-memory": Code(
        (_WARNING,), _DOCTOR, "The settings give models more memory than Ollama found", "`ollama.memory: null`"
    ),
    "model-missing": Code((_ERROR,), _DOCTOR, "Ollama has not a model that the config asks for", "`ollama pull MODEL`"),
    # the memory of Ollama
    "thrash": Code(
        (_ERROR,), _PLAN, "Models that are asked for together are never all loaded", "Phases, less context, more memory"
    ),
    "order-dependent": Code(
        (_WARNING,),
        _PLAN,
        "One order of requests evicts a model that is needed, another does not",
        "Load in that order",
    ),
    "plan-unknown": Code((_WARNING, _NOTE), _PLAN, "A figure is missing, so nothing can be told", "`models --save`"),
    "context-clamped": Code(
        (_WARNING,), _PLAN, "More context is asked for than a model was trained for: it gets less", "Ask for that much"
    ),
    "partial-offload": Code(
        (_WARNING,), _PLAN, "A model is larger than all memory: a part runs on the CPU", "Ask for less context"
    ),
    "agents-uncovered": Code(
        (_NOTE,), ("plan",), "Between the agents that aliases name, some are missing", "Name them"
    ),
    "timeout-short": Code(
        (_WARNING,), _PLAN, "A time-out ends before a model is loaded, and a retry loads it again", "Wait for longer"
    ),
    "fallback-loads": Code(
        (_WARNING,),
        _PLAN,
        "A failed request goes to a model that its phase does not have",
        "Fall back within the phase",
    ),
    "empty-phase": Code((_WARNING,), _PLAN, "A phase has no alias", "Give an alias that phase"),
    # Traefik, and the way of the users
    "traefik-health": Code(
        (_ERROR,), _DOCTOR, "Traefik's health check asks for a path that calls models", "Ask for `/health/readiness`"
    ),
    "traefik-mirroring": Code(
        (_ERROR, _WARNING), _BOTH, "Traefik sends a copy of each request to a second service", "Lead the router past it"
    ),
    "dynamic-file": Code(
        (_ERROR,),
        _BOTH,
        "The file by which blue-green switches is not named, or not there yet",
        "`setup --traefik` makes it",
    ),
    "traefik-upstream": Code(
        (_WARNING,),
        _DOCTOR,
        "No service, or no router, of Traefik leads to the port that serves",
        "Mend its file",
    ),
    "traefik-unseen": Code(
        (_WARNING, _NOTE), _DOCTOR, "What Traefik does could not be seen; a note where no API is named", "`traefik.api`"
    ),
    "dynamic-folder": Code(
        (_ERROR,), _SWITCH, "The folder of `traefik.dynamic_file` is not there, or not ours to write", "Make or give it"
    ),
    "dynamic-foreign": Code(
        (_ERROR,),
        _SWITCH,
        "What is at `traefik.dynamic_file` was not written by ccdeploy, or is no plain file",
        "Name another file, or move it aside",
    ),
    "dynamic-stale": Code(
        (_ERROR,),
        _BOTH,
        "What hosts.yaml says of Traefik's router or checks is not in the dynamic file yet",
        "`setup --traefik` brings it there",
    ),
    "dynamic-edited": Code(
        (_ERROR,),
        _SWITCH,
        "Another hand has changed the dynamic file since ccdeploy wrote it",
        "Say it in hosts.yaml, and move the file aside",
    ),
    "traefik-not-shown": Code(
        (_ERROR, _WARNING),
        _SWITCH,
        "Traefik does not show that it goes by its dynamic file; an error where it is to switch by it",
        "Let Traefik watch its folder",
    ),
    "traefik-rival": Code(
        (_WARNING,), _SETUP, "Another router of Traefik has the same rule, and may take the requests", "Remove it"
    ),
    "ca-file": Code((_ERROR,), _BOTH, "`traefik.ca_file` cannot be read, or holds no certificates", "Mend its path"),
    "header-unset": Code(
        (_ERROR,), _BOTH, "A header of `traefik.headers` needs a variable that you have not set", "`export NAME=…`"
    ),
    "header-value": Code(
        (_ERROR,),
        _BOTH,
        "A header of `traefik.headers` has a value that cannot be sent",
        "Write it in ASCII, on one line",
    ),
    "upstream": Code(
        (_WARNING,), _BOTH, "The proxy does not listen where `traefik.upstream` looks for it", "Mend `listen.address`"
    ),
    "route": Code((_ERROR,), _DOCTOR, "What answers through Traefik is not the proxy", "`verify` says whose it is"),
    "route-dns": Code((_ERROR,), _DOCTOR, "The name of `traefik.url` resolves to no address here", "Mend DNS"),
    "route-unreachable": Code((_ERROR,), _DOCTOR, "Nothing can be connected to there", "Start Traefik, open the port"),
    "route-tls": Code(
        (_ERROR,),
        _DOCTOR,
        "The certificate is expired, for another name, or not trusted here",
        "Renew it, or name a private CA in `traefik.ca_file`",
    ),
    "route-tls-ends": Code((_WARNING,), _DOCTOR, "The certificate ends in less than 14 days", "Renew it"),
    "route-plain": Code((_WARNING,), _DOCTOR, "The way is not encrypted, and leaves one's own network", "Use https"),
    # the files of a project
    "no-tasks": Code((_NOTE,), _INIT, "`fab` finds no task of ours in tasks.py or fabfile.py", "Import them"),
    "not-ignored": Code((_NOTE,), _INIT, "Git would take .ccdeploy/, with the keys of the sandbox", "Ignore it"),
    "hook-not-executable": Code(
        (_ERROR, _WARNING), ("check",), "A hook cannot run; an error for `pre-deploy`, which refuses", "`chmod +x` it"
    ),
    "hook-name": Code((_WARNING,), ("check",), "A file in hooks/ is nearly called like a hook", "Call it so"),
    "schema-newer": Code((_NOTE,), ("init", "check"), "A schema is of a newer ccdeploy", "Install that one"),
    "schema-stale": Code((_NOTE,), ("init", "check"), "A schema is not that of this ccdeploy", "`init` writes it anew"),
}
