"""The click command of a verb."""

from __future__ import annotations

from typing import Any

import click

from ccdeploy.cli.completing import complete_config, complete_file, complete_option
from ccdeploy.cli.verb import Kind, Option, Verb, Word


def command_of(verb: Verb) -> click.Command:
    """Return the command that does what `verb` describes; invoking it returns the exit code."""

    def invoke(**values: Any) -> int:
        from ccdeploy.cli.session import perform

        return perform(verb, values)

    return click.Command(
        verb.name.split()[-1],
        callback=invoke,
        params=[*_argument(verb), *map(_option, verb.options)],
        help="\n\n".join(part for part in (verb.summary, verb.details) if part),
        short_help=verb.summary,
        epilog=example_text(verb.examples),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def example_text(examples: tuple[str, ...]) -> str:
    """Return the examples as the end of a help text; click keeps the lines after a backspace as they are."""
    lines = "\n".join(f"  {line}" for line in examples)
    return f"\b\n{'Example' if len(examples) == 1 else 'Examples'}:\n{lines}"


def _argument(verb: Verb) -> list[click.Parameter]:
    word: list[click.Parameter] = [click.Argument([verb.word.name], required=False)] if verb.word else []
    if verb.configs == "none":
        return word
    number = -1 if verb.configs == "many" else 1
    shown = "CONFIG" if verb.command else None
    config = click.Argument(["config"], required=False, nargs=number, metavar=shown, shell_complete=complete_config)
    return [*word, config, *([_words(verb.command)] if verb.command else [])]


def _words(word: Word) -> click.Parameter:
    # Click hands on what stands after `--` as it is, options too.
    metavar = f"-- {word.name.upper()}..."
    return click.Argument([word.name], required=False, nargs=-1, metavar=metavar, shell_complete=complete_file)


def _option(option: Option) -> click.Parameter:
    names = [f"--{option.name}", *([f"-{option.short}"] if option.short else [])]
    if option.kind is Kind.FLAG:
        return click.Option(names, is_flag=True, help=option.help)
    if option.kind is Kind.OPTIONAL:
        return click.Option(names, is_flag=False, flag_value="", metavar=f"[{option.metavar}]", help=option.help)
    # Values stay text here: both faces have them judged by the one description.
    return click.Option(
        names,
        multiple=option.kind is Kind.LIST,
        metavar=option.metavar,
        help=option.help,
        shell_complete=lambda _ctx, _param, incomplete: complete_option(option, incomplete),
    )
