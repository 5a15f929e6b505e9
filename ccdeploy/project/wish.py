"""What a person says of the host that a new project is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from ccdeploy.errors import UsageFault

SANDBOX = "sandbox"
DEFAULT_ROOT = "~/ccproxy"
DEFAULT_OLLAMA = "http://127.0.0.1:11434"


@dataclass(frozen=True)
class Wish:
    """What was said of the host; None where nothing was. Without an address, the sandbox is all that is wished for."""

    address: str | None = None
    name: str | None = None
    user: str | None = None
    root: str | None = None
    url: str | None = None
    ollama: str | None = None

    @classmethod
    def of(cls, answers: Mapping[str, str | None]) -> Wish:
        """Return what the answers say; an empty one says nothing. Raises UsageFault for one that cannot be."""
        from ccdeploy.settings.answers import value_of

        said = {key: text.strip() for key, text in answers.items() if text and text.strip()}
        for key, text in said.items():
            if fault := fault_of(key, text):
                raise UsageFault(f"--{key}: {fault}")
        if user := user_in(said.get("address", "")):
            said = {"user": user, **said, "address": said["address"].rpartition("@")[2]}
        wish = cls(**{key: value_of(key, text) for key, text in said.items()})
        if wish.address is None and (alone := wish.said()):
            raise UsageFault(f"--{alone[0]} is about a host; give its --address too")
        return wish

    def said(self) -> list[str]:
        """Return the keys that something was said of."""
        return [field.name for field in fields(self) if getattr(self, field.name) is not None]

    @property
    def host_name(self) -> str:
        """What the host is called in the project: the name that was given, else one from the address."""
        return self.name or (name_from(self.address) if self.address else SANDBOX)


def fault_of(key: str, text: str) -> str | None:
    """Return what is wrong with an answer, in the words of the settings; None for a good one."""
    from ccdeploy.settings.answers import fault_of as fault

    if key == "name" and text == SANDBOX:
        return f"'{text}' is the embedded host of every project; choose another name"
    if key == "address" and "@" in text:
        user, _, text = text.rpartition("@")
        return fault("user", user) or fault(key, text)
    return fault(key, text)


def default_of(key: str, answers: Mapping[str, str | None]) -> str:
    """Return what is taken where a question is left unanswered; empty for nothing."""
    address = answers.get("address") or ""
    defaults = {"name": name_from(address), "user": user_in(address), "root": DEFAULT_ROOT}
    return defaults.get(key, "")


def user_in(address: str) -> str:
    """Return the user of ada@studio.example.com, as one types it for ssh; empty where none is named."""
    return address.rpartition("@")[0]


def name_from(address: str) -> str:
    """Return a name for the host at an address: its first label, or `host` where that is no name."""
    from ccdeploy.settings.values import is_name

    address = address.rpartition("@")[2]
    label = address.partition(".")[0]
    name = address if label.isdigit() else label
    return name if is_name(name) and name != SANDBOX else "host"
