"""Create the join codes of a workshop, with names or blank."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from calib.cli.options import input_errors
from calib.errors import BadInput, Problem
from calib.text import clean_name

if TYPE_CHECKING:
    from calib.model import Seat

DEFAULT_CODES = 12
"""Number of blank join codes if neither --seats nor --names is given."""


def create_missing_codes(folder: Path, blank: int | None, names_file: Path | None) -> list[Seat]:
    """Create the join codes that are missing; return the seats whose codes are unused."""
    from calib.ballots.files import is_same_name
    from calib.ballots.seats import create_join_codes, load_seats

    seats = load_seats(folder)
    names = _read_names(names_file, folder) if names_file else []
    new = [n for n in names if not any(s.name and is_same_name(s.name, n) for s in seats)]
    if blank is None:
        blank = 0 if seats or names else DEFAULT_CODES
    if new or blank:
        create_join_codes(folder, new, blank)
    unused = (seat for seat in load_seats(folder) if seat.code)
    return sorted(unused, key=lambda s: (s.name.casefold(), s.code))


def _read_names(file: Path, folder: Path) -> list[str]:
    """Read one name per line; raises BadInput with every problem."""
    from calib.ballots.files import assessor_id
    from calib.ballots.seats import MAX_NAME_LENGTH
    from calib.ballots.workshop_file import load_workshop
    from calib.catalog.load import load_catalog
    from calib.model import Naming

    workshop = load_workshop(folder, load_catalog())
    if workshop is not None and workshop.naming is Naming.ANONYMOUS:
        message = "this workshop is anonymous"
        raise BadInput([Problem("--names", message, remedy="use --seats")])
    with input_errors(str(file)):
        text = file.read_text(encoding="utf-8-sig")
    problems: list[Problem] = []
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name = " ".join(line.split())
        message = _name_problem(name, found, assessor_id(name), MAX_NAME_LENGTH)
        if message:
            problems.append(Problem(str(file), message, number))
        elif name:
            found[assessor_id(name)] = name
    if not problems and not found:
        problems.append(Problem(str(file), "contains no names", remedy="write one per line"))
    if problems:
        raise BadInput(problems)
    return list(found.values())


def _name_problem(name: str, found: Mapping[str, str], assessor: str, max_length: int) -> str:
    """Return the problem with a name, empty if there is none; `found` maps ids to names."""
    if clean_name(name) != " ".join(name.split()):
        return "contains invisible characters"
    if len(name) > max_length:
        return f"names can have at most {max_length} characters"
    if name and assessor in found:
        return f"{name!r} and {found[assessor]!r} are too similar: use distinct names"
    return ""
