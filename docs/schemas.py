"""The JSON schemas in docs/schema/, each a whole file that is generated."""

from __future__ import annotations

from collections.abc import Callable

from ccdeploy.settings.schema import hosts_schema, models_schema, written

SCHEMAS: dict[str, Callable[[], str]] = {
    "docs/schema/hosts.schema.json": lambda: written(hosts_schema()),
    "docs/schema/models.schema.json": lambda: written(models_schema()),
}
