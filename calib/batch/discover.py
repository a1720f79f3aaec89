"""The assessments that folders, patterns and lists name, and where their reports go."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from calib.batch.model import Job
from calib.batch.storage import find_remote, is_remote
from calib.errors import BadInput, Problem

_MARKS = ("assessment.yaml", "controls")
"""An assessment has the first; a folder with the second has lost it, which has to be said."""


def find_assessments(places: Sequence[str], output: Path | str) -> tuple[Job, ...]:
    """Return a job for each assessment, in the order of the places.

    A place is an assessment, a folder of assessments at any depth, a pattern, an example, or an
    address on object storage that means one of these. A
    report goes below the output folder to the path that its assessment has below the place, or to
    the assessment's own name. A folder that is not there is a job as well, so that its error stands
    beside the others'. Raises BadInput where a pattern matches nothing, where two reports would
    share a folder, and where one would be written into its assessment.
    """
    problems: list[Problem] = []
    jobs: dict[str, Job] = {}
    for place in places:
        found = list(_found(place))
        if not found:
            problems.append(Problem(place, "matches no folder"))
        for name, assessment in found:
            job = Job(name=name, assessment=assessment, output=place_of(output, name))
            other = jobs.setdefault(name.casefold(), job)
            if not _is_same(other.assessment, assessment):
                said = f"{other.assessment} would be written to {name} as well"
                remedy = "name the folder above them, or a pattern in quotes"
                problems.append(Problem(assessment, said, remedy=remedy))
            elif _is_inside(job.output, assessment):
                said = f"its report would be written into it, to {name}"
                problems.append(Problem(assessment, said, remedy="choose another --output"))
    if problems:
        raise BadInput(problems)
    return tuple(jobs.values())


def place_of(output: Path | str, name: str) -> str:
    """Return where a report of some name goes below an output."""
    if is_remote(str(output)):
        return f"{str(output).rstrip('/')}/{name}"
    return str(Path(output).absolute() / name)


def _is_inside(one: str, other: str) -> bool:
    if is_remote(one) or is_remote(other):
        return f"{one}/".startswith(f"{other.rstrip('/')}/")
    return Path(one).resolve().is_relative_to(Path(other).resolve())


def _is_same(one: str, other: str) -> bool:
    return one == other or os.path.realpath(one) == os.path.realpath(other)


def _found(place: str) -> Iterator[tuple[str, str]]:
    """Give names and folders."""
    if is_remote(place):
        yield from find_remote(place)
        return
    path = Path(place).expanduser()
    if place.startswith("example:"):
        yield place.partition(":")[2], place
    elif glob.has_magic(place) and not path.exists():
        fixed = _before_magic(path)
        for match in sorted(glob.glob(str(path), recursive=True)):  # noqa: PTH207  absolute too
            if Path(match).is_dir():
                yield from _inside(Path(match), fixed)
    elif _is_assessment(path) or not path.is_dir():
        yield path.resolve().name or "assessment", place
    else:
        inside = list(_inside(path, path))
        yield from inside or [(path.resolve().name or "assessment", place)]


def _before_magic(path: Path) -> Path:
    parts = []
    for part in path.parts:
        if glob.has_magic(part):
            break
        parts.append(part)
    return Path(*parts)


def _is_assessment(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in _MARKS)


def _inside(folder: Path, root: Path) -> Iterator[tuple[str, str]]:
    """Give the assessments in a folder; none is looked for inside another."""
    for here, folders, _ in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if _is_assessment(Path(here)):
            folders.clear()
            yield Path(here).relative_to(root).as_posix(), here
