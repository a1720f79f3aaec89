"""Models of an assessment: the partner's files, and the evidence behind them."""

from __future__ import annotations

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from calib.model.base import FrozenModel, NonEmptyStr, entries_from_mapping
from calib.model.catalog import CriterionId, Level, Url

FORMAT = 1
"""The version of the folder format that this program reads and writes."""

Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2199, 12, 31))]
"""A date within a plausible range: a year such as 0205 or 20205 is a typing error."""

Gauge = Annotated[float, Field(ge=0, le=4, allow_inf_nan=False)]
"""A weighted mean of effective levels."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""An id of lower-case letters, digits and hyphens."""

Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
"""A text that is not blank: a name of spaces names no person."""

RelativeFile = Annotated[str, Field(pattern=r"^evidence/[^\\\x00-\x1f]+$")]
"""A path inside the folder's `evidence/`, with forward slashes."""


class Profile(FrozenModel):
    """The partner's profile."""

    partner: NonEmptyStr
    """The company's name."""
    practice_lead: str = ""
    contact: str = ""
    website: str = ""
    region: str = ""
    tier: str = ""
    """The AWS partner tier, as the partner writes it."""
    path: str = ""
    """The AWS partner path, for example Services; not a file path."""
    about: str = ""


class StudyStatus(StrEnum):
    """Whether a case study goes into the application."""

    SUBMITTED = "submitted"
    CANDIDATE = "candidate"


class CaseStudy(FrozenModel):
    """One customer example."""

    slug: str = ""
    """The name of its file, without the extension."""
    title: str = ""
    customer: str = ""
    status: StudyStatus = StudyStatus.CANDIDATE
    order: int = 0
    """Its position in the application; studies without one (0) come last."""
    challenge: str = ""
    solution: str = ""
    results: str = ""
    tech_stack: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    """The AWS services it uses, as the partner writes their names."""
    primary_service: str = ""
    could_lead: tuple[str, ...] = ()
    """Other services it uses that could be its primary service just as well."""
    solution_types: tuple[str, ...] = ()
    """The kinds of solution it shows, for the variety rule."""
    migrated_from: str = ""
    """The platform that the customer moved away from, if any."""
    evidence: tuple[Slug, ...] = ()
    """Ids of evidence entries."""


class Override(FrozenModel):
    """An assessor's level, which replaces the computed one and is shown with its reason."""

    level: Level
    by: NonEmptyStr
    """The assessor's name."""
    reason: NonEmptyStr


class PointMark(FrozenModel):
    """A person's word on one sentence: whether it shows a point.

    A mark for a point that the catalog does not have, or on a sentence that is no longer in the
    narrative, is kept and reported: only `calib.scoring.marks` decides what counts.
    """

    point: NonEmptyStr
    """The id of the point in the catalog."""
    quote: NonEmptyStr
    """The sentence, word for word; line breaks and the number of spaces do not matter."""
    shows: bool
    """True for "this shows it", False for "this does not show it"."""
    by: Words
    """The name of the person who marked it."""
    reason: Words
    confirmed_by: str = ""
    """The name of a second person; without one, "this shows it" changes nothing."""
    confirm_reason: str = ""
    """Why the second person agrees."""


class CriterionAnswer(FrozenModel):
    """The partner's answer to one criterion."""

    criterion: CriterionId
    claimed_level: Level | None = None
    answer: str = ""
    evidence: tuple[Slug, ...] = ()
    """Ids of evidence entries."""
    owner: str = ""
    """Who works on this criterion."""
    due: Day | None = None
    not_applicable: str = ""
    """The reason; an empty text means that the criterion applies."""
    override: Override | None = None
    marks: tuple[PointMark, ...] = ()
    """What people decided about single sentences of the narrative."""
    catalog_version: str = ""
    """The catalog version it was answered or confirmed for; empty: the assessment's version."""

    @property
    def has_content(self) -> bool:
        """Whether the partner or an assessor has entered anything that is judged."""
        levels = self.claimed_level is not None or self.override is not None
        texts = self.answer or self.evidence or self.not_applicable
        return levels or bool(texts or self.marks)


class ThirdParty(FrozenModel):
    """A service that is not AWS's own, and why it meets AWS standards and the control."""

    service: NonEmptyStr
    purpose: str = ""
    justification: str = ""


class ControlResponse(FrozenModel):
    """The response to one control: the text that is submitted and the answers behind it."""

    control: str
    """The id of the control."""
    narrative: str = ""
    criteria: tuple[CriterionAnswer, ...] = ()
    third_party: tuple[ThirdParty, ...] = ()

    @field_validator("criteria", mode="before")
    @classmethod
    def _criteria(cls, data: object) -> object:
        return entries_from_mapping(data, "criterion")

    def answer(self, criterion: str) -> CriterionAnswer:
        """Return the answer to a criterion, an empty one if there is none."""
        for answer in self.criteria:
            if answer.criterion == criterion:
                return answer
        return CriterionAnswer(criterion=criterion)


