"""The copies of the JSON schemas in a project: when they are stale, who says so, and who renews them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccdeploy.errors import Refused
from ccdeploy.project import schemas
from tests.app.beginning import begin, contents, found_by_check


def test_a_stale_schema_is_said_by_check_and_renewed(tmp_path: Path) -> None:
    """After an upgrade the editor would mark new keys as wrong; the user's own files stay as they are."""
    begin(tmp_path)
    before = contents(tmp_path)
    copy = tmp_path / "configs" / "schema" / "hosts.schema.json"
    copy.write_text(copy.read_text().replace("connect_timeout", "timeout"))
    (found,) = found_by_check(tmp_path)
    assert (found.code, found.severity, found.where) == ("schema-stale", "note", "configs/schema/hosts.schema.json")
    assert begin(tmp_path).renewed == ("configs/schema/hosts.schema.json",)
    assert contents(tmp_path) == before


def test_a_schema_of_a_newer_ccdeploy_stays(tmp_path: Path) -> None:
    """A colleague with an older one must not take it back for all."""
    begin(tmp_path)
    copy = tmp_path / "configs" / "schema" / "models.schema.json"
    newer = json.loads(copy.read_text())
    newer["properties"]["schema_version"]["maximum"] = 2
    copy.write_text(json.dumps(newer))
    again = begin(tmp_path)
    assert (again.renewed, [finding.code for finding in again.findings]) == ((), ["schema-newer"])
    assert json.loads(copy.read_text()) == newer


def test_a_file_that_is_no_schema_is_written_anew(tmp_path: Path) -> None:
    """Its place is ours; half a file, or a merge that went wrong, helps no editor."""
    begin(tmp_path)
    copy = tmp_path / schemas.FOLDER / "hosts.schema.json"
    copy.write_bytes(b"\xff<<<<<<<")
    assert begin(tmp_path).renewed == (f"{schemas.FOLDER}/hosts.schema.json",)


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="a file that even root cannot write")
def test_a_schema_that_cannot_be_written_anew_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """A shared checkout, mounted to be read."""
    begin(tmp_path)
    copy = tmp_path / schemas.FOLDER / "hosts.schema.json"
    copy.unlink()
    copy.symlink_to("/proc/version")
    with pytest.raises(Refused, match=r"hosts\.schema\.json is of another ccdeploy, and cannot be written anew"):
        begin(tmp_path)
