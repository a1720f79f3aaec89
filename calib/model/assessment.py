"""The nouns of an assessment: what the partner says, and what stands behind it."""

from __future__ import annotations

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from calib.model.base import FrozenModel, Text, keyed
from calib.model.catalog import CriterionId, Level, Url

FORMAT = 1
"""The version of the folder's format that this program writes and reads."""

Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2199, 12, 31))]
"""A date that somebody can have meant."""

Gauge = Annotated[float, Field(ge=0, le=4, allow_inf_nan=False)]

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""An id of lower-case letters, digits and hyphens."""

RelativeFile = Annotated[str, Field(pattern=r"^evidence/[^\\\x00-\x1f]+$")]
"""A path inside the folder's `evidence/`."""


class Profile(FrozenModel):
    """Say who the partner is."""

    partner: Text
    practice_lead: str = ""
    contact: str = ""
    website: str = ""
    region: str = ""
    tier: str = ""
    path: str = ""
    about: str = ""


class StudyStatus(StrEnum):
    """Say whether a case study goes into the application."""

    SUBMITTED = "submitted"
    CANDIDATE = "candidate"


class CaseStudy(FrozenModel):
    """Hold one customer example."""

    slug: str = ""
    title: str = ""
    customer: str = ""
    status: StudyStatus = StudyStatus.CANDIDATE
    order: int = 0
    challenge: str = ""
    solution: str = ""
    results: str = ""
    tech_stack: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    primary_service: str = ""
    could_lead: tuple[str, ...] = ()
    """Services of it, beside the primary one, that it could lead with just as well."""
    solution_types: tuple[str, ...] = ()
    migrated_from: str = ""
    evidence: tuple[Slug, ...] = ()


class Override(FrozenModel):
    """Hold an assessor's level, which replaces the computed one and is shown with its reason."""

    level: Level
    by: Text
    reason: Text


class CriterionAnswer(FrozenModel):
    """Hold what the partner says of one criterion."""

    criterion: CriterionId
    claimed_level: Level | None = None
    answer: str = ""
    evidence: tuple[Slug, ...] = ()
    owner: str = ""
    due: Day | None = None
    not_applicable: str = ""
    """The reason; an empty text means that the criterion applies."""
    override: Override | None = None
    catalog_version: str = ""
    """The version of the catalog it was answered or confirmed for; empty: the assessment's."""

    @property
    def is_said(self) -> bool:
        """Whether the partner or an assessor has said anything."""
        levels = self.claimed_level is not None or self.override is not None
        return levels or bool(self.answer or self.evidence or self.not_applicable)


class ThirdParty(FrozenModel):
    """Name a service that is not AWS's own, and why it meets AWS standards and the control."""

    service: Text
    purpose: str = ""
    justification: str = ""


class ControlResponse(FrozenModel):
    """Hold the response to one control: the text that is submitted and the answers behind it."""

    control: str
    narrative: str = ""
    criteria: tuple[CriterionAnswer, ...] = ()
    third_party: tuple[ThirdParty, ...] = ()

    @field_validator("criteria", mode="before")
    @classmethod
    def _criteria(cls, data: Any) -> Any:
        return keyed(data, "criterion")

    def answer(self, criterion: str) -> CriterionAnswer:
        """Return the answer to a criterion, an empty one where nothing is said."""
        for one in self.criteria:
            if one.criterion == criterion:
                return one
        return CriterionAnswer(criterion=criterion)


class FileState(StrEnum):
    """Say what was found of an evidence file when the folder was read."""

    PRESENT = "present"
    MISSING = "missing"
    CHANGED = "changed"
    UNREGISTERED = "unregistered"
    """The file is there but the register holds no hash of it."""
    LINKED = "linked"
    """A URL, which is never fetched."""


class Evidence(FrozenModel):
    """Hold one entry of the evidence register."""

    id: Slug
    title: Text
    file: RelativeFile | None = None
    url: Url | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    dated: Day | None = None
    expires: Day | None = None
    customer: str = ""
    confidential: bool = False

    @model_validator(mode="after")
    def _one_place(self) -> Evidence:
        if (self.file is None) == (self.url is None):
            raise ValueError("give either a file or a url")
        if self.file and ".." in self.file.split("/"):
            raise ValueError("the file must lie inside evidence/")
        return self


class ActionStatus(StrEnum):
    """Say how far a remediation action is."""

    OPEN = "open"
    DOING = "doing"
    DONE = "done"


class PlanEntry(FrozenModel):
    """Hold what the partner has decided about one remediation action."""

    id: str
    owner: str = ""
    due: Day | None = None
    status: ActionStatus = ActionStatus.OPEN
    note: str = ""


class Milestone(FrozenModel):
    """Hold how an assessment stood on a day worth remembering."""

    date: Day
    name: Text
    catalog_version: str = ""
    readiness: str = ""
    gauges: tuple[tuple[str, Gauge], ...] = ()
    qualified_studies: int = 0
    levels: tuple[tuple[str, Level], ...] = ()
    """The effective levels by `CONTROL/criterion`; none in a milestone of gauges alone."""
    gates: tuple[str, ...] = ()
    """The controls whose gate held."""
    answers_hash: str = ""
    """What `Assessment.answers_hash` was."""
    signed_by: str = ""
    """Who vouched for the answers of that day."""


class Header(FrozenModel):
    """Hold the content of `assessment.yaml`."""

    format: int
    catalog: str
    catalog_version: str
    profile: Profile
    scope: str = ""
    target_date: Day | None = None


class EvidenceFile(FrozenModel):
    """Hold the content of `evidence.yaml`."""

    evidence: tuple[Evidence, ...] = ()


class PlanFile(FrozenModel):
    """Hold the content of `plan.yaml`."""

    actions: tuple[PlanEntry, ...] = ()


class Assessment(FrozenModel):
    """Hold an assessment folder as it was read."""

    header: Header
    case_studies: tuple[CaseStudy, ...] = ()
    responses: tuple[ControlResponse, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    files: tuple[tuple[str, FileState], ...] = ()
    """What was found of each evidence id when the folder was read."""
    plan: tuple[PlanEntry, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    content_hash: str = ""
    """SHA-256 over the names and bytes of everything the result depends on."""

    @property
    def answers_hash(self) -> str:
        """SHA-256 over what the partner says and the state of the evidence, however laid out.

        The plan and the milestones are no part of it: they change without an answer changing.
        """
        apart = {"plan", "milestones", "content_hash"}
        said = self.model_dump_json(exclude=apart, exclude_defaults=True)
        return hashlib.sha256(said.encode()).hexdigest()

    def response(self, control: str) -> ControlResponse:
        """Return the response to a control, an empty one where there is none."""
        for one in self.responses:
            if one.control == control:
                return one
        return ControlResponse(control=control)

    def state(self, evidence: str) -> FileState:
        """Return what was found of an evidence id; LINKED where nothing is known."""
        return dict(self.files).get(evidence, FileState.LINKED)


class MilestoneFile(Milestone):
    """Hold the content of a file in `milestones/`: how it stood, and what was said."""

    assessment: Assessment | None = None
    """The assessment of that day; None in a milestone of gauges alone."""
