"""Which evidence goes into a pack, and under which name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from calib.errors import BadInput, Problem
from calib.exchange.evidence_files import Looked, look
from calib.model import Evidence, FileState, Result
from calib.store.filenames import numbered, upload_name

HELD_BACK = "held back: confidential"
_LONGEST = 180
"""Characters of a member's name; Windows allows 260 for the whole path."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Hold what was decided on each entry of the register."""

    looked: tuple[Looked, ...]
    names: Mapping[str, str]
    """The files that go in, each with its name in the pack."""

    @property
    def files(self) -> tuple[Looked, ...]:
        """One entry for each file that goes in."""
        return tuple({o.item.file: o for o in self.looked if o.item.file in self.names}.values())

    @property
    def held_back(self) -> tuple[Evidence, ...]:
        """The entries that are confidential."""
        return tuple(one.item for one in self.looked if one.why == HELD_BACK)

    @property
    def troubles(self) -> tuple[Looked, ...]:
        """The entries whose file is missing or was changed."""
        return tuple(one for one in self.looked if one.why and one.why != HELD_BACK)


def select(folder: Path, result: Result, *, confidential: bool, allow_missing: bool) -> Selection:
    """Look at every entry of the register and decide; raises BadInput with all that is missing.

    Without `confidential`, the content of a confidential entry stays out under any name. What the
    register does not name stays out in any case.
    """
    looked = [look(folder, e) for e in result.evidence]
    if not confidential:
        looked = _without_confidential(looked)
    taken: set[str] = set()
    names: dict[str, str] = {}
    for one in looked:
        file = one.item.file
        if file and file not in names and one.sha256 and one.why != HELD_BACK:
            names[file] = _name(file, taken)
    made = Selection(tuple(looked), names)
    if made.troubles and not allow_missing:
        raise BadInput(map(_problem, made.troubles))
    return made


def _without_confidential(looked: Sequence[Looked]) -> list[Looked]:
    """Hold back what is confidential, also where another entry has the same content."""
    secret = {one.sha256 for one in looked if one.item.confidential} - {""}
    return [
        Looked(one.result, one.state, HELD_BACK)
        if one.item.confidential or one.sha256 in secret
        else one
        for one in looked
    ]


def _name(file: str, taken: set[str]) -> str:
    """Name the copy of a file: safe on every system, and no two alike on any."""
    folders, name = file.split("/")[1:-1], upload_name(file)
    inside = "/".join(["evidence", *(upload_name(f) for f in folders if f), name])
    if len(inside) > _LONGEST:
        inside = f"evidence/{name}"
    free = next(n for n in numbered(inside) if n.casefold() not in taken)
    taken.add(free.casefold())
    return free


def _problem(one: Looked) -> Problem:
    remedy = "put it back, or link another; --allow-missing packs without it"
    if one.state is FileState.CHANGED:
        remedy = "look at it again and register its new hash; --allow-missing packs it as it is"
    return Problem(one.item.file or "", one.why, place=one.item.id, remedy=remedy)
