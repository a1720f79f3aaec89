"""Find the assessments in folders, patterns and addresses, and the locations of their reports."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from calib.batch.model import Job
from calib.batch.storage import find_remote, is_remote
from calib.errors import BadInput, Problem

_MARKERS = ("assessment.yaml", "controls")
"""Either of them makes a folder an assessment. One with `controls` alone has lost its header, which
must be reported and not skipped."""


def find_assessments(places: Sequence[str], output: Path | str) -> tuple[Job, ...]:
    """Return a job for each assessment, in the order of the places.

    A place is an assessment, a folder with assessments at any depth, a pattern, an example, or an
    address on object storage of any of these. A report goes below the output folder, to the path of
    its assessment relative to the place, or to the assessment's own name. A missing folder becomes
    a job too, so that its error is reported with the others. Raises BadInput if a pattern matches
    nothing, if two reports would share a folder, or if a report would be inside its assessment.
    """
    problems: list[Problem] = []
    jobs: dict[str, Job] = {}
    for place in places:
        found = list(_find_in(place))
        if not found:
            problems.append(Problem(place, "matches no folder"))
        for name, assessment in found:
            job = Job(name=name, assessment=assessment, output=report_location(output, name))
            # Names are compared without case: on macOS and Windows `A` and `a` are one folder.
            other = jobs.setdefault(name.casefold(), job)
            if not _is_same(other.assessment, assessment):
                message = f"{other.assessment} would be written to {name} too"
                remedy = "name the folder above them, or use a pattern in quotes"
                problems.append(Problem(assessment, message, remedy=remedy))
            elif _is_inside(job.output, assessment):
                message = f"its report would be written into it, to {name}"
                problems.append(Problem(assessment, message, remedy="choose another --output"))
    if problems:
        raise BadInput(problems)
    return tuple(jobs.values())


def report_location(output: Path | str, name: str) -> str:
    """Return the folder or address of a report below an output."""
    if is_remote(str(output)):
        return f"{str(output).rstrip('/')}/{name}"
    return str(Path(output).absolute() / name)


def _is_inside(inner: str, outer: str) -> bool:
    if is_remote(inner) or is_remote(outer):
        return f"{inner}/".startswith(f"{outer.rstrip('/')}/")
    return Path(inner).resolve().is_relative_to(Path(outer).resolve())


def _is_same(first: str, second: str) -> bool:
    return first == second or os.path.realpath(first) == os.path.realpath(second)


def _find_in(place: str) -> Iterator[tuple[str, str]]:
    """Yield name and location of each assessment in a place."""
    if is_remote(place):
        yield from find_remote(place)
        return
    path = Path(place).expanduser()
    if place.startswith("example:"):
        yield place.partition(":")[2], place
    elif glob.has_magic(place) and not path.exists():
        fixed = _fixed_part(path)
        # glob.glob, as Path.glob does not accept absolute patterns.
        for match in sorted(glob.glob(str(path), recursive=True)):  # noqa: PTH207  see above
            if Path(match).is_dir():
                yield from _walk_assessments(Path(match), fixed)
    elif _is_assessment(path) or not path.is_dir():
        yield path.resolve().name or "assessment", place
    else:
        found = list(_walk_assessments(path, path))
        yield from found or [(path.resolve().name or "assessment", place)]


def _fixed_part(path: Path) -> Path:
    """Return the part of a pattern before its first wildcard."""
    parts = []
    for part in path.parts:
        if glob.has_magic(part):
            break
        parts.append(part)
    return Path(*parts)


def _is_assessment(folder: Path) -> bool:
    return any((folder / marker).exists() for marker in _MARKERS)


def _walk_assessments(folder: Path, root: Path) -> Iterator[tuple[str, str]]:
    """Yield the assessments in a folder; an assessment is not searched for others."""
    for path, subfolders, _ in os.walk(folder):
        # Assigning the slice changes where os.walk goes next.
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        if _is_assessment(Path(path)):
            subfolders.clear()
            yield Path(path).relative_to(root).as_posix(), path