class FileState(StrEnum):
    """The state of an evidence file when the folder was read."""

    PRESENT = "present"
    MISSING = "missing"
    CHANGED = "changed"
    """The file's hash differs from the one in the register."""
    UNREGISTERED = "unregistered"
    """The file exists, but the register has no hash of it."""
    LINKED = "linked"
    """A URL, which is never fetched."""


class Evidence(FrozenModel):
    """One entry of the evidence register."""

    id: Slug
    title: NonEmptyStr
    file: RelativeFile | None = None
    url: Url | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """The hash of the file when it was registered, in lower-case hexadecimal."""
    dated: Day | None = None
    """The date of the document itself; a recent one counts as reviewed."""
    expires: Day | None = None
    """The last day on which it is valid."""
    customer: str = ""
    confidential: bool = False
    """Whether its file is left out of packs that go to others."""

    @model_validator(mode="after")
    def _one_location(self) -> Evidence:
        if (self.file is None) == (self.url is None):
            raise ValueError("give either a file or a url")
        if self.file and ".." in self.file.split("/"):
            raise ValueError("the file must be inside evidence/")
        return self


class ActionStatus(StrEnum):
    """The progress of a remediation action."""

    OPEN = "open"
    DOING = "doing"
    DONE = "done"


class PlanEntry(FrozenModel):
    """The partner's decisions about one remediation action."""

    id: str
    """The id of the gap that the action closes."""
    owner: str = ""
    due: Day | None = None
    status: ActionStatus = ActionStatus.OPEN
    note: str = ""


class Milestone(FrozenModel):
    """Readiness, gauges and levels of an assessment on a given day."""

    date: Day
    name: NonEmptyStr
    catalog_version: str = ""
    readiness: str = ""
    """A value of `Readiness`; text, since an older program may have used other words."""
    gauges: tuple[tuple[str, Gauge], ...] = ()
    """The gauge of each control, by its id."""
    qualified_studies: int = 0
    """The number of submitted case studies that qualified."""
    levels: tuple[tuple[str, Level], ...] = ()
    """The effective levels by `CONTROL/criterion`; empty in a milestone that has only gauges."""
    gates: tuple[str, ...] = ()
    """The ids of the controls whose gate was met."""
    answers_hash: str = ""
    """The value of `Assessment.answers_hash`."""
    signed_by: str = ""
    """The person who vouched for the answers of that day."""


class Header(FrozenModel):
    """The content of `assessment.yaml`."""

    format: int
    """The version of the folder format."""
    catalog: str
    catalog_version: str
    """The catalog version that the answers were given for."""
    profile: Profile
    scope: str = ""
    target_date: Day | None = None
    """The day by which the partner wants to be ready."""


class EvidenceFile(FrozenModel):
    """The content of `evidence.yaml`."""

    evidence: tuple[Evidence, ...] = ()


class PlanFile(FrozenModel):
    """The content of `plan.yaml`."""

    actions: tuple[PlanEntry, ...] = ()


class Assessment(FrozenModel):
    """An assessment folder, as read."""

    header: Header
    case_studies: tuple[CaseStudy, ...] = ()
    responses: tuple[ControlResponse, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    files: tuple[tuple[str, FileState], ...] = ()
    """The state of each evidence file when the folder was read, by evidence id."""
    plan: tuple[PlanEntry, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    content_hash: str = ""
    """SHA-256 over the names and bytes of everything the result depends on."""

    @property
    def answers_hash(self) -> str:
        """SHA-256 over the answers and the state of the evidence, regardless of file layout.

        The plan and the milestones are left out: they change without an answer changing.
        """
        excluded = {"plan", "milestones", "content_hash"}
        answers = self.model_dump_json(exclude=excluded, exclude_defaults=True)
        return hashlib.sha256(answers.encode()).hexdigest()

    def response(self, control: str) -> ControlResponse:
        """Return the response to a control, an empty one if there is none."""
        for response in self.responses:
            if response.control == control:
                return response
        return ControlResponse(control=control)

    def file_state(self, evidence: str) -> FileState:
        """Return the state of an evidence file by evidence id; LINKED if it has no file."""
        return dict(self.files).get(evidence, FileState.LINKED)


class MilestoneFile(Milestone):
    """The content of a file in `milestones/`: the milestone, and the answers of that day."""

    assessment: Assessment | None = None
    """The assessment of that day; None in a milestone that has only gauges and levels."""
