"""Records on a host that another hand wrote: they are read, judged and shown; nothing of them is run or led by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ccdeploy import app
from ccdeploy.errors import NothingToRollBackTo, Refused
from tests.support.studio import Studio, config_text

pytestmark = pytest.mark.faults


def rewrite(studio: Studio, release: str, **changes: Any) -> None:
    """Change what release.json of a release says."""
    path = studio.root / "releases" / release / "release.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture
def older(studio: Studio) -> str:
    """Deploy twice, and return the release that a rollback goes to."""
    first = studio.deployed("coder").release
    assert first
    studio.deployed("coder", "fast", config="second")
    return first


@pytest.mark.parametrize("digest", ["$(touch {made})", "x ] || touch {made} || [ y"])
def test_a_digest_in_a_release_json_is_not_run(studio: Studio, older: str, digest: str) -> None:
    """Who can write one file on the host must not have a command run by whoever rolls back."""
    made = studio.root / "made"
    rewrite(studio, older, files={"config.yaml": digest.format(made=made)})
    with pytest.raises(NothingToRollBackTo):
        app.rollback(studio.project, None)
    assert not made.exists()
    assert set(app.status(studio.project, None).models) == {"coder", "fast"}


@pytest.mark.parametrize("path", ["../../.env", "/tmp/ccdeploy-made", "parts/../../../x"])
def test_a_release_json_leads_no_write_out_of_its_release(studio: Studio, older: str, path: str) -> None:
    """What cannot be read as a release is none: a rollback does not go there."""
    copy = studio.root / "releases" / older / ".original" / "evil"
    copy.write_text("evil")
    rewrite(studio, older, files={path: studio.manifest()["files"]["config.yaml"]})
    with pytest.raises(NothingToRollBackTo):
        app.rollback(studio.project, None)
    assert set(app.status(studio.project, None).models) == {"coder", "fast"}


OWNER = (
    '{"id": "\\ud800 $(touch made)", "who": 1, "from_where": [], "since": {}, "doing": 5, "manual": 1, "heartbeat": 08}'
)
SHADOW = '{"pid": 1e999, "port": 0, "started": "Sat Jan 31 12:00:00 2026", "release": "x", "digests": null}'
RECORDS = {
    "attempt": ("history.jsonl", '{"at": 5, "verb": [], "outcome": {}, "release": 1, "who": null, "seconds": NaN}'),
    "brackets": ("history.jsonl", "[" * 9999),
    "nothing": ("run/serving.json", "null"),
    "everybody": ("run/serving.json", '{"pid": -1, "port": 8081, "started": 5, "release": [], "digests": null}'),
    "infinite": ("run/shadow.json", SHADOW),
    "commands": ("run/draining.json", '{"pid": "0; touch made", "port": "$(touch made)", "started": "`touch made`"}'),
    "owner": ("lock/owner.json", OWNER),
}
VERBS = ("status", "history --json", "doctor", "lock status --json", "rollback --dry-run", "deploy first --dry-run")


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_of_another_hand_crashes_no_verb(studio: Studio, name: str) -> None:
    """Each verb ends with its code and a sentence, and nothing of the record is executed."""
    path, text = RECORDS[name]
    studio.deployed("coder")
    spoil(studio.root / path, text)
    for line in VERBS:
        done = studio.run(f"ccdeploy {line}")
        shown = f"{line}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "is at fault" not in shown, shown
        assert "Traceback" not in shown, shown
        if line.endswith("--json"):
            json.loads(done.stdout, parse_constant=refused)
    assert not (studio.root / "made").exists()


def spoil(path: Path, text: str) -> None:
    """Write a record as another hand would; one of many lines gets one more."""
    path.parent.mkdir(exist_ok=True)
    before = path.read_text() if path.name == "history.jsonl" else ""
    path.write_text(f"{before}{text}\n")


def refused(constant: str) -> object:
    """Refuse a number that is none of JSON."""
    raise ValueError(constant)


@pytest.mark.parametrize("name", ["../secret.yaml", "../../host/ccproxy/.env", "/etc/hostname", "a\n../../x"])
def test_a_hand_made_config_that_includes_what_lies_outside_is_not_adopted(studio: Studio, name: str) -> None:
    """Its copy could not be started, so there would be no way back; and a copy of it would land outside a release."""
    (studio.root.parent / "secret.yaml").write_text("litellm_settings: {drop_params: true}\n")
    (studio.root / "config.yaml").write_text(f"include: {json.dumps([name])}\n{config_text('coder')}")
    before = studio.checksum()
    with pytest.raises(Refused) as caught:
        studio.deploy(studio.config("second", "coder"))
    (finding,) = [one for one in caught.value.findings if one.code == "adopt"]
    assert "lies outside its folder" in finding.message
    assert studio.checksum() == before
