"""The man pages in docs/man/: ccdeploy(1), and one for each verb, made of the values that the command line is made of.

click-man would write some of it. It knows click's options, and neither the examples nor exit codes nor `fab`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ccdeploy.cli.fab import fab_example
from ccdeploy.cli.registry import GROUPS, all_verbs, verbs_of
from ccdeploy.cli.verb import Kind, Option, Verb
from ccdeploy.errors import EXIT_CODES
from docs.environment import VARIABLES

FOLDER = "docs/man"
DATE = "2026-11-24"  # of this version; today's would make the pages stale every day
SUMMARY = "deploy the config of a LiteLLM proxy over SSH"
_ARGUMENT = {"none": "", "one": " [CONFIG]", "many": " [CONFIG...]"}
_FILES = (
    ("configs/hosts.yaml", "The hosts: looked for in the current folder, then in those above."),
    ("configs/litellm/NAME.yaml", "A config of LiteLLM's, deployed as NAME."),
    ("configs/models.yaml", "What is known of the models."),
    ("~/ccproxy", "On the host: releases, history, lock and logs, unless `root` says otherwise."),
    ("~/.ssh/config", "Read through `ssh -G`: what the settings leave open about SSH."),
)


def man_pages() -> dict[str, str]:
    """Return each page by its path in the project."""
    pages = {f"{FOLDER}/ccdeploy.1": _main()}
    return pages | {f"{FOLDER}/{_page(verb)}.1": _verb(verb) for verb in all_verbs()}


def _main() -> str:
    verbs = [
        part
        for title, words in GROUPS.items()
        for part in (
            f".SS {_text(title)}",
            *_tagged((f"{verb.name}{_given(verb)}", verb.summary) for word in words for verb in verbs_of(word)),
        )
    ]
    return _lines(
        *_head("ccdeploy", SUMMARY),
        ".SH SYNOPSIS",
        ".B ccdeploy",
        ".I VERB",
        "[OPTIONS]",
        ".SH DESCRIPTION",
        *_wrapped(
            "ccdeploy brings a LiteLLM config to a host. The new proxy boots beside the old one and is verified; "
            "only then does it serve. If something fails, ccdeploy goes back to what served, and the exit status "
            "says how it ended. No verb makes Ollama load a model. The same verbs are tasks of fab."
        ),
        ".SH VERBS",
        "Each has a page of its own, such as",
        ".BR ccdeploy\\-deploy (1).",
        *verbs,
        ".SH EXIT STATUS",
        *_tagged((str(code), f"{meaning[0].upper()}{meaning[1:]}.") for code, meaning in EXIT_CODES.items()),
        ".SH ENVIRONMENT",
        *_tagged(VARIABLES),
        ".SH FILES",
        *_tagged(_FILES),
        ".SH SEE ALSO",
        ".BR ssh (1),",
        ".BR ssh_config (5)",
    )


def _verb(verb: Verb) -> str:
    task = verb.name.replace(" ", ".")
    examples = [*verb.examples, *(fab_example(verb, line) for line in verb.examples)]
    options = [".SH OPTIONS", *_tagged((_option(option), option.help) for option in verb.options)]
    return _lines(
        *_head(_page(verb), verb.summary.rstrip(".")),
        ".SH SYNOPSIS",
        f".B ccdeploy {_text(verb.name)}",
        _text(_given(verb, " [OPTIONS]").strip()),
        ".br",
        f".B fab {_text(task)}",
        "[OPTIONS]",
        ".SH DESCRIPTION",
        *_wrapped(f"{verb.summary} {verb.details}".strip()),
        *(options if verb.options else ()),
        ".SH EXAMPLES",
        ".nf",
        *map(_text, examples),
        ".fi",
        ".SH EXIT STATUS",
        "0 if it is done. The others are listed in",
        ".BR ccdeploy (1).",
        ".SH SEE ALSO",
        ".BR ccdeploy (1)",
    )


def _given(verb: Verb, options: str = "") -> str:
    """Return what stands after a verb, with a place for its options."""
    if verb.command:
        return f" CONFIG{options} -- {verb.command.name.upper()}..."
    needed = f" {verb.word.name.upper()}" if verb.word and verb.word.needed else ""
    return f"{needed}{_ARGUMENT[verb.configs]}{options}"


def _page(verb: Verb) -> str:
    return f"ccdeploy-{verb.name.replace(' ', '-')}"


def _head(name: str, summary: str) -> tuple[str, ...]:
    return (
        '.\\" Made by python -m docs.generate from the verbs themselves.',
        f".TH {_text(name.upper())} 1 {DATE} ccdeploy",
        ".SH NAME",
        f"{_text(name)} \\-",
        *_wrapped(summary),
    )


def _tagged(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return a list of terms, each with its meaning below it."""
    return [line for term, meaning in pairs for line in (".TP", f".B {_text(term)}", *_wrapped(meaning))]


def _option(option: Option) -> str:
    names = [f"-{option.short}"] if option.short else []
    value = "" if option.kind is Kind.FLAG else f" {option.metavar}"
    return ", ".join(f"{name}{value}" for name in [*names, f"--{option.name}"])


def _wrapped(text: str) -> list[str]:
    return [_text(line) for line in textwrap.wrap(text, 72, break_on_hyphens=False)]


def _text(text: str) -> str:
    """Return a text as roff takes it literally: hyphens are not dashes, and no line is a request."""
    plain = text.replace("`", "").replace("\\", "\\e").replace("-", "\\-")
    plain = plain.replace("\u2026", "...")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line) + "\n"
