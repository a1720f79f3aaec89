"""Read an assessment folder: strict, complete, and every problem at once."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from calib.errors import BadInput, Problem
from calib.files import strict_yaml
from calib.files.regular import open_regular, read_regular
from calib.files.strict_yaml import ModelT, YamlDocument
from calib.model import (
    FORMAT,
    Assessment,
    CaseStudy,
    Catalog,
    ControlResponse,
    Evidence,
    EvidenceFile,
    FileState,
    Header,
    Milestone,
    PlanEntry,
    PlanFile,
)

_NO_FOLDER = "make one with `calib new DIR`, or name one of the examples as example:halfway"


@dataclass
class _FolderReader:
    """Collect what was read and what was wrong with it."""

    folder: Path
    catalog: Catalog
    problems: list[Problem] = field(default_factory=list)
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def document(self, path: Path) -> YamlDocument:
        name = path.relative_to(self.folder).as_posix()
        document = strict_yaml.read_yaml(path, f"{self.folder.name}/{name}")
        self.absorb(name, document.text.encode())
        return document

    def absorb(self, name: str, content: bytes) -> None:
        self.digest.update(f"{name}\0{len(content)}\0".encode())
        self.digest.update(content)

    def noun(
        self, path: Path, kind: type[ModelT], **extra: str
    ) -> tuple[YamlDocument, ModelT | None]:
        document = self.document(path)
        noun = strict_yaml.validate_yaml(document, kind, **extra)
        return document, noun

    def close(self, document: YamlDocument) -> None:
        self.problems.extend(document.problems)


def load_assessment(folder: Path | str, catalog: Catalog) -> Assessment:
    """Read a folder against a catalog; raises BadInput with every problem of every file.

    Nothing is written. Evidence files are hashed, never opened; URLs are never fetched.
    """
    folder = Path(folder)
    check_is_assessment(folder)
    reading = _FolderReader(folder.resolve(), catalog)
    header = _load_header(reading)
    register = _load_evidence(reading)
    known = {e.id for e in register}
    same_catalog = header is None or header.catalog_version == catalog.version
    responses = tuple(_load_responses(reading, known, orphans_are_wrong=same_catalog))
    studies = tuple(_load_case_studies(reading, known))
    plan = _load_plan(reading, orphans_are_wrong=same_catalog)
    milestones = tuple(_load_milestones(reading))
    files = tuple((e.id, _file_state(reading.folder, e)) for e in register)
    reading.absorb("evidence states", repr([(i, str(s)) for i, s in files]).encode())
    if reading.problems or header is None:
        raise BadInput(reading.problems)
    return Assessment(
        header=header,
        case_studies=studies,
        responses=responses,
        evidence=register,
        files=files,
        plan=plan,
        milestones=milestones,
        content_hash=reading.digest.hexdigest(),
    )


def check_is_assessment(folder: Path) -> None:
    """Raise BadInput where a folder is no assessment that can be read."""
    if not folder.exists():
        raise BadInput([Problem(str(folder), "there is no such folder", remedy=_NO_FOLDER)])
    if not folder.is_dir():
        raise BadInput([Problem(str(folder), "is a file, not a folder", remedy=_NO_FOLDER)])
    if not os.access(folder, os.R_OK | os.X_OK):
        said = "cannot be read"
        raise BadInput([Problem(str(folder), said, remedy="check its permissions")])
    if not (folder / "assessment.yaml").exists():
        message = "is no assessment: it has no assessment.yaml"
        lost = any((folder / part).is_dir() for part in ("controls", "case_studies"))
        remedy = "it was one: restore that file" if lost else _NO_FOLDER
        raise BadInput([Problem(str(folder), message, remedy=remedy)])


def _load_header(reading: _FolderReader) -> Header | None:
    document, header = reading.noun(reading.folder / "assessment.yaml", Header)
    if header and header.format > FORMAT:
        document.problem(
            f"format {header.format} is newer than this program, which reads {FORMAT}",
            ("format",),
            "install a newer calib; the folder was left as it is",
        )
    if header and header.format < 1:
        document.problem("must be at least 1", ("format",), f"write `format: {FORMAT}`")
    if header and header.catalog != reading.catalog.id:
        document.problem(
            f"is {header.catalog!r}, but this catalog is {reading.catalog.id!r}",
            ("catalog",),
            f"write `catalog: {reading.catalog.id}`",
        )
    reading.close(document)
    return header


def _load_evidence(reading: _FolderReader) -> tuple[Evidence, ...]:
    path = reading.folder / "evidence.yaml"
    if not path.exists():
        return ()
    document, register = reading.noun(path, EvidenceFile)
    seen: set[str] = set()
    for number, item in enumerate(register.evidence if register else ()):
        if item.id in seen:
            document.problem(
                f"the id {item.id} stands twice", ("evidence", number, "id"), "ids are unique"
            )
        seen.add(item.id)
    reading.close(document)
    return register.evidence if register else ()


def _load_responses(
    reading: _FolderReader, known: set[str], *, orphans_are_wrong: bool
) -> Iterator[ControlResponse]:
    """Read the responses; answers to criteria an older catalog had are kept, not refused."""
    controls = {c.id: c for c in reading.catalog.controls}
    allowed = None if not orphans_are_wrong else {*controls, *_known_control_ids(reading.catalog)}
    for path in _yaml_files(reading, "controls", allowed):
        document, response = reading.noun(path, ControlResponse)
        if response is None:
            reading.close(document)
            continue
        if response.control != path.stem:
            document.problem(
                f"is {response.control}, but the file is called {path.stem}",
                ("control",),
                f"write `control: {path.stem}`",
            )
        criteria = [c.id for c in controls[path.stem].criteria] if path.stem in controls else []
        for answer in response.criteria:
            place = ("criteria", answer.criterion)
            name = f"{path.stem}/{answer.criterion}"
            stray = orphans_are_wrong and answer.criterion not in criteria
            if stray and not reading.catalog.once_asked(name):
                close = get_close_matches(answer.criterion, criteria, n=1)
                document.problem(
                    f"{path.stem} has no such criterion",
                    place,
                    f"did you mean `{close[0]}`?" if close else f"it has: {', '.join(criteria)}",
                )
            _check_evidence(document, (*place, "evidence"), answer.evidence, known)
        reading.close(document)
        yield response


def _known_control_ids(catalog: Catalog) -> Iterator[str]:
    """Name the controls that this catalog or an older one asks for."""
    return (asked.id.partition("/")[0] for record in catalog.records for asked in record.asked)


def _check_evidence(
    document: YamlDocument, place: tuple[str | int, ...], ids: tuple[str, ...], known: set[str]
) -> None:
    for number, one in enumerate(ids):
        if one not in known:
            close = get_close_matches(one, sorted(known), n=1)
            remedy = f"did you mean `{close[0]}`?" if close else "add it to evidence.yaml"
            document.problem(f"no evidence has the id {one}", (*place, number), remedy)


def _load_case_studies(reading: _FolderReader, known: set[str]) -> Iterator[CaseStudy]:
    for path in _yaml_files(reading, "case_studies", None):
        document, study = reading.noun(path, CaseStudy, slug=path.stem)
        if study is not None:
            _check_evidence(document, ("evidence",), study.evidence, known)
            yield study
        reading.close(document)


def _yaml_files(reading: _FolderReader, folder: str, allowed: set[str] | None) -> Iterator[Path]:
    """List the YAML files of a subfolder in order; a name that cannot be right is a problem."""
    root = reading.folder / folder
    if not root.is_dir():
        return
    try:
        paths = sorted(root.iterdir())
    except OSError as error:
        said = f"cannot be read: {error.strerror}"
        name = f"{reading.folder.name}/{folder}/"
        reading.problems.append(Problem(name, said, remedy="check its permissions"))
        return
    for path in paths:
        name = f"{reading.folder.name}/{folder}/{path.name}"
        if path.suffix == ".yml":
            reading.problems.append(Problem(name, "ends in .yml", remedy="call it .yaml"))
        if path.suffix != ".yaml" or path.name.startswith("."):
            continue
        if " " in path.stem or "conflict" in path.stem.lower():
            remedy = "a sync program made a copy: merge it into the original, then delete it"
            reading.problems.append(Problem(name, "looks like a conflicted copy", remedy=remedy))
        elif allowed is not None and path.stem not in allowed:
            close = get_close_matches(path.stem, sorted(allowed), n=1)
            remedy = f"did you mean {close[0]}.yaml?" if close else "remove the file"
            reading.problems.append(Problem(name, "the catalog has no such control", remedy=remedy))
        else:
            yield path


def _load_plan(reading: _FolderReader, *, orphans_are_wrong: bool) -> tuple[PlanEntry, ...]:
    path = reading.folder / "plan.yaml"
    if not path.exists():
        return ()
    document, plan = reading.noun(path, PlanFile)
    seen: set[str] = set()
    for number, entry in enumerate(plan.actions if plan else ()):
        if entry.id in seen:
            document.problem(f"the id {entry.id} stands twice", ("actions", number, "id"))
        seen.add(entry.id)
        if orphans_are_wrong:
            _check_action(reading, document, number, entry.id)
    reading.close(document)
    return plan.actions if plan else ()


def _check_action(reading: _FolderReader, document: YamlDocument, number: int, name: str) -> None:
    """Refuse an action that is of no criterion: a misspelt one would look done."""
    known = [f"{c.id}/{x.id}" for c in reading.catalog.controls for x in c.criteria]
    free = name.startswith("case-studies/") or "/third-party/" in name
    if name in known or free or reading.catalog.once_asked(name):
        return
    close = get_close_matches(name, known, n=1)
    remedy = f"did you mean `{close[0]}`?" if close else "`calib plan` lists the ids"
    document.problem("no remediation action has this id", ("actions", number, "id"), remedy)


def _load_milestones(reading: _FolderReader) -> Iterator[Milestone]:
    for path in sorted((reading.folder / "milestones").glob("*.json")):
        name = f"milestones/{path.name}"
        file = f"{reading.folder.name}/{name}"
        try:
            content = read_regular(path)
            reading.absorb(name, content)
            data = json.loads(content)
            if isinstance(data, dict):
                data.pop("assessment", None)  # read where somebody compares (`store.past`)
            yield Milestone.model_validate(data)
        except OSError as error:
            said, remedy = f"cannot be read: {error.strerror}", "restore the file, or move it away"
            reading.problems.append(Problem(file, said, remedy=remedy))
        except (ValueError, ValidationError, RecursionError) as error:
            said = str(error).splitlines()[0]
            remedy = "milestones are written by `calib milestone`; delete or restore the file"
            reading.problems.append(Problem(file, f"is no milestone: {said}", remedy=remedy))


def _file_state(folder: Path, item: Evidence) -> FileState:
    """Look at an evidence file; only a regular file inside the folder counts as present."""
    if item.file is None:
        return FileState.LINKED
    path = folder / item.file
    try:
        regular = stat.S_ISREG(path.lstat().st_mode)
        if not regular or not path.resolve().is_relative_to(folder):
            return FileState.MISSING
        if item.sha256 is None:
            return FileState.UNREGISTERED
        with open_regular(path, follow=False) as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return FileState.MISSING
    return FileState.PRESENT if digest == item.sha256 else FileState.CHANGED
