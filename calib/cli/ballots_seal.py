"""`calib ballots reveal` and `calib ballots key`: what opens sealed ballots."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calib.cli.ballots import ballots
from calib.cli.options import FOLDER, JSON, author
from calib.cli.root import guarded, say
from calib.errors import BadInput, Problem
from calib.text import plural

if TYPE_CHECKING:
    from calib.model import Ballot, Catalog


@ballots.command()
@FOLDER
@click.argument("controls", metavar="[CONTROL]...", nargs=-1)
@JSON
@guarded
def reveal(assessment: str, controls: tuple[str, ...], as_json: bool) -> None:
    """Reveal the votes of DIR, or those on some controls: everybody may see them from now on.

    Each criterion that somebody has voted on is marked in workshop.yaml, and its votes move into
    open ballots, ballots/CONTROL/ASSESSOR.yaml. No vote on it is taken any more. What nobody has
    voted on stays as it is, and so does every other control. It asks nothing; run it once all have
    voted (`calib ballots list`). Run again, it completes what was cut off.

    \b
    calib ballots reveal acme
    calib ballots reveal acme CONTROL CONTROL       # these alone
    """
    from calib.ballots.files import load_ballots
    from calib.ballots.sealing import load_sealed, publish
    from calib.ballots.workshop_file import load_workshop
    from calib.catalog.load import load_catalog
    from calib.store.locate import find_assessment

    catalog = load_catalog()
    chosen = _known(controls, catalog)
    folder = find_assessment(assessment)
    record = load_workshop(folder, catalog)
    found = (*load_sealed(folder, catalog), *load_ballots(folder, catalog))
    votes = _counted(b for b in found if b.control in chosen)
    new = [place for place in votes if not (record and record.is_revealed(*place))]
    if new:
        _mark(folder, new, named=any(b.name for b in found))
    opened = publish(folder, catalog) if votes else ()
    if as_json:
        rows = [{"control": c, "criterion": x, "votes": votes[c, x]} for c, x in new]
        click.echo(json.dumps(rows, indent=1))
    else:
        _print_revealed({place: votes[place] for place in new})
    people = {b.assessor for b in found for v in b.votes if (b.control, v.criterion) in new}
    _say_revealed(assessment, len(people), completed=bool(opened), voted=bool(votes))


def _mark(folder: Path, places: Iterable[tuple[str, str]], *, named: bool) -> None:
    """Note in the record, a new one where there is none, that votes are revealed."""
    from calib.ballots.workshop_file import FILE, begin, mark_revealed
    from calib.model import Naming
    from calib.store.session import Store

    now = datetime.now(UTC)
    store = Store.open(folder, author())
    if begin(store, now, Naming.NAMED if named else Naming.ANONYMOUS):
        say(f"Began the record of a workshop: {folder.name}/{FILE}")
    mark_revealed(store, (f"{control}/{criterion}" for control, criterion in places), now)


def _known(controls: Iterable[str], catalog: Catalog) -> list[str]:
    """Return the controls that were named, or all; raises BadInput."""
    known = [c.id for c in catalog.controls]
    problems = []
    for word in controls:
        if word not in known:
            close = get_close_matches(word.upper(), known, n=1)
            remedy = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(known)}"
            problems.append(Problem(word, "the catalog has no such control", remedy=remedy))
    if problems:
        raise BadInput(problems)
    return list(controls) or known


def _counted(found: Iterable[Ballot]) -> dict[tuple[str, str], int]:
    """Count who voted on which criterion, in order; sealed and open by the same person is one."""
    who = {(b.control, v.criterion, b.assessor) for b in found for v in b.votes}
    return dict(sorted(Counter((control, criterion) for control, criterion, _ in who).items()))


def _print_revealed(votes: dict[tuple[str, str], int]) -> None:
    criteria = Counter(control for control, _ in votes)
    for control, count in criteria.items():
        here = sum(n for (c, _), n in votes.items() if c == control)
        click.echo(f"{control}  {plural(count, 'criterion', 'criteria')}  {plural(here, 'vote')}")


def _say_revealed(assessment: str, people: int, *, completed: bool, voted: bool) -> None:
    if people:
        done = f"Revealed the votes of {plural(people, 'assessor')}."
    elif completed:
        done = "Completed a reveal that was cut off."
    elif voted:
        done = "Everything that was voted on is revealed already."
    else:
        say("Nobody has voted here yet, so nothing was revealed.")
        return
    say(f"{done} To see where they differ: calib ballots compare {shlex.quote(assessment)}")


@ballots.command()
@FOLDER
@click.option("--show", is_flag=True, help="Print the key itself, to keep or to carry over.")
@click.option("--add", is_flag=True, help="Ask for a key (or read it from a pipe) and keep it.")
@JSON
@guarded
def key(assessment: str, show: bool, add: bool, as_json: bool) -> None:
    """Print which keys the sealed ballots of DIR need, and whether this machine has them.

    Ballots are sealed with a key that stays on the machine where they came in, for your account
    alone and never in DIR. Without it nobody opens them: not you on another machine, not anybody
    once this machine is lost. So keep a copy of what --show prints, and say it to --add on the
    other machine, which then seals with it too. Whoever has the key and the folder can read every
    vote: send the two on different ways. docs/workshop-security.md says what that protects.

    \b
    calib ballots key acme
    calib ballots key acme --show
    calib ballots key acme --add            # on the other machine; asks for the key
    calib ballots key acme --add < keyfile
    """
    from calib.ballots.keys import keys_here
    from calib.ballots.sealing import sealed_files
    from calib.catalog.load import load_catalog
    from calib.store.load import must_be_assessment
    from calib.store.locate import find_assessment

    if show + add + as_json > 1:
        raise click.UsageError("Choose one of --show, --add and --json.")
    folder = find_assessment(assessment)
    must_be_assessment(folder)
    needed = Counter(file.key for file in sealed_files(folder, load_catalog()))
    if add:
        _add(folder, needed)
    elif show:
        _show(folder, needed)
    else:
        here = keys_here()
        rows = [{"key": k, "ballots": n, "here": k in here} for k, n in sorted(needed.items())]
        _print_keys(folder, rows, as_json=as_json)


def _print_keys(folder: Path, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        where = "here" if row["here"] else "not here"
        click.echo(f"{row['key']}  {plural(row['ballots'], 'ballot')}  {where}")
    if not rows:
        say(f"No ballot of {folder.name} is sealed.")
    elif not all(row["here"] for row in rows):
        say("To bring a key here: --show where the ballots came in, then --add on this machine.")


def _show(folder: Path, needed: Iterable[str]) -> None:
    from calib.ballots.keys import key_of, keys_here

    own = key_of(folder)
    # The one that seals here comes first, for --add takes the first one to seal with.
    names = sorted(needed, key=lambda name: (name != own.name, name)) or [own.name]
    here = keys_here()
    found = [here[name] for name in names if name in here]
    if found:
        say("Whoever has this and the folder can read every vote. Keep it away from the folder.")
    for one in found:
        click.echo(one.text)
    missing = [name for name in names if name not in here]
    if missing:
        remedy = "show it where the ballots came in"
        said = "is not on this machine"
        raise BadInput([Problem(f"the key {name}", said, remedy=remedy) for name in missing])


def _add(folder: Path, needed: Iterable[str]) -> None:
    from calib.ballots.keys import keep, key_from, use

    if sys.stdin.isatty():
        lines = [click.prompt("The key", hide_input=True, err=True)]
    else:
        lines = [line for line in sys.stdin.read(10_000).splitlines() if line.strip()]
    keys = [key_from(line) for line in lines]
    names = sorted(needed)
    wrong = [k.name for k in keys if names and k.name not in names]
    if wrong or not keys:
        said = f"opens no ballot here: they need {', '.join(names)}" if wrong else "is missing"
        remedy = "copy it again, letter by letter"
        raise BadInput([Problem("the key", said, remedy=remedy)])
    use(folder, keys[0])
    for one in keys[1:]:
        keep(one)
    for one in keys:
        say(f"Kept the key {one.name}; ballots that it sealed open here now.")
