"""Versions of LiteLLM, as people write them and as pip takes them."""

from __future__ import annotations

import pytest

from ccdeploy.litellm.version import compromise, is_same, requirement, spelled, version_in

STOLE = ["1.82.7", "1.82.8", "1.107.0", "1.82.8+local", " 1.82.07 ", "v1.107"]
STOLE_NOTHING = ["1.82.6", "1.82.9", "1.82.70", "1.82.7.post1", "1.106.2", "1.107.1", "1.107.0rc1", "unknown"]


@pytest.mark.parametrize("version", STOLE)
def test_the_releases_that_stole_credentials_are_known(version: str) -> None:
    """A host that had one is compromised, however somebody spells it: pip takes all of these for the same."""
    assert compromise(version) == f"BerriAI/litellm#{47826 if '107' in version else 24512}"


@pytest.mark.parametrize("version", STOLE_NOTHING)
def test_no_other_release_is_blamed(version: str) -> None:
    """A mended release must be installable."""
    assert compromise(version) is None


def test_a_version_has_one_spelling() -> None:
    """The folder on the host is named by it."""
    assert [spelled(text) for text in ("1.108.0", "v1.108.0", " 1.108.0-rc1 ")] == ["1.108.0", "1.108.0", "1.108.0rc1"]
    # Pip installs the same for all of these, and the folder of its metadata has the name that LiteLLM gave it.
    assert [spelled(text) for text in ("1.108", "1.108.0.0000", "1.108rc1", "1!1.2")] == [
        "1.108.0", "1.108.0", "1.108.0rc1", "1!1.2.0",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="'latest' is no version of LiteLLM; write one such as"):
        spelled("latest")


def test_versions_are_compared_as_pip_compares_them() -> None:
    """`1.108` asks for what calls itself 1.108.0; what nobody knows is equal to nothing."""
    assert is_same("1.108", "1.108.0")
    assert not is_same("1.108.0", "1.108.1")
    assert not is_same(None, "1.108.0")
    assert not is_same(None, None)
    assert is_same("of an odd kind", "of an odd kind")


def test_the_newest_is_never_one_of_the_compromised() -> None:
    """pip itself leaves them out, whatever an index offers."""
    assert requirement(None) == "litellm[proxy]!=1.82.7,!=1.82.8,!=1.107.0"
    assert requirement("1.108.0") == "litellm[proxy]==1.108.0"


@pytest.mark.parametrize(
    ("file", "version"),
    [
        ("found/litellm-1.108.0-py3-none-any.whl", "1.108.0"),
        ("litellm-1.108.0rc1.tar.gz", "1.108.0rc1"),
        ("litellm_proxy_extras-0.4.1-py3-none-any.whl", None),
        ("litellm-enterprise-1.0.tar.gz", None),
        ("", None),
    ],
)
def test_a_file_of_an_index_tells_its_version(file: str, version: str | None) -> None:
    """Which is the newest is what pip has downloaded."""
    assert version_in(file) == version
