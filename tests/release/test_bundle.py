"""The digest of a bundle: equal for what serves the same, different for everything else."""

from __future__ import annotations

import pytest

from ccdeploy.release.bundle import Bundle, digest_of, sha256

FILES = {"config.yaml": b"a", "parts/b.yaml": b"b"}


def test_the_order_of_files_and_the_name_of_the_config_do_not_matter() -> None:
    """The same files serve the same, whatever they are called here."""
    turned = dict(reversed(FILES.items()))
    assert Bundle("one", FILES).digest == Bundle("other", turned).digest


@pytest.mark.parametrize(
    "other",
    [
        {"config.yaml": b"a", "parts/b.yaml": b"c"},
        {"config.yaml": b"a", "parts/c.yaml": b"b"},
        {"config.yaml": b"b", "parts/b.yaml": b"a"},
        {"config.yaml": b"a"},
        {"config.yaml": b"a", "parts/b.yaml": b"b", "c.yaml": b""},
        {},
    ],
)
def test_every_other_path_or_content_is_another_bundle(other: dict[str, bytes]) -> None:
    """ "Nothing to do" hangs on it."""
    assert Bundle("one", FILES).digest != Bundle("one", other).digest


def test_a_bundle_is_known_by_the_digests_of_its_files() -> None:
    """release.json has the digests, not the files."""
    bundle = Bundle("one", FILES)
    assert bundle.digests == {path: sha256(data) for path, data in FILES.items()}
    assert digest_of(bundle.digests) == bundle.digest
