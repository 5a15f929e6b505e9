"""Versions of LiteLLM: one spelling each, what pip is asked for, and the ones that nobody may install."""

from __future__ import annotations

from packaging.version import InvalidVersion, Version

# Releases that carried code which steals SSH keys and credentials, and where that is reported.
COMPROMISED = {
    "1.82.7": "BerriAI/litellm#24512",
    "1.82.8": "BerriAI/litellm#24512",
    "1.107.0": "BerriAI/litellm#47826",
}
COMPROMISED_NAMES = f"{', '.join([*COMPROMISED][:-1])} and {[*COMPROMISED][-1]}"
OLDEST_PYTHON = (3, 10)  # what LiteLLM's metadata asks for


def spelled(text: str) -> str:
    """Return a version as LiteLLM spells its own, with three numbers: `1.108.0` for `v1.108`. Raises ValueError."""
    try:
        version = Version(text.strip())
    except InvalidVersion as exc:
        raise ValueError(f"'{text}' is no version of LiteLLM; write one such as 1.106.2") from exc
    numbers = [*version.release, 0, 0][: max(3, len(version.release))]
    while len(numbers) > 3 and numbers[-1] == 0:
        numbers.pop()
    epoch, mark, rest = str(version).rpartition("!")
    return f"{epoch}{mark}{'.'.join(map(str, numbers))}{rest.removeprefix('.'.join(map(str, version.release)))}"


def is_same(one: str | None, other: str | None) -> bool:
    """Whether both are the same version for pip; an unknown one is the same as none."""
    if one is None or other is None:
        return False
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other


def compromise(version: str) -> str | None:
    """Return where it is reported that this release stole credentials: a host that had it is compromised."""
    public = version.strip().partition("+")[0]
    return next((report for bad, report in COMPROMISED.items() if is_same(public, bad)), None)


def requirement(version: str | None) -> str:
    """Return what pip is asked for: this version, or with None the newest that may be installed."""
    wanted = f"=={version}" if version else ",".join(f"!={bad}" for bad in COMPROMISED)
    return f"litellm[proxy]{wanted}"


def version_in(file: str) -> str | None:
    """Return the version that the name of a downloaded file tells: `litellm-1.108.0-py3-none-any.whl`."""
    name = file.rpartition("/")[2]
    if not name.startswith("litellm-"):
        return None
    rest = name.removeprefix("litellm-").removesuffix(".tar.gz")
    try:
        return spelled(rest.partition("-")[0])
    except ValueError:
        return None
