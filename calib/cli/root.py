"""`calib`: the group, what all commands share, and how errors leave.

Artefacts go to standard output or the named file, sentences to standard error. Exit codes: 0 done,
1 not ready (only where it was asked for), 2 bad input, 3 could not write.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from difflib import get_close_matches
from enum import IntEnum
from functools import wraps
from importlib import import_module
from typing import Any, NoReturn

import click

from calib import __version__
from calib.errors import BadInput, CannotWrite


class Exit(IntEnum):
    """Name the exit codes."""

    DONE = 0
    NOT_READY = 1
    BAD_INPUT = 2
    CANNOT_WRITE = 3
    DEFECT = 4


_MODULES = {
    "ballots": ("ballots", "ballots_seal"),
    "batch": ("batch",),
    "catalog-record": ("schema",),
    "check": ("check",),
    "confirm": ("migrate",),
    "diff": ("diff",),
    "export": ("export", "export_standards"),
    "fill": ("aws_workbook",),
    "import": ("aws_workbook",),
    "log": ("history",),
    "migrate": ("migrate",),
    "milestone": ("milestone",),
    "minutes": ("minutes",),
    "new": ("new",),
    "open": ("open",),
    "plan": ("plan",),
    "portfolio": ("portfolio",),
    "qualify": ("qualify",),
    "report": ("report",),
    "review": ("review",),
    "schema": ("schema",),
    "score": ("score",),
    "undo": ("history",),
}
"""Each command, and the modules of `calib.cli` that register it when imported."""


class _Group(click.Group):
    """Import a command's module when the command is used, and suggest names for typos."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module in _MODULES.get(cmd_name, ()):
            import_module(f"calib.cli.{module}")
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0] if args else ""
        if self.get_command(ctx, name) is None:
            close = get_close_matches(name, self.list_commands(ctx), n=1, cutoff=0.5)
            hint = f" Did you mean `calib {close[0]}`?" if close else ""
            ctx.fail(f"There is no command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with:  calib new acme --partner 'Acme Cloud'   and then   calib score acme",
)
@click.version_option(__version__, prog_name="calib", message="%(prog)s %(version)s")
def main() -> None:
    """Readiness for the AWS Generative AI Competency.

    An assessment is a folder of YAML files. These commands make one, check it, review its texts,
    score it, plan what is missing, and write the readiness report.

    Exit codes: 0 done, 1 not ready (with --require or --fail-under), 2 bad input, 3 could not
    write, 4 a defect of this program.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its code instead of ending the program.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def say(sentence: str) -> None:
    """Print a sentence to a person: on standard error, so that artefacts can be piped."""
    click.echo(sentence, err=True)


def safe(text: str) -> str:
    """Blank out what would move the cursor of a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def leave(message: object, code: Exit) -> NoReturn:
    """End with one clear message."""
    say(f"calib: {safe(str(message))}")
    sys.exit(code)


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Turn the errors of the rooms below into messages and exit codes."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except BadInput as error:
            leave(error, Exit.BAD_INPUT)
        except CannotWrite as error:
            leave(error, Exit.CANNOT_WRITE)
        except click.ClickException:
            raise
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(Exit.DONE)
        except OSError as error:
            leave(f"{error.filename or 'output'}: {error.strerror}", Exit.CANNOT_WRITE)
        except Exception:  # noqa: BLE001  1 means "not ready", so a defect must not end with it
            traceback.print_exc()
            leave("this is a defect of calib; please report it with the lines above", Exit.DEFECT)

    return run
