"""All of `configs/hosts.yaml`: the hosts, and which one is meant when none is named."""

from __future__ import annotations

from difflib import get_close_matches

from pydantic import Field

from ccdeploy.errors import Refused
from ccdeploy.settings.host import Embedded, Host, Part
from ccdeploy.settings.values import Duration


class Defaults(Part):
    """What holds when the command line says nothing."""

    host: str | None = Field(None, description="The host that a verb works on when `--host` is not given")


class Hooks(Part):
    """How the executables in `hooks/` are run."""

    timeout_s: Duration = Field(
        60.0, alias="timeout", description="How long a hook may run before it is ended, with all that it started"
    )


class Settings(Part):
    """Every host of a project, the defaults, and how hooks are run."""

    shown_as: str = Field(description="The file, for messages")
    defaults: Defaults = Field(default_factory=Defaults, description="What holds when the command line says nothing")
    hooks: Hooks = Field(default_factory=Hooks, description="How the executables in `hooks/` are run")
    hosts: dict[str, Host | Embedded] = Field(description="The hosts, each under its name")

    def host(self, name: str | None = None) -> Host | Embedded:
        """Return the host called `name`; with None the default one, else the only one. Raises Refused."""
        wanted = name or self.defaults.host or self._only_name()
        if wanted in self.hosts:
            return self.hosts[wanted]
        raise Refused(f"no host is called '{wanted}'{closest(wanted, self.hosts)}", hint=self._listed())

    def _only_name(self) -> str:
        if len(self.hosts) == 1:
            return next(iter(self.hosts))
        raise Refused(
            f"{self.shown_as}: {len(self.hosts)} hosts, and no default says which one is meant",
            hint=f"name one with --host, or write 'defaults: {{host: NAME}}'; {self._listed()}",
        )

    def _listed(self) -> str:
        return f"{self.shown_as} has {', '.join(sorted(self.hosts)) or 'no host'}"


def closest(word: str, words: object) -> str:
    """Return `; did you mean WORD?` for the closest of `words`, or nothing when none is close."""
    candidates = [w for w in words if isinstance(w, str)] if hasattr(words, "__iter__") else []
    match = get_close_matches(word, candidates, n=1, cutoff=0.6)
    return f"; did you mean {match[0]}?" if match else ""
