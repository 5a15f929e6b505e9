"""YAML with lines, and texts that were built to hurt."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ccdeploy.yamltext import MAX_DEPTH, MAX_NODES, dump, load

LAUGHS = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)
)


def test_every_key_and_value_knows_its_line() -> None:
    """Findings are file:line."""
    document = load("# head\na: 1\nb:\n  - x: 1\n    y:\n      deep\n  - z\n", "f.yaml")
    assert document.value == {"a": 1, "b": [{"x": 1, "y": "deep"}, "z"]}
    assert [document.line_of(p) for p in (("a",), ("b",), ("b", 0, "y"), ("b", 1))] == [2, 3, 5, 7]
    assert document.value_line_of(("b", 0, "y")) == 6
    assert document.where(("b", 1)) == "f.yaml:7"


def test_a_path_that_does_not_exist_has_the_line_of_what_is_around_it() -> None:
    """A key that is missing has no line of its own."""
    assert load("a: 1\nb:\n  c: 2\n", "f").line_of(("b", "nowhere", 3)) == 2


def test_yaml_1_1_is_kept_as_litellm_reads_it() -> None:
    """A switch that we read as text and LiteLLM as a truth would be judged wrongly."""
    text = "a: yes\nb: 012\nc: 1:30\nd: 1_000\ne: ~\nf: off\n"
    assert load(text, "f").value == yaml.safe_load(text)


def test_merged_keys_keep_the_line_of_where_they_stand() -> None:
    """`<<` is how people share parameters between models."""
    document = load("x: &x\n  a: 1\n  b: 2\ny:\n  <<: *x\n  b: 3\n", "f")
    assert document.value["y"] == {"a": 1, "b": 3}
    assert (document.line_of(("y", "a")), document.line_of(("y", "b"))) == (2, 6)
    assert document.findings == ()


def test_a_duplicate_key_is_a_finding_beside_the_value_that_wins() -> None:
    """PyYAML takes the last one without a word."""
    document = load("a: 1\nb: {c: 1, c: 2}\na: 3\n", "f")
    assert document.value == {"a": 3, "b": {"c": 2}}
    assert [(f.code, f.where) for f in document.findings] == [
        ("yaml-duplicate-key", "f:2"),
        ("yaml-duplicate-key", "f:3"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("", "yaml-empty", "f"),
        (b"", "yaml-empty", "f"),
        (" \n\n", "yaml-empty", "f"),
        ("# only a comment\n", "yaml-empty", "f"),
        ("a: 1\nb: [1, 2\nc: 3\n", "yaml-syntax", "f:3"),
        ("a:\n\tb: 1\n", "yaml-syntax", "f:2"),
        ("a: b: c\n", "yaml-syntax", "f:1"),
        ("a: *nowhere\n", "yaml-syntax", "f:1"),
        ("? [a]\n: 1\n", "yaml-syntax", "f:1"),
        ("a: 1\nb: !!python/object/apply:os.system [id]\n", "yaml-unsafe-tag", "f:2"),
        ("a: !mine 1\n", "yaml-unsafe-tag", "f:1"),
        ("a: 1\n---\nb: 2\n", "yaml-documents", "f:2"),
        ("a: 1\nb: \x07\n", "yaml-control-character", "f:2"),
        (b"a: 1\nb: \xff\n", "yaml-encoding", "f:2"),
        ("a: 1\nb: {c: [2024-13-45]}\nd: 2\n", "yaml-value", "f:2"),
        ("a: 1\nb: 0x" + "f" * 60_000, "yaml-value", "f:2"),
        ("a: 1" + ":59" * 20_000, "yaml-value", "f:1"),
        ("a: 1" + ":59" * 20_000 + ".5", "yaml-value", "f:1"),
        ("9" * 101 + ": a", "yaml-value", "f:1"),
        ("a: &a '" + "x" * 60_000 + "'\nb: [" + "*a," * 900 + "]\n", "yaml-too-large", "f:1"),
        (b"a: '" + "\u6a21".encode() * 3_000_000, "yaml-too-large", "f"),
        ("a: " + "x" * 70_000, "yaml-too-large", "f:1"),
        ("a: 1\n" + "#" * 2_000_001, "yaml-too-large", "f"),
        ("[" * 5000, "yaml-too-large", "f:1"),
        ("a: &a [*a]\n", "yaml-too-large", "f:1"),
        (LAUGHS, "yaml-too-large", None),
        ("a: &a 1\nb: [" + "*a," * 1001 + "]\n", "yaml-too-large", "f:2"),
        ("[" + "1," * MAX_NODES + "]", "yaml-too-large", "f:1"),
    ],
)
def test_a_text_that_cannot_be_used_is_one_finding_with_a_remedy(
    text: str | bytes, code: str, where: str | None
) -> None:
    """Bombs included: they end before anything expands."""
    document = load(text, "f")
    (finding,) = document.findings
    assert (finding.code, document.value, document.is_readable) == (code, None, False)
    assert finding.hint
    assert where is None or finding.where == where


def test_what_litellm_could_nest_is_read() -> None:
    """The limit is far above any config."""
    depth = MAX_DEPTH - 1
    assert load("[" * depth + "]" * depth, "f").is_readable


def test_a_bom_and_windows_line_ends_are_read() -> None:
    """Files come from every editor."""
    document = load(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "f")
    assert document.value == {"a": 1, "b": 2}
    assert document.line_of(("b",)) == 2


def test_what_is_written_is_read_back_and_anchors_stand_where_they_were_used() -> None:
    """A config that was cut is uploaded as it is written here: a reader that saw another value would serve it."""
    value = load(f"{ODD}\nagain: &x {{a: 1}}\nthere: *x\n", "f").value
    text = dump(value, "one line\nand another")
    assert load(text, "f").value == value == yaml.safe_load(text)
    assert text.startswith(b"# one line\n# and another\n")
    assert b"&" not in text
    assert dump(value) == dump(load(dump(value), "f").value)


ODD = (
    'a: "1-10"\nb: "yes"\nc: "12:30"\nd: 1_000\ne: 2024-01-31\n'
    'f: "line\\n\\u2028 \\ud800"\ng: ~\n5: x\nh: 1e3\ni: "1e3"'
)


@given(st.text(alphabet="ab:-[]{}&*!|>\"'#%@`,? \n\t0", max_size=60))
def test_no_text_raises(text: str) -> None:
    """Whatever a file holds ends in a value or a finding, and the value is PyYAML's."""
    document = load(text, "f")
    assert document.is_readable or document.findings
    if document.is_readable:
        assert document.value == yaml.safe_load(text)
