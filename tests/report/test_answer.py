"""The text of every result."""

from __future__ import annotations

from dataclasses import is_dataclass, replace

import pytest

from ccdeploy import results
from ccdeploy.findings import error, note, warning
from ccdeploy.report.answer import answer_lines, remark
from ccdeploy.report.look import Look
from ccdeploy.report.verdict import verdict
from ccdeploy.results import (
    AbsentModel,
    AskedName,
    Attempt,
    Check,
    CheckReport,
    CommandRun,
    Completion,
    ConfigChange,
    ConfigReport,
    Deep,
    Diff,
    Doctor,
    Figure,
    History,
    HistoryEntry,
    HostPromise,
    Init,
    Inventory,
    InventoryModel,
    LockState,
    Log,
    MadeTrace,
    NextStep,
    Plan,
    ReleaseEntry,
    Replays,
    Run,
    Setup,
    Status,
    Verification,
    Watch,
)  # fmt: skip

LOOK = Look(has_unicode=True)
SEEN = Verification((Check("listener", "process", "ok", "pid 1"),), 2, 0, ("a", "b"), 0, "not polled")
BROKEN = Verification(
    (Check("served models", "proxy", "failed", "missing: b"), Check("tags", "ollama", "known", "down")),
    1, 1, ("a",), 0, "not polled", "qwen left",
)  # fmt: skip
ENTRY = HistoryEntry("2026-01-31T12:00:00Z", "deploy", "deployed", "7f3a", None, "tdd", "ada", 21.4, 8500)
ATTEMPT = Attempt("deploy", "studio", "deployed", "8b21", "7f3a", "tdd", 21.4, 8500, verification=SEEN)
EXAMPLES: list[object] = [
    ATTEMPT,
    SEEN,
    CheckReport("configs/hosts.yaml", (), (ConfigReport("tdd", "tdd.yaml", (), ("a",)),)),
    Status("studio", "serving", 8081),
    History("studio", (ENTRY,), ()),
    Doctor("studio", (), ("litellm 1.106.2",)),
    Inventory("studio", "http://127.0.0.1:11434", "0.33.0", (InventoryModel("tiny:latest", 52_000_000),)),
    Setup("studio", "/srv", ("releases/",), ()),
    Diff("studio", "7f3a", "tdd", ("+a",), (ConfigChange("model", "added", "a"),)),
    Log("studio", "a.log", ("one",)),
    LockState("studio", False),
    Watch("studio", "http://127.0.0.1:11434", "2026-01-31T12:00:00Z", 600.0, 3, 2, 1, ()),
    Init("/srv/p", "studio", ("configs/hosts.yaml",), (), (), (NextStep("ccdeploy check", "judge every file"),)),
    Plan("tdd", 32_000_000_000, "--memory", "0.33.0", 30.0, 2.2e9, ()),
    Replays(({"name": "one", "events": [], "requests": []},)),
    Run("studio", "large", "gone-back", ATTEMPT, CommandRun("./task", 0, 3.5), ATTEMPT),
    MadeTrace("ollama", {"name": "a", "models": {"q": {}}, "requests": [{"at_s": 0.0}, {"at_s": 90.0}]}, {"alias": 1}),
    Completion("bash", "complete -F _x ccdeploy"),
]


def text(result: object, look: Look = LOOK) -> str:
    """Return a result's lines as one text."""
    return "\n".join(answer_lines(result, "studio", look))


def test_every_result_has_a_text() -> None:
    """A verb whose result cannot be shown would end in a crash after it has done its work."""
    kinds = {
        kind for kind in vars(results).values()
        if isinstance(kind, type) and is_dataclass(kind) and kind.__module__.startswith(f"{results.__name__}.")
        and (hasattr(kind, "exit_code") or "exit_code" in kind.__dataclass_fields__)
    }  # fmt: skip
    assert kinds == {type(example) for example in EXAMPLES}
    for example in EXAMPLES:
        assert text(example)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_a_text_without_signs_is_ascii(example: object) -> None:
    """A serial console shows it as it was meant."""
    assert text(example, Look()).isascii()


def test_a_deploy_tells_what_serves_and_what_it_cost() -> None:
    """Downtime and model loads are the promises; people look for them first."""
    assert text(EXAMPLES[0]).splitlines() == [
        "✓ studio serves config 'tdd', release 8b21",
        "  models    2: a, b",
        "  health    healthy 2, unhealthy 0, model loads 0",
        "  before    7f3a",
        "  downtime  8500 ms",
        "  took      21.4 s",
    ]


def test_an_unknown_downtime_is_not_zero() -> None:
    """None means that nothing was switched; 0 ms would be a claim."""
    assert "downtime" not in text(Attempt("deploy", "studio", "nothing-to-do", "7f3a"))
    assert "downtime  0 ms" in text(Attempt("deploy", "studio", "deployed", "7f3a", downtime_ms=0))


