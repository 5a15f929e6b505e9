"""One difference in meaning between two configs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ccdeploy.secret import Secret, mask

ChangeKind = Literal["model", "alias", "fallback", "setting", "environment"]
ChangeAction = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class ConfigChange:
    """One difference in meaning between what serves and a config; secrets are masked in every field.

    `kind` says of what: an alias of model_list, a name of model_group_alias, a fallback, a setting,
    or a variable that the config refers to. `subject` is its name. `key` is the part of it that
    changed, such as `num_ctx`; None for the whole. `deployment` is the model of the one meant where
    an alias has several. `before` and `after` are None where there is nothing. A hook is told the same.
    """

    kind: ChangeKind
    action: ChangeAction
    subject: str
    key: str | None = None
    before: str | None = None
    after: str | None = None
    note: str | None = None
    deployment: str | None = None

    @property
    def sign(self) -> str:
        """What stands before it in a list, and reads without colour."""
        return {"added": "+", "removed": "-", "changed": "~"}[self.action]

    @property
    def is_masked(self) -> bool:
        """Whether all that can be told is that it changed."""
        return self.action == "changed" and self.before is not None and self.before == self.after and not self.note

    def masked(self, secrets: Iterable[Secret] = ()) -> ConfigChange:
        """Return it without these secrets, and without anything of the shape of a key, in any field."""
        known = tuple(secrets)

        def safe(text: str | None) -> str | None:
            return text and mask(text, known)

        return ConfigChange(
            self.kind, self.action, mask(self.subject, known), safe(self.key),
            safe(self.before), safe(self.after), safe(self.note), safe(self.deployment),
        )  # fmt: skip
