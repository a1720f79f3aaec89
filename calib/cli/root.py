"""Command group `calib`: lazy loading of commands, output streams, errors and exit codes.

Commands are loaded lazily. `_MODULES` maps each command to the modules that register it, and a
command imports the packages it needs inside its function. `calib --help` and the light commands
then start without loading pydantic models, plotly or JupyterLab.

Artefacts go to standard output or to a file, messages to standard error. Exit codes: 0 done,
1 not ready (only with --require or --fail-under), 2 bad input, 3 cannot write, 4 internal error.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from difflib import get_close_matches
from enum import IntEnum
from functools import wraps
from importlib import import_module
from typing import NoReturn, ParamSpec

import click

from calib import __version__
from calib.errors import BadInput, CannotWrite
from calib.text import blank_invisible

# pydantic looks for plugins in the metadata of every installed distribution, which costs each
# command about 0.05 s. Set here, at an edge, and not in `calib.model`.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

_Params = ParamSpec("_Params")


class ExitCode(IntEnum):
    """Exit codes of the command line."""

    DONE = 0
    NOT_READY = 1
    BAD_INPUT = 2
    CANNOT_WRITE = 3
    DEFECT = 4


_MODULES = {
    "ballots": ("ballots", "ballots_compare", "ballots_seal"),
    "batch": ("batch",),
    "catalog-record": ("schema",),
    "check": ("check",),
    "confirm": ("migrate",),
    "diff": ("diff",),
    "evidence": ("evidence",),
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
"""Each command and the modules of `calib.cli` that register it when imported."""


class SuggestingGroup(click.Group):
    """Command group that suggests the closest command for a typo."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that `args` starts with; fails with a suggestion."""
        name = args[0]
        if self.get_command(ctx, name) is None:
            close = get_close_matches(name, self.list_commands(ctx), n=1, cutoff=0.5)
            hint = f" Did you mean `{ctx.command_path} {close[0]}`?" if close else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


class LazyGroup(SuggestingGroup):
    """Command group that imports a command's modules when the command is used."""

    group_class = SuggestingGroup

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all command names, loaded or not."""
        del ctx
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the modules of a command, then return it."""
        for module in _MODULES.get(cmd_name, ()):
            import_module(f"calib.cli.{module}")
        return super().get_command(ctx, cmd_name)


@click.group(
    "calib",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="calib", message="%(prog)s %(version)s")
def main() -> None:
    """Assess readiness for the AWS Generative AI Competency.

    An assessment is a folder of YAML files, called DIR below. Create one, fill it in, validate and
    score it, plan the remaining work and create the readiness report.

    \b
    Examples:
      calib new acme --partner "Acme Cloud"   # create an assessment
      calib check acme                        # validate its files
      calib score acme                        # show readiness, gates and levels
      calib plan acme                         # show the remaining work
      calib report acme -o reports/acme       # create the report

    The examples strong, halfway and insufficient are built in: use example:halfway as DIR.

    \b
    Exit codes:
      0  done
      1  not ready (with --require or --fail-under), or a conflict to resolve
      2  bad input
      3  cannot write
      4  internal error of calib
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal without UTF-8 would raise UnicodeEncodeError at the first such character.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def print_message(message: str) -> None:
    """Print a message on standard error, so that standard output can be piped."""
    click.echo(message, err=True)


def printable(text: str) -> str:
    """Replace control characters and escape sequences, which could move the cursor, by spaces."""
    return blank_invisible(text).replace("\t", " ")


def exit_with(message: object, code: ExitCode) -> NoReturn:
    """Print a message and exit."""
    print_message(f"calib: {printable(str(message))}")
    sys.exit(code)


def handle_errors(command: Callable[_Params, None]) -> Callable[_Params, None]:
    """Decorate a command: print errors as messages and exit with their code."""

    @wraps(command)
    def run(*args: _Params.args, **kwargs: _Params.kwargs) -> None:
        try:
            command(*args, **kwargs)
            # A full disk is only noticed when the buffer is written.
            sys.stdout.flush()
        except BadInput as error:
            exit_with(error, ExitCode.BAD_INPUT)
        except CannotWrite as error:
            exit_with(error, ExitCode.CANNOT_WRITE)
        except click.ClickException:
            raise
        except BrokenPipeError:
            # The reader (`head`, `less`) has closed the pipe. Closing standard error keeps Python
            # from printing a second BrokenPipeError when it flushes at exit.
            sys.stderr.close()
            sys.exit(ExitCode.DONE)
        except OSError as error:
            exit_with(f"{error.filename or 'output'}: {error.strerror}", ExitCode.CANNOT_WRITE)
        except Exception:  # noqa: BLE001  Python would exit with 1, which means "not ready"
            traceback.print_exc()
            exit_with(
                "internal error; please report it with the lines above",
                ExitCode.DEFECT,
            )

    return run
