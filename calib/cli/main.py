"""`calib`: the group, what all commands share, and how errors leave.

Artefacts go to standard output or the named file, sentences to standard error. Exit codes: 0 done,
1 not ready (only where it was asked for), 2 bad input, 3 could not write.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from datetime import date, datetime
from difflib import get_close_matches
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from calib import __version__
from calib.problems import BadInput, CannotWrite, Problem


class Exit(IntEnum):
    """Name the exit codes."""

    DONE = 0
    NOT_READY = 1
    BAD_INPUT = 2
    CANNOT_WRITE = 3
    DEFECT = 4


class _Group(click.Group):
    """Suggest the command that a typo may have meant."""

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


def many(count: int, one: str, more: str = "") -> str:
    """Write a number with its noun; the plural is given where it does not end in -s."""
    return f"{count} {one if count == 1 else more or f'{one}s'}"


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


FOLDER = click.argument("assessment", metavar="DIR")
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
REQUIRE = click.option(
    "--require", type=click.Choice(["ready", "close"]),
    help="Exit with 1 unless the readiness is at least this.",
)  # fmt: skip
FAIL_UNDER = click.option(
    "--fail-under", type=click.FloatRange(0, 4), metavar="N",
    help="Exit with 1 if the overall gauge is below N (0 to 4).",
)  # fmt: skip


def _day(_: click.Context, __: click.Parameter, value: datetime | None) -> date:
    return value.date() if value else date.today()  # noqa: DTZ011  the day on the user's wall


DATE = click.option(
    "--date", "today", type=click.DateTime(["%Y-%m-%d"]), callback=_day, metavar="YYYY-MM-DD",
    help="Judge as of this day instead of today.",
)  # fmt: skip


def gate(readiness: str, gauge: float, require: str | None, fail_under: float | None) -> None:
    """End with 1 where a script asked for more than there is."""
    said = below(readiness, gauge, require, fail_under)
    if said:
        say(f"calib: {said}")
        sys.exit(Exit.NOT_READY)


def below(readiness: str, gauge: float, require: str | None, fail_under: float | None) -> str:
    """Say what is missing to what a script asked for; nothing where nothing is."""
    order = ("not_ready", "close", "ready")
    if require and order.index(readiness) < order.index(require):
        return f"readiness is {readiness}, but {require} is required"
    if fail_under is not None and gauge < fail_under:
        return f"the gauge is {gauge:.1f}, below {fail_under:g}"
    return ""


def source(path: str) -> str:
    """Name where lines come from."""
    return "standard input" if path == "-" else path


def read_lines(path: str) -> tuple[list[tuple[int, Any]], list[Problem]]:
    """Read JSON Lines from a file, or from standard input for `-`, with what is wrong in them.

    Raises BadInput where nothing can be read.
    """
    import json

    name = source(path)
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise BadInput([Problem(name, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise BadInput([Problem(name, f"is not UTF-8 (byte {error.start})")]) from error
    rows: list[tuple[int, Any]] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            said = getattr(error, "msg", "nested too deeply")
            problems.append(Problem(name, f"is not JSON: {said}", number))
            continue
        if isinstance(row, dict):
            rows.append((number, row))
        else:
            problems.append(Problem(name, "must be a JSON object", number, remedy="start with {"))
    return rows, problems
