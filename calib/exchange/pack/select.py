"""Which evidence goes into a pack, and under which name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from calib.errors import BadInput, Problem
from calib.exchange.evidence_files import EvidenceCheck, check_evidence
from calib.model import Evidence, FileState, Result
from calib.store.filenames import numbered_names, safe_upload_name

HELD_BACK = "held back: confidential"
_MAX_MEMBER_NAME = 180
"""Characters of a member's name; Windows allows 260 for the whole path."""


@dataclass(frozen=True, slots=True)
class PackSelection:
    """Hold what was decided on each entry of the register."""

    looked: tuple[EvidenceCheck, ...]
    names: Mapping[str, str]
    """The files that go in, each with its name in the pack."""

    @property
    def files(self) -> tuple[EvidenceCheck, ...]:
        """One entry for each file that goes in."""
        return tuple({o.item.file: o for o in self.looked if o.item.file in self.names}.values())

    @property
    def held_back(self) -> tuple[Evidence, ...]:
        """The entries that are confidential."""
        return tuple(one.item for one in self.looked if one.why == HELD_BACK)

    @property
    def troubles(self) -> tuple[EvidenceCheck, ...]:
        """The entries whose file is missing or was changed."""
        return tuple(one for one in self.looked if one.why and one.why != HELD_BACK)


def select_evidence(
    folder: Path, result: Result, *, confidential: bool, allow_missing: bool
) -> PackSelection:
    """Look at every entry of the register and decide; raises BadInput with all that is missing.

    Without `confidential`, the content of a confidential entry stays out under any name. What the
    register does not name stays out in any case.
    """
    looked = [check_evidence(folder, e) for e in result.evidence]
    if not confidential:
        looked = _hold_back_confidential(looked)
    taken: set[str] = set()
    names: dict[str, str] = {}
    for one in looked:
        file = one.item.file
        if file and file not in names and one.sha256 and one.why != HELD_BACK:
            names[file] = _member_name(file, taken)
    made = PackSelection(tuple(looked), names)
    if made.troubles and not allow_missing:
        raise BadInput(map(_evidence_problem, made.troubles))
    return made


def _hold_back_confidential(looked: Sequence[EvidenceCheck]) -> list[EvidenceCheck]:
    """Hold back what is confidential, also where another entry has the same content."""
    secret = {one.sha256 for one in looked if one.item.confidential} - {""}
    return [
        EvidenceCheck(one.result, one.state, HELD_BACK)
        if one.item.confidential or one.sha256 in secret
        else one
        for one in looked
    ]


def _member_name(file: str, taken: set[str]) -> str:
    """Name the copy of a file: safe on every system, and no two alike on any."""
    folders, name = file.split("/")[1:-1], safe_upload_name(file)
    inside = "/".join(["evidence", *(safe_upload_name(f) for f in folders if f), name])
    if len(inside) > _MAX_MEMBER_NAME:
        inside = f"evidence/{name}"
    free = next(n for n in numbered_names(inside) if n.casefold() not in taken)
    taken.add(free.casefold())
    return free


def _evidence_problem(one: EvidenceCheck) -> Problem:
    remedy = "put it back, or link another; --allow-missing packs without it"
    if one.state is FileState.CHANGED:
        remedy = "look at it again and register its new hash; --allow-missing packs it as it is"
    return Problem(one.item.file or "", one.why, place=one.item.id, remedy=remedy)
