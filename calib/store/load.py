"""Load an assessment folder, strictly, and report all its problems at once."""

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
from calib.files.strict_yaml import FieldPath, ModelT, YamlDocument
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

_NO_FOLDER_REMEDY = "create one with `calib new DIR`, or use an example, e.g. example:halfway"


@dataclass
class _FolderReader:
    """Read the files of a folder; collect their problems and the content hash."""

    folder: Path
    catalog: Catalog
    problems: list[Problem] = field(default_factory=list)
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def read_document(self, path: Path) -> YamlDocument:
        name = path.relative_to(self.folder).as_posix()
        document = strict_yaml.read_yaml(path, f"{self.folder.name}/{name}")
        self.update_hash(name, document.text.encode())
        return document

    def update_hash(self, name: str, content: bytes) -> None:
        self.digest.update(f"{name}\0{len(content)}\0".encode())
        self.digest.update(content)

    def read_model(
        self, path: Path, model: type[ModelT], **extra: str
    ) -> tuple[YamlDocument, ModelT | None]:
        document = self.read_document(path)
        return document, strict_yaml.validate_yaml(document, model, **extra)

    def collect_problems(self, document: YamlDocument) -> None:
        self.problems.extend(document.problems)


def load_assessment(folder: Path | str, catalog: Catalog) -> Assessment:
    """Load a folder against a catalog; raises BadInput with every problem of every file.

    Nothing is written. Evidence files are hashed, never opened; URLs are never fetched.
    """
    folder = Path(folder)
    check_is_assessment(folder)
    reader = _FolderReader(folder.resolve(), catalog)
    header = _load_header(reader)
    register = _load_evidence(reader)
    known = {e.id for e in register}
    same_catalog = header is None or header.catalog_version == catalog.version
    responses = tuple(_load_responses(reader, known, orphans_are_wrong=same_catalog))
    studies = tuple(_load_case_studies(reader, known))
    plan = _load_plan(reader, orphans_are_wrong=same_catalog)
    milestones = tuple(_load_milestones(reader))
    files = tuple((e.id, _file_state(reader.folder, e)) for e in register)
    reader.update_hash("evidence states", repr([(i, str(s)) for i, s in files]).encode())
    if reader.problems or header is None:
        raise BadInput(reader.problems)
    return Assessment(
        header=header,
        case_studies=studies,
        responses=responses,
        evidence=register,
        files=files,
        plan=plan,
        milestones=milestones,
        content_hash=reader.digest.hexdigest(),
    )


def check_is_assessment(folder: Path) -> None:
    """Raise BadInput if a folder is not a readable assessment."""
    if not folder.exists():
        raise BadInput([Problem(str(folder), "there is no such folder", remedy=_NO_FOLDER_REMEDY)])
    if not folder.is_dir():
        raise BadInput([Problem(str(folder), "is a file, not a folder", remedy=_NO_FOLDER_REMEDY)])
    if not os.access(folder, os.R_OK | os.X_OK):
        message = "cannot be read"
        raise BadInput([Problem(str(folder), message, remedy="check its permissions")])
    if not (folder / "assessment.yaml").exists():
        message = "not an assessment: assessment.yaml is missing"
        is_damaged = any((folder / part).is_dir() for part in ("controls", "case_studies"))
        remedy = "restore that file" if is_damaged else _NO_FOLDER_REMEDY
        raise BadInput([Problem(str(folder), message, remedy=remedy)])


def _load_header(reader: _FolderReader) -> Header | None:
    document, header = reader.read_model(reader.folder / "assessment.yaml", Header)
    if header and header.format > FORMAT:
        document.add_problem(
            f"format {header.format} is newer than this program, which reads {FORMAT}",
            ("format",),
            "install a newer calib; nothing was changed",
        )
    if header and header.format < 1:
        document.add_problem("must be at least 1", ("format",), f"write `format: {FORMAT}`")
    if header and header.catalog != reader.catalog.id:
        document.add_problem(
            f"is {header.catalog!r}, but this catalog is {reader.catalog.id!r}",
            ("catalog",),
            f"write `catalog: {reader.catalog.id}`",
        )
    reader.collect_problems(document)
    return header


def _load_evidence(reader: _FolderReader) -> tuple[Evidence, ...]:
    path = reader.folder / "evidence.yaml"
    if not path.exists():
        return ()
    document, register = reader.read_model(path, EvidenceFile)
    seen: set[str] = set()
    for number, item in enumerate(register.evidence if register else ()):
        if item.id in seen:
            document.add_problem(
                f"duplicate id {item.id}", ("evidence", number, "id"), "ids must be unique"
            )
        seen.add(item.id)
    reader.collect_problems(document)
    return register.evidence if register else ()


