"""Select the evidence of a pack and name its members."""

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
"""In characters; Windows limits a whole path to 260, so the rest is for the target folder."""


@dataclass(frozen=True, slots=True)
class PackSelection:
    """The decision on each entry of the evidence register."""

    checks: tuple[EvidenceCheck, ...]
    member_names: Mapping[str, str]
    """By path of each packed file, its name in the pack."""

    @property
    def files(self) -> tuple[EvidenceCheck, ...]:
        """One entry per packed file; several entries may share a file."""
        by_file = {c.item.file: c for c in self.checks if c.item.file in self.member_names}
        return tuple(by_file.values())

    @property
    def held_back(self) -> tuple[Evidence, ...]:
        """The entries left out as confidential."""
        return tuple(check.item for check in self.checks if check.why == HELD_BACK)

    @property
    def problems(self) -> tuple[EvidenceCheck, ...]:
        """The entries whose file is missing or was changed."""
        return tuple(check for check in self.checks if check.why and check.why != HELD_BACK)


def select_evidence(
    folder: Path, result: Result, *, confidential: bool, allow_missing: bool
) -> PackSelection:
    """Check every entry of the register and decide; raises BadInput with all missing files.

    Without `confidential`, the content of a confidential entry is left out under every name. Files
    that are not registered are never packed.
    """
    checks = [check_evidence(folder, e) for e in result.evidence]
    if not confidential:
        checks = _hold_back_confidential(checks)
    used_names: set[str] = set()
    member_names: dict[str, str] = {}
    for check in checks:
        file = check.item.file
        if file and file not in member_names and check.sha256 and check.why != HELD_BACK:
            member_names[file] = _member_name(file, used_names)
    selection = PackSelection(tuple(checks), member_names)
    if selection.problems and not allow_missing:
        raise BadInput(map(_evidence_problem, selection.problems))
    return selection


def _hold_back_confidential(checks: Sequence[EvidenceCheck]) -> list[EvidenceCheck]:
    """Hold back confidential entries, and other entries with the same content."""
    confidential = {check.sha256 for check in checks if check.item.confidential} - {""}
    return [
        EvidenceCheck(check.result, check.state, HELD_BACK)
        if check.item.confidential or check.sha256 in confidential
        else check
        for check in checks
    ]


def _member_name(file: str, used_names: set[str]) -> str:
    """Name the copy of a file: valid on every system, and unique without regard to case."""
    folders, name = file.split("/")[1:-1], safe_upload_name(file)
    member = "/".join(["evidence", *(safe_upload_name(f) for f in folders if f), name])
    if len(member) > _MAX_MEMBER_NAME:
        member = f"evidence/{name}"
    unique = next(n for n in numbered_names(member) if n.casefold() not in used_names)
    used_names.add(unique.casefold())
    return unique


def _evidence_problem(check: EvidenceCheck) -> Problem:
    remedy = "restore the file, or link another; --allow-missing packs without it"
    if check.state is FileState.CHANGED:
        remedy = "review it and register its new hash; --allow-missing packs it unchanged"
    return Problem(check.item.file or "", check.why, place=check.item.id, remedy=remedy)
