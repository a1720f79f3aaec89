"""Apply an unsaved field value to a file's content and to the assessment, in memory only."""

from __future__ import annotations

from typing import Any, cast

from calib.files.strict_yaml import FieldPath, YamlDocument, format_field_path, validate_yaml
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
from calib.yamledit.fieldpath import (
    UnreachableField,
    drop_at,
    put_at,
    reduce_edit,
    resolve,
    to_plain,
)

FileContent = dict[str, Any]
"""The content of a YAML file: plain values by key."""

_MODELS: dict[str, type[FrozenModel]] = {
    "controls": ControlResponse,
    "case_studies": CaseStudy,
    "assessment.yaml": Header,
    "evidence.yaml": EvidenceFile,
    "plan.yaml": PlanFile,
    "workshop.yaml": Workshop,
}
"""The model of each file, by its name or by the folder it is in."""


def with_value(content: FileContent, path: FieldPath, value: object) -> FileContent:
    """Return a copy of a file's content with one field changed; None removes the field."""
    if value is None:
        resolved = resolve(content, path)
        changed = content if resolved is None else drop_at(content, resolved)
    else:
        resolved, node = reduce_edit(content, path, to_plain(value))
        changed = put_at(content, resolved, node)
    return cast("FileContent", changed)  # only an empty path could replace the whole mapping


def with_file_content(assessment: Assessment, file: str, content: FileContent) -> Assessment:
    """Return the assessment with the content of one file replaced; unchanged if it is invalid."""
    model = _parse_model(file, YamlDocument(file, content))
    if isinstance(model, ControlResponse):
        responses = tuple(model if r.control == model.control else r for r in assessment.responses)
        if model not in responses:
            responses = (*responses, model)
        return assessment.model_copy(update={"responses": responses})
    if isinstance(model, CaseStudy):
        studies = tuple(model if s.slug == model.slug else s for s in assessment.case_studies)
        return assessment.model_copy(update={"case_studies": studies})
    if isinstance(model, Header):
        return assessment.model_copy(update={"header": model})
    if isinstance(model, EvidenceFile):
        return assessment.model_copy(update={"evidence": model.evidence})
    if isinstance(model, PlanFile):
        return assessment.model_copy(update={"plan": model.actions})
    return assessment


def find_save_blocker(
    assessment: Assessment, file: str, content: FileContent, path: FieldPath, new: object
) -> str:
    """Return why a new value must not be saved, such as an empty required field; "" if it may be.

    Only a valid file is protected: while a file is invalid anyway, the store keeps the edit in
    its journal until the file is fixed.
    """
    try:
        document = YamlDocument(file, with_value(content, path, new))
    except (UnreachableField, KeyError, IndexError, TypeError):
        return ""
    stays_valid = _parse_model(file, document) is not None
    if stays_valid or _parse_model(file, YamlDocument(file, content)) is None:
        return _find_broken_links(assessment, file, document.value)
    first = document.problems[0]
    return f"{first.place or format_field_path(path)} {first.message}"


def _find_broken_links(assessment: Assessment, file: str, content: FileContent) -> str:
    """Return a message that lists the links to evidence which a new register would break."""
    if file != "evidence.yaml":
        return ""
    remaining = {e.get("id") for e in content.get("evidence") or () if isinstance(e, dict)}
    removed = {e.id for e in assessment.evidence} - remaining
    users = [
        f"{response.control}, {answer.criterion}"
        for response in assessment.responses
        for answer in response.criteria
        if removed & set(answer.evidence)
    ]
    users += [f"case study {s.slug}" for s in assessment.case_studies if removed & set(s.evidence)]
    return f"the evidence is linked by {'; '.join(users)}; unlink it there first" if users else ""


def _parse_model(file: str, document: YamlDocument) -> FrozenModel | None:
    """Return the model of a file, or None and the problems in `document`."""
    folder, _, name = file.partition("/")
    # A case study is identified by its file name, which its content does not repeat.
    extra = {"slug": name.removesuffix(".yaml")} if folder == "case_studies" else {}
    return validate_yaml(document, _MODELS[folder], **extra)
