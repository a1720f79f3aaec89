"""The join codes of a workshop: a code for each name, or blank ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from calib.errors import BadInput, Problem

if TYPE_CHECKING:
    from calib.model import Seat

BLANK = 12
"""Join codes where nobody says how many."""


def join_codes(folder: Path, blank: int | None, file: Path | None) -> list[Seat]:
    """Make the join codes that are missing, and return all that wait."""
    from calib.ballots.files import is_same_name
    from calib.ballots.seats import invite, load_seats

    seats = load_seats(folder)
    names = _names(file, folder) if file else []
    new = [n for n in names if not any(s.name and is_same_name(s.name, n) for s in seats)]
    if blank is None:
        blank = 0 if seats or names else BLANK
    if new or blank:
        invite(folder, new, blank)
    waiting = (seat for seat in load_seats(folder) if seat.code)
    return sorted(waiting, key=lambda s: (s.name.casefold(), s.code))


def _names(file: Path, folder: Path) -> list[str]:
    """Read one name a line; raises BadInput with every problem."""
    from calib.ballots.files import assessor_id
    from calib.ballots.seats import MOST_NAME
    from calib.ballots.workshop_file import load_workshop
    from calib.catalog.load import load_catalog
    from calib.model import Naming

    workshop = load_workshop(folder, load_catalog())
    if workshop is not None and workshop.naming is Naming.ANONYMOUS:
        said = "the votes of this workshop are anonymous"
        raise BadInput([Problem("--names", said, remedy="use --seats")])
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput([Problem(str(file), f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise BadInput([Problem(str(file), "is not UTF-8")]) from error
    problems: list[Problem] = []
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name = " ".join(line.split())
        said = _wrong(name, found, assessor_id(name), MOST_NAME)
        if said:
            problems.append(Problem(str(file), said, number))
        elif name:
            found[assessor_id(name)] = name
    if not problems and not found:
        problems.append(Problem(str(file), "holds no name", remedy="write one name a line"))
    if problems:
        raise BadInput(problems)
    return list(found.values())


def _wrong(name: str, found: Mapping[str, str], assessor: str, most: int) -> str:
    if not name.isprintable():
        return "holds characters that cannot be seen"
    if len(name) > most:
        return f"a name has at most {most} characters"
    if name and assessor in found:
        return f"{name!r} and {found[assessor]!r} need names that tell the two apart"
    return ""