def _load_responses(
    reader: _FolderReader, known: set[str], *, orphans_are_wrong: bool
) -> Iterator[ControlResponse]:
    """Load the responses; answers to criteria of an older catalog are not a problem."""
    controls = {c.id: c for c in reader.catalog.controls}
    allowed = None if not orphans_are_wrong else {*controls, *_known_control_ids(reader.catalog)}
    for path in _yaml_files(reader, "controls", allowed):
        document, response = reader.read_model(path, ControlResponse)
        if response is None:
            reader.collect_problems(document)
            continue
        if response.control != path.stem:
            document.add_problem(
                f"is {response.control}, but the file is called {path.stem}",
                ("control",),
                f"write `control: {path.stem}`",
            )
        criteria = [c.id for c in controls[path.stem].criteria] if path.stem in controls else []
        for answer in response.criteria:
            field_path = ("criteria", answer.criterion)
            name = f"{path.stem}/{answer.criterion}"
            stray = orphans_are_wrong and answer.criterion not in criteria
            if stray and not reader.catalog.was_asked(name):
                close = get_close_matches(answer.criterion, criteria, n=1)
                document.add_problem(
                    f"{path.stem} has no such criterion",
                    field_path,
                    f"did you mean `{close[0]}`?" if close else f"it has: {', '.join(criteria)}",
                )
            _check_evidence(document, (*field_path, "evidence"), answer.evidence, known)
        reader.collect_problems(document)
        yield response


def _known_control_ids(catalog: Catalog) -> Iterator[str]:
    """Return the controls that older versions of this catalog had."""
    return (asked.id.partition("/")[0] for record in catalog.records for asked in record.asked)


def _check_evidence(
    document: YamlDocument, field_path: FieldPath, ids: tuple[str, ...], known: set[str]
) -> None:
    for number, evidence_id in enumerate(ids):
        if evidence_id not in known:
            close = get_close_matches(evidence_id, sorted(known), n=1)
            remedy = f"did you mean `{close[0]}`?" if close else "add it to evidence.yaml"
            document.add_problem(
                f"no evidence has the id {evidence_id}", (*field_path, number), remedy
            )


def _load_case_studies(reader: _FolderReader, known: set[str]) -> Iterator[CaseStudy]:
    for path in _yaml_files(reader, "case_studies", None):
        document, study = reader.read_model(path, CaseStudy, slug=path.stem)
        if study is not None:
            _check_evidence(document, ("evidence",), study.evidence, known)
            yield study
        reader.collect_problems(document)


def _yaml_files(reader: _FolderReader, folder: str, allowed: set[str] | None) -> Iterator[Path]:
    """Yield the YAML files of a subfolder in order; an invalid name is a problem."""
    root = reader.folder / folder
    if not root.is_dir():
        return
    try:
        paths = sorted(root.iterdir())
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        name = f"{reader.folder.name}/{folder}/"
        reader.problems.append(Problem(name, message, remedy="check its permissions"))
        return
    for path in paths:
        name = f"{reader.folder.name}/{folder}/{path.name}"
        if path.suffix == ".yml":
            reader.problems.append(Problem(name, "ends in .yml", remedy="rename it to .yaml"))
        if path.suffix != ".yaml" or path.name.startswith("."):
            continue
        if " " in path.stem or "conflict" in path.stem.lower():
            remedy = "a sync program made a copy: merge it into the original, then delete it"
            reader.problems.append(Problem(name, "looks like a conflicted copy", remedy=remedy))
        elif allowed is not None and path.stem not in allowed:
            close = get_close_matches(path.stem, sorted(allowed), n=1)
            remedy = f"did you mean {close[0]}.yaml?" if close else "remove the file"
            reader.problems.append(Problem(name, "the catalog has no such control", remedy=remedy))
        else:
            yield path


def _load_plan(reader: _FolderReader, *, orphans_are_wrong: bool) -> tuple[PlanEntry, ...]:
    path = reader.folder / "plan.yaml"
    if not path.exists():
        return ()
    document, plan = reader.read_model(path, PlanFile)
    seen: set[str] = set()
    for number, entry in enumerate(plan.actions if plan else ()):
        if entry.id in seen:
            document.add_problem(f"duplicate id {entry.id}", ("actions", number, "id"))
        seen.add(entry.id)
        if orphans_are_wrong:
            _check_action(reader, document, number, entry.id)
    reader.collect_problems(document)
    return plan.actions if plan else ()


def _check_action(reader: _FolderReader, document: YamlDocument, number: int, name: str) -> None:
    """Report an action of an unknown criterion.

    With a misspelt id the real action would keep its state, and the plan would look further along.
    """
    known = [f"{c.id}/{x.id}" for c in reader.catalog.controls for x in c.criteria]
    free = name.startswith("case-studies/") or "/third-party/" in name
    if name in known or free or reader.catalog.was_asked(name):
        return
    close = get_close_matches(name, known, n=1)
    remedy = f"did you mean `{close[0]}`?" if close else "`calib plan` lists the ids"
    document.add_problem("no remediation action has this id", ("actions", number, "id"), remedy)


def _load_milestones(reader: _FolderReader) -> Iterator[Milestone]:
    for path in sorted((reader.folder / "milestones").glob("*.json")):
        name = f"milestones/{path.name}"
        file = f"{reader.folder.name}/{name}"
        try:
            content = read_regular(path)
            reader.update_hash(name, content)
            data = json.loads(content)
            if isinstance(data, dict):
                data.pop(
                    "assessment", None
                )  # large; `milestones.load_milestone` reads it to compare
            yield Milestone.model_validate(data)
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            remedy = "restore the file, or move it away"
            reader.problems.append(Problem(file, message, remedy=remedy))
        except (ValueError, ValidationError, RecursionError) as error:
            reason = str(error).splitlines()[0]
            remedy = "milestones are written by `calib milestone`; delete or restore the file"
            reader.problems.append(Problem(file, f"not a milestone: {reason}", remedy=remedy))


def _file_state(folder: Path, item: Evidence) -> FileState:
    """Return the state of an evidence file; only a regular file inside the folder is present."""
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
