"""What the stand-in is asked to do wrong, and when: `misbehave.json`.

The file is looked for in this order, and the first one found is taken: the path in the
environment variable CCDEPLOY_STANDIN, `misbehave.json` beside the config as given,
`misbehave.json` in the folder of the executable. It holds one rule or a list of rules; a rule is
an object with conditions and misbehaviours, and every rule whose conditions hold is applied:

    [{"only_port": 8081, "from_start": 2, "until_start": 2, "die_after_ready_s": 0.3}]

Conditions: `only_port`; `from_start` and `until_start` count the starts on that port since the
file's counter was made (`misbehave.json.starts` beside it), the first is 1; `config_contains`, a
text that the config file must contain. Misbehaviours: the fields of Misbehaviour.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

CONDITIONS = frozenset({"only_port", "from_start", "until_start", "config_contains"})


class Misbehaviour(NamedTuple):
    """Everything that the stand-in can do wrong; the defaults are good behaviour."""

    boot_s: float = 0.0  # takes so long before it binds its port
    exit_while_booting: int | None = None  # ends with this status after some lines of log
    never_ready: bool = False  # lives and never binds its port
    bind_other_port: bool = False  # binds a port that the system chooses
    die_after_ready_s: float | None = None  # ends without a word so long after it bound its port
    deaf_to_sigterm: bool = False  # ignores SIGTERM
    readiness_status: int = 200  # what /health/readiness answers with
    models_from: str | None = None  # answers /v1/models as soon as a file of this path exists
    drop_models: Sequence[str] = ()  # aliases that it does not serve
    serve_wrong_models: list[str] | None = None  # the names that /v1/models lists instead
    model_info_changes: Mapping[str, dict[str, Any]] = {}  # alias -> litellm_params to change
    ignore_config: str | None = None  # serves the config at this path instead
    always_falls_back: bool = False  # `disable_fallbacks` of a request is not known to it
    no_backlog: bool = False  # has no /health/backlog, as an older LiteLLM
    stream_s: float | None = None  # answers streams by itself, this long, ten numbered chunks a second
    stream_until: str | None = None  # likewise, until a file of this path exists
    log_flood: int = 0  # so many lines of log while it boots
    log_bytes_per_s: int = 0  # writes so much log from its start on
    log_most_bytes: int = 1 << 28  # and stops when it has written so much: the disk is a real one


def load(executable: str, config_path: str, port: int) -> Misbehaviour:
    """Return what to do wrong in this start, which is counted. Raises ValueError for a rule with a typo."""
    path = _found(executable, config_path)
    if path is None:
        return Misbehaviour()
    rules = json.loads(path.read_text(encoding="utf-8"))
    start = _count_start(path.with_name(path.name + ".starts"), port)
    merged: dict[str, Any] = {}
    for rule in rules if isinstance(rules, list) else [rules]:
        _check(rule, path)
        if _holds(rule, config_path, port, start):
            merged |= {key: value for key, value in rule.items() if key not in CONDITIONS}
    return Misbehaviour(**merged)


def _found(executable: str, config_path: str) -> Path | None:
    named = os.environ.get("CCDEPLOY_STANDIN")
    beside = (Path(place).parent / "misbehave.json" for place in (config_path, executable))
    return next((p for p in ([Path(named)] if named else beside) if p.is_file()), None)


def _check(rule: dict[str, Any], path: Path) -> None:
    known = CONDITIONS | set(Misbehaviour._fields)
    if unknown := sorted(set(rule) - known):
        raise ValueError(f"{path}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def _holds(rule: dict[str, Any], config_path: str, port: int, start: int) -> bool:
    text = rule.get("config_contains")
    return (
        rule.get("only_port", port) == port
        and rule.get("from_start", 1) <= start <= rule.get("until_start", start)
        and (text is None or text in Path(config_path).read_text(encoding="utf-8"))
    )


def _count_start(counter: Path, port: int) -> int:
    with counter.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two starts at once count as two
        file.seek(0)
        starts = json.loads(file.read() or "{}")
        starts[str(port)] = starts.get(str(port), 0) + 1
        file.seek(0)
        file.truncate()
        json.dump(starts, file)
    return int(starts[str(port)])
