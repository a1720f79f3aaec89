"""`calib ballots reveal` and `calib ballots key`: open sealed ballots."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from calib.cli.ballots import ballots
from calib.cli.options import ASSESSMENT_ARGUMENT, JSON_OPTION, current_author
from calib.cli.root import handle_errors, print_message
from calib.errors import BadInput, Problem
from calib.text import plural

if TYPE_CHECKING:
    from calib.model import Ballot, Catalog

CriterionKey = tuple[str, str]
"""Control id and criterion id."""


@ballots.command()
@ASSESSMENT_ARGUMENT
@click.argument("controls", metavar="[CONTROL]...", nargs=-1)
@JSON_OPTION
@handle_errors
def reveal(assessment: str, controls: tuple[str, ...], as_json: bool) -> None:
    """Reveal the votes on all controls, or on each CONTROL.

    Run it when all assessors have voted (see `calib ballots list`): it does not ask for
    confirmation. Each criterion with votes is marked as revealed in workshop.yaml and accepts no
    more votes; its votes move to DIR/ballots/CONTROL/ASSESSOR.yaml. Criteria without votes stay
    open. If a run is interrupted, run it again.

    \b
    Examples:
      calib ballots reveal acme
      calib ballots reveal acme CONTROL CONTROL   # only these controls
    """
    from calib.ballots.files import load_ballots
    from calib.ballots.sealing import open_sealed_ballots, publish_revealed
    from calib.ballots.workshop_file import load_workshop
    from calib.catalog.load import load_catalog
    from calib.store.locate import find_assessment

    catalog = load_catalog()
    chosen = _check_controls(controls, catalog)
    folder = find_assessment(assessment)
    record = load_workshop(folder, catalog)
    found = (*open_sealed_ballots(folder, catalog), *load_ballots(folder, catalog))
    votes = _count_assessors(b for b in found if b.control in chosen)
    new = [key for key in votes if not (record and record.is_revealed(*key))]
    if new:
        _mark_revealed(folder, new, named=any(b.name for b in found))
    opened = publish_revealed(folder, catalog) if votes else ()
    if as_json:
        rows = [{"control": c, "criterion": x, "votes": votes[c, x]} for c, x in new]
        click.echo(json.dumps(rows, indent=1))
    else:
        _print_revealed({key: votes[key] for key in new})
    people = {b.assessor for b in found for v in b.votes if (b.control, v.criterion) in new}
    _print_summary(assessment, len(people), completed=bool(opened), voted=bool(votes))


def _mark_revealed(folder: Path, criteria: Iterable[CriterionKey], *, named: bool) -> None:
    """Mark criteria as revealed in workshop.yaml, which is created if it does not exist."""
    from calib.ballots.workshop_file import WORKSHOP_FILE, begin_workshop, mark_revealed
    from calib.model import Naming
    from calib.store.session import Store

    now = datetime.now(UTC)
    store = Store.open(folder, current_author())
    if begin_workshop(store, now, Naming.NAMED if named else Naming.ANONYMOUS):
        print_message(f"Created the workshop record {folder.name}/{WORKSHOP_FILE}")
    mark_revealed(store, (f"{control}/{criterion}" for control, criterion in criteria), now)


def _check_controls(controls: Iterable[str], catalog: Catalog) -> list[str]:
    """Return these controls, or all if there are none; raises BadInput for unknown ids."""
    known = [c.id for c in catalog.controls]
    problems = []
    for word in controls:
        if word not in known:
            close = get_close_matches(word.upper(), known, n=1)
            remedy = f"did you mean `{close[0]}`?" if close else f"choose from {', '.join(known)}"
            problems.append(Problem(word, "no such control in the catalog", remedy=remedy))
    if problems:
        raise BadInput(problems)
    return list(controls) or known


def _count_assessors(found: Iterable[Ballot]) -> dict[CriterionKey, int]:
    """Count the assessors who voted on each criterion, in order.

    An assessor whose vote is in a sealed and in an open ballot is counted once.
    """
    voters = {(b.control, v.criterion, b.assessor) for b in found for v in b.votes}
    return dict(sorted(Counter((control, criterion) for control, criterion, _ in voters).items()))


def _print_revealed(votes: dict[CriterionKey, int]) -> None:
    criteria = Counter(control for control, _ in votes)
    for control, count in criteria.items():
        total = sum(n for (c, _), n in votes.items() if c == control)
        click.echo(f"{control}  {plural(count, 'criterion', 'criteria')}  {plural(total, 'vote')}")


def _print_summary(assessment: str, people: int, *, completed: bool, voted: bool) -> None:
    if people:
        done = f"Revealed the votes of {plural(people, 'assessor')}."
    elif completed:
        done = "Completed an interrupted reveal."
    elif voted:
        done = "All votes have been revealed already."
    else:
        print_message("No votes yet; nothing was revealed.")
        return
    print_message(f"{done} Compare them: calib ballots compare {shlex.quote(assessment)}")


@ballots.command()
@ASSESSMENT_ARGUMENT
@click.option("--show", is_flag=True, help="Show the key itself, to back it up or copy it.")
@click.option(
    "--add", is_flag=True, help="Store a key from another machine (prompted, or piped in)."
)
@JSON_OPTION
@handle_errors
def key(assessment: str, show: bool, add: bool, as_json: bool) -> None:
    """Show, export or import the keys of sealed ballots.

    Without options, list the keys that the sealed ballots of DIR need, and whether this machine has
    them. A key is created on the machine that imports the ballots. It is stored for your account
    only, never in DIR, and without it the ballots cannot be opened. Keep a backup of the output of
    --show. To open or seal ballots on another machine, pass that output to --add there.

    Anyone with the key and DIR can read every vote: send the two by different channels. For the
    threat model see docs/workshop-security.md.

    \b
    Examples:
      calib ballots key acme
      calib ballots key acme --show
      calib ballots key acme --add              # on the other machine; prompts for the key
      calib ballots key acme --add < keyfile
    """
    from calib.ballots.keys import load_keys
    from calib.ballots.sealing import load_sealed_files
    from calib.catalog.load import load_catalog
    from calib.store.load import check_is_assessment
    from calib.store.locate import find_assessment

    if show + add + as_json > 1:
        raise click.UsageError("Use only one of --show, --add and --json.")
    folder = find_assessment(assessment)
    check_is_assessment(folder)
    needed = Counter(file.key for file in load_sealed_files(folder, load_catalog()))
    if add:
        _add_keys(folder, needed)
    elif show:
        _show_keys(folder, needed)
    else:
        here = load_keys()
        rows = [_KeyStatus(k, n, k in here) for k, n in sorted(needed.items())]
        _print_keys(folder, rows, as_json=as_json)


class _KeyStatus(NamedTuple):
    """A key that sealed ballots need; the fields are the keys of the JSON output."""

    key: str
    ballots: int
    here: bool


def _print_keys(folder: Path, rows: list[_KeyStatus], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([row._asdict() for row in rows], indent=1))
        return
    for row in rows:
        where = "on this machine" if row.here else "not on this machine"
        click.echo(f"{row.key}  {plural(row.ballots, 'ballot')}  {where}")
    if not rows:
        print_message(f"{folder.name} has no sealed ballots.")
    elif not all(row.here for row in rows):
        print_message(
            "To copy a key: use --show where the ballots were imported, then --add on this machine."
        )


def _show_keys(folder: Path, needed: Iterable[str]) -> None:
    from calib.ballots.keys import load_keys, load_or_create_key

    own = load_or_create_key(folder)
    # --add seals with the first key it gets, so the key that seals here has to come first.
    names = sorted(needed, key=lambda name: (name != own.name, name)) or [own.name]
    here = load_keys()
    found = [here[name] for name in names if name in here]
    if found:
        print_message("Anyone with this key and the folder can read every vote. Keep them apart.")
    for key in found:
        click.echo(key.text)
    missing = [name for name in names if name not in here]
    if missing:
        remedy = "use --show where the ballots were imported"
        message = "is not on this machine"
        raise BadInput([Problem(f"the key {name}", message, remedy=remedy) for name in missing])


def _add_keys(folder: Path, needed: Iterable[str]) -> None:
    from calib.ballots.keys import adopt_key, parse_key, store_key

    if sys.stdin.isatty():
        lines = [click.prompt("Key", hide_input=True, err=True)]
    else:
        lines = [line for line in sys.stdin.read(10_000).splitlines() if line.strip()]
    keys = [parse_key(line) for line in lines]
    names = sorted(needed)
    wrong = [k.name for k in keys if names and k.name not in names]
    if wrong or not keys:
        message = (
            f"does not match the ballots, which need {', '.join(names)}" if wrong else "is missing"
        )
        remedy = "copy the complete output of --show"
        raise BadInput([Problem("the key", message, remedy=remedy)])
    adopt_key(folder, keys[0])
    for key in keys[1:]:
        store_key(key)
    for key in keys:
        print_message(f"Stored the key {key.name}; ballots sealed with it can be opened here now.")
