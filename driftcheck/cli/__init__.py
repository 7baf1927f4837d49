"""The command line: one module a command. The only place that prints or exits."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from typer._click import Context
from typer._click.exceptions import NoSuchOption, UsageError
from typer.core import TyperCommand, TyperGroup

from driftcheck import __version__
from driftcheck.cli import check, collectors, compare, explain, rules, show
from driftcheck.cli.session import Session
from driftcheck.errors import DriftcheckError, did_you_mean

COMMANDS = {
    "check": check,
    "compare": compare,
    "show": show,
    "explain": explain,
    "rules": rules,
    "collectors": collectors,
}

WITHOUT_CONFIGURATION = (compare, collectors)

WRONG_USAGE = 2
INTERRUPTED = 130

GLOBAL = ("config", "quiet", "verbose", "no_color")
"""Options that may stand before a command's name or behind it: `driftcheck -q check`, `driftcheck check -q`."""


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    session = Session()
    try:
        code = _group().main(arguments, prog_name="driftcheck", standalone_mode=False, obj=session)
    except UsageError as error:
        session.complain(*_wrong_usage(error))
    except DriftcheckError as error:
        session.complain(error, error.hint)
    except Exception as error:
        _confess(session, error)
    else:
        if code == INTERRUPTED:  # typer turns a KeyboardInterrupt into this
            session.complain("interrupted")
        return int(code or 0)
    return WRONG_USAGE


class _Command(TyperCommand):
    """A command that hands the global options found behind its name to the session."""

    def invoke(self, ctx: Context) -> object:
        for name in GLOBAL:
            ctx.obj.set(name, ctx.params.pop(name, ""))
        return super().invoke(ctx)


def _wrong_usage(error: UsageError) -> tuple[str, str]:
    """Return what is wrong with a command line, and what to do about it."""
    if isinstance(error, NoSuchOption) and error.possibilities:
        return error.message, did_you_mean(error.option_name, error.possibilities)
    return error.format_message(), f"`{error.ctx.command_path} --help` shows what there is" if error.ctx else ""


def _confess(session: Session, error: Exception) -> None:
    """Own up to a bug without showing what an exception says: that may be a value, and so a secret."""
    advice = "please report it, with what the same command prints under `-v`"
    session.complain(f"internal error ({type(error).__name__}): this is a bug in driftcheck", advice)
    for line in _frames(error):
        session.log(line)


def _frames(error: BaseException) -> Iterator[str]:
    if cause := error.__cause__ or error.__context__:
        yield from _frames(cause)
    yield type(error).__name__
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} in {frame.name}"


def _group() -> TyperGroup:
    app = typer.Typer(
        rich_markup_mode=None,  # rich help costs 80 ms, and wraps examples
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=_examples("driftcheck compare envs/staging envs/production\ndriftcheck check --help"),
    )
    app.callback(invoke_without_command=True)(_global)
    for name, module in COMMANDS.items():
        app.command(name, cls=_Command, epilog=_examples(module.EXAMPLE))(module.command)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    for name, command in group.commands.items():
        shared = [each for each in GLOBAL if each != "config" or COMMANDS[name] not in WITHOUT_CONFIGURATION]
        command.params += [option for option in group.params if option.name in shared]
    return group


def _examples(lines: str) -> str:
    return "Examples:\n\n\b\n" + "\n".join("  " + line for line in lines.strip().splitlines())


def _global(
    context: typer.Context,
    config: Annotated[
        str, typer.Option("-c", "--config", metavar="FILE", help="Default: the nearest driftcheck.yaml upwards.")
    ] = "",
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print the report and errors alone.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Log to stderr what is being done.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colour, as with NO_COLOR.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Find configuration drift between staging and production before it becomes an incident."""
    if version:
        context.obj.write(f"driftcheck {__version__}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.obj.say(context.get_help())
        raise typer.Exit(WRONG_USAGE)
    for name, value in (("config", config), ("quiet", quiet), ("verbose", verbose), ("no_color", no_color)):
        context.obj.set(name, value)