def test_a_rehearsal_says_that_nothing_was_changed() -> None:
    """It must not be taken for a deploy."""
    lines = text(
        Attempt("deploy", "studio", "rehearsed", planned=("stage", "boot"), expected_gap="about 9 s")
    ).splitlines()
    assert lines == [
        "· rehearsal: nothing was changed on studio; a deploy would", "  1. stage", "  2. boot",
        "  expected gap  about 9 s",
    ]  # fmt: skip


def test_an_upgrade_tells_the_version_that_serves() -> None:
    """It is what was asked for; whether it was there already or not."""
    done = Attempt("upgrade", "studio", "upgraded", "8b21", "7f3a", "tdd", litellm_version="1.108.0")
    assert text(done).splitlines()[0] == "✓ studio serves config 'tdd', release 8b21, with litellm 1.108.0"
    assert "8b21, with litellm 1.108.0" in text(replace(done, outcome="nothing-to-do"))
    assert "; an upgrade would" in text(replace(done, outcome="rehearsed"))


def test_a_verification_names_each_check_and_whom_to_blame() -> None:
    """The first thing to know is which part is at fault."""
    shown = text(BROKEN)
    assert "✗ served models  missing: b [the proxy]" in shown
    assert "! tags           down [Ollama, as before]" in shown
    assert "qwen left" in shown
    for line in ("healthy      1", "unhealthy    1", "models       a", "model_loads  0"):
        assert line in shown
    assert verdict(BROKEN) == "1 check failed: served models"


def test_a_deep_verification_tells_the_loads_that_were_announced_and_those_that_were_counted() -> None:
    """Two figures that differ are what a person should look into."""
    asked = AskedName("a", 1, ("tiny:latest",), False, True, (), True, 0.4, ("tiny:latest",))
    shown = text(replace(SEEN, model_loads=1, deep=Deep((asked,), 1, 1, (), 1, ("big:7b",))))
    for line in (
        "model_loads  1",
        "announced    1 load",
        "counted      1 load; loaded meanwhile for somebody else: big:7b",
    ):
        assert line in shown
    shown = text(replace(SEEN, deep=Deep((), None, 2, ("the memory",), None)))
    assert "announced    2 or more loads; not known: the memory" in shown
    assert "counted      not known" in shown


def test_checks_that_the_screen_has_already_are_not_shown_again() -> None:
    """The live list has just told them, two lines above."""
    assert answer_lines(SEEN, "studio", LOOK, was_told=True)[0] == "host         studio"


def test_what_was_made_by_hand_is_by_hand_once() -> None:
    """The first status after a rollback to it said "by by hand"."""
    made = Status("studio", "serving", 8081, deployed_at="2026-11-23T18:24:11Z", deployed_by="by hand from studio")
    assert "2026-11-23T18:24:11Z by hand from studio" in text(made)
    assert "Z by ada from laptop" in text(replace(made, deployed_by="ada from laptop"))


def test_status_shows_drift_and_marks_it() -> None:
    """Drift is why the verb ends with 8."""
    shown = text(Status("studio", "serving", 8081, release="7f3a", drift=("config.yaml is no link",)))
    assert shown.startswith("✗ studio: the proxy serves, port 8081")
    assert "✗ config.yaml is no link" in shown


def test_history_shows_attempts_and_marks_the_current_release() -> None:
    """A person picks the release for `rollback --to` from here."""
    kept = ReleaseEntry("7f3a", "verified", "tdd", "2026-01-31T12:00:00Z", "ada", True)
    shown = text(History("studio", (ENTRY,), (kept,)))
    assert "2026-01-31T12:00:00Z  deploy  deployed  7f3a     tdd     21.4 s  8500 ms   ada" in shown
    assert "*  7f3a     verified" in shown


def test_check_shows_the_worst_first_under_its_file() -> None:
    """What refuses a deploy must not drown in notes."""
    found = (note("n", "tdd.yaml:1", "first"), error("e", "tdd.yaml:9", "last", "mend it"))
    report = CheckReport("configs/hosts.yaml", (), (ConfigReport("tdd", "tdd.yaml", found),))
    assert text(report).splitlines() == [
        "✓ configs/hosts.yaml", "✗ tdd.yaml", "  ✗ tdd.yaml:9: last; mend it [e]", "  · tdd.yaml:1: first [n]",
    ]  # fmt: skip
    assert verdict(report) == "1 error; nothing was touched"


