"""Figures that are put into models.yaml: what changes, and all that must not."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from ccdeploy.errors import Refused
from ccdeploy.settings import load_models
from ccdeploy.settings.editing_models import Figures, with_figures

SHIPPED = (Path(__file__).resolve().parents[2] / "configs" / "models.yaml").read_text()
DIGEST = "sha256:" + "0123456789abcdef" * 4
TINY: Figures = {"file_size": 52_000_000, "layers": 4, "completion": False, "blob": DIGEST}


def changed_lines(before: str, after: str) -> list[str]:
    """The lines that a diff would show as removed and added."""
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in diff if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def edited(text: str, **figures: Figures) -> str:
    """The text with these figures of models that are called NAME:x."""
    return with_figures(text, "m.yaml", {f"{name}:x": value for name, value in figures.items()})


def test_only_what_differs_is_changed_and_comments_stay_where_they_are() -> None:
    """Whoever looks at the diff sees what the host said otherwise, and nothing else."""
    found: Figures = {"file_size": 4_683_087_332, "blob": DIGEST, "num_ctx": 8192}
    assert changed_lines(SHIPPED, with_figures(SHIPPED, "m", {"qwen-fast:latest": found})) == [
        "-    file_size: 4.68GB         # Q4_K_M",
        "+    file_size: 4683087332     # Q4_K_M",
        "-    blob: null",
        "-    num_ctx: null",
        f"+    blob: {DIGEST}",
        "+    num_ctx: 8192",
    ]


def test_a_new_model_comes_last_and_is_laid_out_as_the_others() -> None:
    """A blank line, the same indentation, the keys in their order; models that the host has not stay."""
    after = with_figures(SHIPPED, "m", {"tiny:latest": TINY})
    assert after.startswith(SHIPPED)
    assert after.removeprefix(SHIPPED) == (
        f"\n  tiny:latest:\n    file_size: 52000000\n    layers: 4\n    completion: false\n    blob: {DIGEST}\n"
    )
    assert set(load_models(after, "m").models) == {*load_models(SHIPPED, "m").models, "tiny:latest"}


def test_a_new_key_stands_in_the_order_of_the_reference() -> None:
    """Its comment, and that of the line before, stay with their own lines."""
    text = "models:\n    a:x: # one\n        layers: 3 # of them\n        # nothing yet\n        blob:\n"
    assert edited(text, a={"file_size": 5, "heads": 7, "blob": DIGEST, "num_ctx": 9}) == (
        "models:\n    a:x: # one\n        file_size: 5\n        layers: 3 # of them\n        heads: 7\n"
        f"        # nothing yet\n        blob: {DIGEST}\n        num_ctx: 9\n"
    )


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("models: {}", "models:\n  b:x:\n    layers: 4"),
        ("models: {} # none\n", "models: # none\n  b:x:\n    layers: 4\n"),
        ("models: {a:x: {}}\n", "models: {a:x: {}, b:x: {layers: 4}}\n"),
        ("models:\n  a:x: {}\n", "models:\n  a:x: {}\n\n  b:x:\n    layers: 4\n"),
        ("models:\n  a:x: {heads: 2}", "models:\n  a:x: {heads: 2}\n\n  b:x:\n    layers: 4"),
        ("models:\n  a:x: {num_ctx: }\n# end\n", "models:\n  a:x: {num_ctx: }\n\n  b:x:\n    layers: 4\n# end\n"),
        ("models: {}\r\nschema_version: 1\r\n", "models:\r\n  b:x:\r\n    layers: 4\r\nschema_version: 1\r\n"),
    ],
)
def test_a_model_is_added_to_each_way_of_writing(text: str, after: str) -> None:
    """What comes after the models stays behind them; lines end as they did."""
    assert edited(text, b={"layers": 4}) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("models: {a:x: {}}", "models: {a:x: {layers: 4}}"),
        ("models: {a:x: {heads: 2}}", "models: {a:x: {heads: 2, layers: 4}}"),
        ("models:\n  a:x: {layers: 3, heads: 2} # so\n", "models:\n  a:x: {layers: 4, heads: 2} # so\n"),
        ("models:\n  'a:x':\n    layers: ~\n", "models:\n  'a:x':\n    layers: 4\n"),
        ("models:\n  a:x:\n    layers: !!int '3'\n", "models:\n  a:x:\n    layers: 4\n"),
        ("models:\n  a:x:\n    layers: 12345     # so\n", "models:\n  a:x:\n    layers: 4         # so\n"),
        ("models:\n  a:x:\n    layers: # so\n", "models:\n  a:x:\n    layers: 4 # so\n"),
    ],
)
def test_a_figure_is_changed_in_each_way_of_writing(text: str, after: str) -> None:
    """A file may be laid out as its owner likes."""
    assert edited(text, a={"layers": 4}) == after


def test_a_name_that_yaml_would_take_for_a_number_is_quoted() -> None:
    """1:30 is ninety in YAML 1.1."""
    after = with_figures("models: {}\n", "m", {"1:30": {"layers": 1}, "7b:x": {}})
    assert set(load_models(after, "m").models) == {"1:30", "7b:x"}


@pytest.mark.parametrize(
    "text",
    [
        "models:\n  c:x: &b\n    layers: 3\n  a:x:\n    <<: *b\n    heads: 1\n",
        "models:\n  c:x: &b {layers: 3}\n  a:x: *b\n",
        "models:\n  c:x: {layers: &n 3}\n  a:x: {layers: *n}\n",
    ],
)
def test_what_cannot_be_edited_surely_is_refused(text: str) -> None:
    """An anchor's figure is that of another model too."""
    with pytest.raises(Refused, match="cannot be edited surely"):
        edited(text, a={"layers": 4})


def test_a_faulty_file_is_refused_with_its_faults() -> None:
    """It is left as it is until it is mended."""
    with pytest.raises(Refused) as caught:
        edited("models:\n  a:x: {layers: none}\n", a={"layers": 4})
    assert [f.where for f in caught.value.findings] == ["m.yaml:2"]
