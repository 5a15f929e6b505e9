"""The JSON schemas in a project, for editors: the copies of those of this ccdeploy, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ccdeploy.errors import Refused
from ccdeploy.findings import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ccdeploy.findings import Finding

FOLDER = "configs/schema"
STALE = "schema-stale"


def schema_texts() -> dict[str, str]:
    """Return each schema of this ccdeploy, by its path in a project."""
    from ccdeploy.settings.schema import hosts_schema, models_schema, written

    return {
        f"{FOLDER}/hosts.schema.json": written(hosts_schema()),
        f"{FOLDER}/models.schema.json": written(models_schema()),
    }


def stale_schemas(folder: Path) -> Iterator[tuple[str, Finding]]:
    """Yield each copy that is not the schema of this ccdeploy, and whether it is the older or the newer one."""
    from ccdeploy.settings.schema import format_of

    for name, text in schema_texts().items():
        there = _text_of(folder / name)
        if there is None or there == text:
            continue
        found, known = format_of(there), format_of(text)
        if found is not None and known is not None and found > known:
            said, remedy = f"is of format {found}, and this ccdeploy writes format {known}", "upgrade ccdeploy"
            yield name, note("schema-newer", name, f"the schema {said}", remedy)
        else:
            said = "an editor may mark what is right, and miss what is wrong: the schema is not that of this ccdeploy"
            yield name, note(STALE, name, said, "`ccdeploy init` writes it anew")


def renew_schemas(folder: Path) -> list[str]:
    """Write each stale copy anew, and return their paths; one of a newer ccdeploy stays. Raises Refused."""
    texts = schema_texts()
    stale = [name for name, finding in stale_schemas(folder) if finding.code == STALE]
    for name in stale:
        try:
            (folder / name).write_text(texts[name], encoding="utf-8")
        except OSError as exc:
            said = f"{name} is of another ccdeploy, and cannot be written anew: {exc.strerror}"
            raise Refused(said, hint="check its owner and mode, or remove it and run `ccdeploy init` again") from exc
    return stale


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None
    except UnicodeDecodeError:
        return ""
