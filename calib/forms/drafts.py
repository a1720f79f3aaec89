"""What a file, and the assessment, would be with a field that is being typed."""

from __future__ import annotations

from typing import Any

from calib.files.strict_yaml import Document, validate
from calib.model import (
    Assessment,
    CaseStudy,
    ControlResponse,
    EvidenceFile,
    Header,
    PlanFile,
    Workshop,
)
from calib.model.base import FrozenModel
from calib.yamledit.fieldpath import Place, Unreachable, concrete, drop, put, settle, spell

_KINDS: dict[str, type[FrozenModel]] = {
    "controls": ControlResponse,
    "case_studies": CaseStudy,
    "assessment.yaml": Header,
    "evidence.yaml": EvidenceFile,
    "plan.yaml": PlanFile,
    "workshop.yaml": Workshop,
}


def placed(content: Any, place: Place, value: Any) -> Any:
    """Return a file's content with another value at a place; None removes what stands there."""
    if value is None:
        where = concrete(content, place)
        return content if where is None else drop(content, where)
    where, node = settle(content, place, value)
    return put(content, where, node)


def with_file(assessment: Assessment, file: str, content: Any) -> Assessment:
    """Return the assessment with one file's content replaced; as it was where that makes none."""
    noun = _read(file, Document(file, content))
    if isinstance(noun, ControlResponse):
        found = tuple(noun if r.control == noun.control else r for r in assessment.responses)
        if noun not in found:
            found = (*found, noun)
        return assessment.model_copy(update={"responses": found})
    if isinstance(noun, CaseStudy):
        studies = tuple(noun if s.slug == noun.slug else s for s in assessment.case_studies)
        return assessment.model_copy(update={"case_studies": studies})
    if isinstance(noun, Header):
        return assessment.model_copy(update={"header": noun})
    if isinstance(noun, EvidenceFile):
        return assessment.model_copy(update={"evidence": noun.evidence})
    if isinstance(noun, PlanFile):
        return assessment.model_copy(update={"plan": noun.actions})
    return assessment


def complaint(assessment: Assessment, file: str, content: Any, place: Place, new: Any) -> str:
    """Say why a file could not be read any more with a new value; nothing where it could.

    A file that cannot be read as it is gets no complaint: the edit waits until it is mended.
    """
    try:
        document = Document(file, placed(content, place, new))
    except (Unreachable, KeyError, IndexError, TypeError):
        return ""
    if _read(file, document) is not None or _read(file, Document(file, content)) is None:
        return _leaning(assessment, file, document.value)
    first = document.problems[0]
    return f"{first.place or spell(place)} {first.message}"


def _leaning(assessment: Assessment, file: str, content: Any) -> str:
    """Say what still leans on a piece of evidence that would go."""
    if file != "evidence.yaml":
        return ""
    left = {e.get("id") for e in content.get("evidence") or () if isinstance(e, dict)}
    gone = {e.id for e in assessment.evidence} - left
    users = [
        f"{r.control}, {a.criterion}"
        for r in assessment.responses
        for a in r.criteria
        if gone & set(a.evidence)
    ]
    users += [f"case study {s.slug}" for s in assessment.case_studies if gone & set(s.evidence)]
    return f"it is linked by {'; '.join(users)}: unlink it there first" if users else ""


def _read(file: str, document: Document) -> FrozenModel | None:
    folder, _, name = file.partition("/")
    extra = {"slug": name.removesuffix(".yaml")} if folder == "case_studies" else {}
    return validate(document, _KINDS[folder], **extra)