def test_doctor_tells_what_is_wrong_then_the_promises_then_what_is_in_order() -> None:
    """What is to be done comes first, on a line of its own; a list of faults alone does not say what was looked at."""
    found = (
        note("path", "studio", "no homebrew"),
        error("disk", "studio", "2 GB left", "ssh studio 'rm x'"),
        warning("env", ".env:3", "twice"),
    )
    promise = HostPromise("no model loaded", "no", "Traefik's health check calls models", ("the remedy above",))
    assert text(Doctor("studio", found, ("litellm 1.106.2",), (promise,))).splitlines() == [
        "✗ studio is not fit: 1 error, 1 warning, 1 note",
        "✗ 2 GB left [disk]",
        "  → ssh studio 'rm x'",
        "! .env:3: twice [env]",
        "· no homebrew [path]",
        "",
        "As it is set up",
        "✗ no model loaded: no; Traefik's health check calls models",
        "  missing: the remedy above",
        "",
        "In order",
        "✓ litellm 1.106.2",
    ]


def test_doctor_breaks_sentences_at_the_width_and_never_a_remedy() -> None:
    """A line that the terminal breaks is pasted as two."""
    remedy = "ssh studio 'systemctl --user disable --now litellm.service'"
    found = (error("supervisor", "studio", "the user's systemd starts a litellm too", remedy),)
    lines = answer_lines(Doctor("studio", found), "studio", Look(has_unicode=True, width=30))
    assert lines[1:] == ["✗ the user's systemd starts a", "  litellm too [supervisor]", f"  → {remedy}"]


def test_a_host_without_a_finding_is_fit() -> None:
    """One look at the first line is enough."""
    assert text(Doctor("studio", ())).splitlines() == ["✓ studio is fit"]


def test_models_are_a_table_and_what_is_said_otherwise_comes_below() -> None:
    """One look shows which figure is wrong, and which model a config waits for in vain."""
    seen = InventoryModel(
        "qwen-fast:latest", 4_683_087_332, 28, 28, 4, 3584, 128, trained_context=32_768,
        blob=f"sha256:{'0123456789ab' * 6}", quantization="Q4_K_M", is_written=True,
        figures=(Figure("layers", "29", "28"), Figure("num_ctx", None, "5")),
    )  # fmt: skip
    odd = InventoryModel("gone:latest", 5, fault="/api/show answered 404")
    absent = (AbsentModel("a:7b", ("tdd", "two")), AbsentModel("b:7b"))
    found = Inventory("studio", "http://127.0.0.1:11434", "0.33.0", (odd, seen), absent, 48 * 2**30, "/var/o.log")
    assert text(found).splitlines() == [
        "✓ studio: Ollama 0.33.0 at http://127.0.0.1:11434 has 2 models",
        "  memory  48.0 GiB for models, as /var/o.log says",
        "   NAME              SIZE    QUANT   LAYERS  HEADS  KV  DIM  TRAINED  NUM_CTX  BLOB",
        "!  gone:latest       5 B     -       -       -      -   -    -        -        -",
        "!  qwen-fast:latest  4.7 GB  Q4_K_M  28      28     4   128  32768    -        0123456789ab",
        "! gone:latest: its shape is not known: /api/show answered 404",
        "! qwen-fast:latest: layers is 28, not 29 as in configs/models.yaml",
        "✗ a:7b: not there, and named by tdd, two",
        "  → on the host, `ollama pull a:7b`",
        "· b:7b: not there, and known to configs/models.yaml",
    ]
    saved = text(replace(found, models=(seen,), absent=(), saved=("qwen-fast:latest: layers 29 -> 28",)))
    assert saved.splitlines()[-2:] == ["  qwen-fast:latest: layers 29 -> 28", "✓ configs/models.yaml was written"]
    assert text(replace(found, saved=())).splitlines()[-1] == "✓ configs/models.yaml says all of it already"


def test_models_without_a_known_memory_say_so() -> None:
    """A plan for them would be a guess."""
    remote = InventoryModel("big:cloud", 384, completion=True, is_remote=True)
    embeds = InventoryModel("nomic:latest", 5, completion=False)
    shown = text(Inventory("studio", "http://x", "0.33.0", (remote, embeds)))
    assert "memory  not known" in shown
    assert "on ollama.com" in shown
    assert "embeds" in shown
    assert text(Inventory("studio", "http://x", "0.33.0", ())).splitlines()[0].endswith("has 0 models")


def test_a_held_lock_names_its_owner_and_not_its_id() -> None:
    """The id proves who may free it; it is of no use to a reader."""
    shown = text(LockState("studio", True, {"id": "s3cr3t", "who": "ada", "manual": True}, 90.0))
    assert shown.splitlines()[0] == "· studio: the lock is held, for 1 min 30 s"
    assert "ada" in shown
    assert "s3cr3t" not in shown


def test_an_empty_diff_is_silent_on_stdout_and_says_so_beside() -> None:
    """`ccdeploy diff | wc -l` is 0 when nothing would change, and a person is not left wondering."""
    same = Diff("studio", "7f3a", "tdd", ())
    assert text(same) == ""
    assert remark(same) == "studio: config 'tdd' is what release 7f3a has already"
