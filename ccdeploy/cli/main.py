"""`ccdeploy`: the command, its help by groups, and the exit code of everything that can go wrong before a verb."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NoReturn

import click

from ccdeploy import __version__
from ccdeploy.cli.command import command_of, example_text
from ccdeploy.cli.registry import FAMILIES, GROUPS, WORDS, verbs_of
from ccdeploy.cli.streams import open_streams, whole_stdout
from ccdeploy.errors import EXIT_CODES, Interrupted, UsageFault

_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Verbs(click.Group):
    """The verbs by groups; a verb's module is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the words in the order of the help."""
        return list(WORDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb's command, or the family of its subverbs."""
        if cmd_name not in WORDS:
            return None
        verbs = verbs_of(cmd_name)
        if cmd_name not in FAMILIES:
            return command_of(verbs[0])
        commands = {verb.name.split()[-1]: command_of(verb) for verb in verbs}
        examples = tuple(verb.examples[0] for verb in verbs)
        return click.Group(
            cmd_name, commands, help=FAMILIES[cmd_name], epilog=example_text(examples), context_settings=_HELP
        )

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section a group."""
        for title, words in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(word, FAMILIES.get(word) or verbs_of(word)[0].summary) for word in words])
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in EXIT_CODES.items()])


group = Verbs(
    "ccdeploy",
    help="Deploy the config of a self-hosted LiteLLM proxy over SSH: no request lost, no model loaded, "
    "no host stranded.",
    epilog=example_text(("ccdeploy check", "ccdeploy deploy tdd-pipeline --host studio", "ccdeploy deploy --help")),
    context_settings=_HELP,
    params=[
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, help="Show the version and exit.",
            callback=lambda ctx, _param, wanted: _show_version(ctx) if wanted else None,
        )
    ],
)  # fmt: skip


def main() -> NoReturn:
    """Begin as the command does: for scripts of an earlier installation, which begin here."""
    from ccdeploy.cli import begin

    begin.main()


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code."""
    open_streams()
    code = 0
    with whole_stdout():
        try:
            code = group.main(list(arguments), prog_name="ccdeploy", standalone_mode=False) or 0
            sys.stdout.flush()
        except click.ClickException as exc:
            code = _refuse(exc, arguments)
        except (KeyboardInterrupt, click.Abort):
            code = Interrupted.exit_code
    return code


def _refuse(exc: click.ClickException, arguments: Sequence[str]) -> int:
    from ccdeploy.cli.session import fail

    ctx = getattr(exc, "ctx", None)
    path = ctx.command_path if ctx else "ccdeploy"
    if isinstance(exc, click.exceptions.NoArgsIsHelpError):
        click.echo(exc.message, err=True)
        return UsageFault.exit_code
    error = UsageFault(_lowered(_message(exc, ctx)), hint=f"see {path} --help")
    verb = path.removeprefix("ccdeploy").strip() or None
    means = next((one.told for one in verbs_of(verb) if one.name == verb), verb) if verb in WORDS else verb
    return fail(error, means, None, "--json" in arguments)


def _message(exc: click.ClickException, ctx: click.Context | None) -> str:
    """Return click's message; for an unknown verb or option ours, with the nearest one: click's differ by version."""
    group = ctx.command if ctx else None
    if isinstance(exc, click.NoSuchOption):  # of several that are near, click names all
        near = get_close_matches(exc.option_name, exc.possibilities or [], 1)
        return f"no such option '{exc.option_name}'" + (f"; did you mean '{near[0]}'?" if near else "")
    if not isinstance(group, click.Group) or "ommand" not in exc.message:
        return exc.format_message()
    asked = exc.message.split("'")[1] if exc.message.count("'") >= 2 else ""
    words = group.list_commands(ctx) if ctx else []
    near = get_close_matches(asked, words, 1)
    among = f"; write {' or '.join(words)}" if group.name in FAMILIES else ""
    return f"there is no verb '{asked}'" + (f"; did you mean {near[0]}?" if near else among)


def _lowered(message: str) -> str:
    text = message.replace("\n", " ").replace(". Did you", "; did you").removesuffix(".")
    return text[:1].lower() + text[1:]


def _show_version(ctx: click.Context) -> None:
    click.echo(f"ccdeploy {__version__}")
    ctx.exit()
