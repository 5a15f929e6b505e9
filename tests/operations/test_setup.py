"""What setup makes on a host, and that it may be repeated."""

from __future__ import annotations

import shutil
import stat

from ccdeploy import app
from tests.support.studio import KEY, Studio


def mode(studio: Studio, path: str) -> int:
    """Return the permissions of a path below root."""
    return stat.S_IMODE((studio.root / path).stat().st_mode)


def test_setup_of_an_empty_home_makes_folders_and_a_key(host: Studio) -> None:
    """LiteLLM of September 2026 and later refuses to start without a master key."""
    shutil.rmtree(host.root)
    seen = app.setup(host.project, None)
    assert seen.made
    assert all((host.root / name).is_dir() for name in ("releases", "run", "logs"))
    assert mode(host, ".env") == 0o600
    assert mode(host, ".") == 0o700
    assert str(host.site.key).startswith("sk-")
    assert len(str(host.site.key)) >= 32
    assert host.around.ollama_url in (host.root / ".env").read_text()
    assert str(host.site.key) not in str((seen, host.events))
    assert "no-litellm" in [finding.code for finding in seen.findings]


def test_setup_again_changes_nothing(studio: Studio) -> None:
    """A new key would lock every user out."""
    app.setup(studio.project, None)
    before = studio.checksum()
    assert app.setup(studio.project, None).made == ()
    assert studio.checksum() == before
    assert studio.site.key == KEY


def test_setup_closes_an_env_file_that_others_may_read(studio: Studio) -> None:
    """The careless hand that made it meant no harm."""
    (studio.root / ".env").chmod(0o644)
    assert any("0600" in made for made in app.setup(studio.project, None).made)
    assert mode(studio, ".env") == 0o600
    assert studio.site.key == KEY


def test_setup_keeps_what_stands_in_the_env_file(studio: Studio) -> None:
    """Comments and other keys belong to somebody."""
    (studio.root / ".env").write_text("# ours\nOTHER=value")
    app.setup(studio.project, None)
    text = (studio.root / ".env").read_text()
    assert text.startswith("# ours\nOTHER=value\n")
    assert "LITELLM_MASTER_KEY=" in text


def test_setup_can_be_rehearsed(studio: Studio) -> None:
    """It makes a key only when it is meant to."""
    shutil.rmtree(studio.root)
    app.setup(studio.project, None, dry_run=True)
    assert not studio.root.exists()


def test_a_deploy_to_a_host_that_setup_has_made_serves(studio: Studio) -> None:
    """From zero to one's own host."""
    kept = studio.folder / "venv"
    shutil.move(studio.root / "venv", kept)
    shutil.rmtree(studio.root)
    app.setup(studio.project, None)
    shutil.move(kept, studio.root / "venv")
    with studio.watched() as promises:
        attempt = studio.deploy(studio.config("second", "coder"))
    promises.kept(served={"coder"}, gap_allowed=True, release=attempt.release)
