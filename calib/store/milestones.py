"""Find the milestones of a folder by name, and load them with the answers of their day."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from calib.errors import BadInput, Problem
from calib.files.regular import read_regular
from calib.model import MilestoneFile


def find_milestone(folder: Path, name: str) -> Path:
    """Return the file of a milestone by its name, date or file name; `last` is the newest.

    Raises BadInput, with the existing names, if none or several match.
    """
    files = sorted((folder / "milestones").glob("*.json"))
    wanted = _slug(name)
    if wanted == "last" and files:
        return files[-1]
    found = [p for p in files if wanted in (_slug(p.stem), _slug(p.stem[11:]), p.stem[:10])]
    # The name inside the file last: it means loading every milestone.
    found = found or [p for p in files if wanted == _slug(load_milestone(p).name)]
    if len(found) == 1:
        return found[0]
    names = [p.stem for p in found or files]
    short = {_slug(p.stem[11:]): p.stem for p in files} | {n: n for n in names}
    close = get_close_matches(wanted, short, n=1)
    message = "several milestones have this name" if found else "no such milestone"
    remedy = (
        f"did you mean {short[close[0]]}?"
        if close and not found
        else f"choose one of: {', '.join(names)}"
    )
    if not names:
        remedy = 'none is saved yet; create one with `calib milestone DIR --name "Kick-off"`'
    raise BadInput([Problem(f"{folder.name}@{name}", message, remedy=remedy)])


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def load_milestone(path: Path) -> MilestoneFile:
    """Load a milestone with the answers of its day; raises BadInput."""
    try:
        return MilestoneFile.model_validate(json.loads(read_regular(path)))
    except OSError as error:
        raise BadInput([Problem(str(path), f"cannot be read: {error.strerror}")]) from error
    except (ValueError, ValidationError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        remedy = "milestones are written by `calib milestone`; delete or restore the file"
        raise BadInput([Problem(str(path), f"not a milestone: {reason}", remedy=remedy)]) from error
