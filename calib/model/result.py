"""The nouns of a result: findings first, then levels, gates and readiness."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from calib.model.assessment import Evidence, FileState, Milestone, Profile, ThirdParty
from calib.model.base import FrozenModel
from calib.model.catalog import Basis, Level
from calib.model.finding import Finding, Gap, Outcome, Span
from calib.model.qualification import QualificationResult


class Verdict(StrEnum):
    """Say how far a narrative carries a criterion."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Mood(StrEnum):
    """Say how a sentence speaks of what it names."""

    IN_PLACE = "in place"
    PLANNED = "planned"
    DENIED = "denied"
    HEDGED = "hedged"
    NAMED = "named"
    PLACEHOLDER = "placeholder"
    COPIED = "copied"
    RESTATED = "restated"


class Passage(FrozenModel):
    """Hold one sentence of a narrative that speaks of a criterion."""

    criterion: str
    span: Span
    mood: Mood
    carries: bool = False
    """Whether the verdict rests on this sentence."""
    decides: bool = False
    """Whether it is the one sentence to show for the verdict."""


class CriterionReview(FrozenModel):
    """Hold what a narrative says of one criterion."""

    criterion: str
    verdict: Verdict
    passages: tuple[Passage, ...] = ()
    names_artefact: bool = False
    measured: Span | None = None
    """The sentence that gives a measured outcome."""


class Review(FrozenModel):
    """Hold what a narrative says of a control, and its level as a validator would give it."""

    control: str
    level: Level
    criteria: tuple[CriterionReview, ...]
    findings: tuple[Finding, ...] = ()

    def criterion(self, criterion: str) -> CriterionReview:
        """Return the review of one criterion; raises KeyError."""
        for one in self.criteria:
            if one.criterion == criterion:
                return one
        raise KeyError(criterion)


class CriterionResult(FrozenModel):
    """Hold how one criterion stands."""

    criterion: str
    title: str
    basis: Basis
    weight: int
    needed: Level
    verdict: Verdict
    claimed: Level | None = None
    supported: Level
    effective: Level
    outcome: Outcome
    overridden_by: str = ""
    override_reason: str = ""
    not_applicable: str = ""
    answer: str = ""
    owner: str = ""
    due: date | None = None
    evidence: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def met(self) -> bool:
        """Whether the effective level reaches what the gate needs."""
        return self.effective >= self.needed


class ControlResult(FrozenModel):
    """Hold how one control stands."""

    control: str
    title: str
    gate: bool
    gauge: float
    level: Level
    """The level of the whole response, as a validator would give it."""
    narrative: str
    passages: tuple[Passage, ...]
    criteria: tuple[CriterionResult, ...]
    third_party: tuple[ThirdParty, ...] = ()
    findings: tuple[Finding, ...] = ()
    """Findings on the control as a whole; those on a criterion stand with the criterion."""

    @property
    def answered(self) -> int:
        """Count the criteria of which anything is said."""
        return sum(
            1 for c in self.criteria if c.claimed is not None or c.answer or c.verdict != Verdict.NO
        )


class Readiness(StrEnum):
    """Give the verdict on the whole assessment."""

    READY = "ready"
    CLOSE = "close"
    NOT_READY = "not_ready"


class EvidenceResult(FrozenModel):
    """Hold how one piece of evidence stands, and what leans on it."""

    item: Evidence
    state: FileState
    expired: bool
    serves: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


class Result(FrozenModel):
    """Hold everything that a view shows: the one value that leaves `assess`."""

    schema_version: str
    program: str
    catalog: str
    catalog_version: str
    catalog_expires: date
    catalog_expired: bool
    answered_catalog_version: str
    today: date
    target_date: date | None = None
    content_hash: str
    profile: Profile
    scope: str
    readiness: Readiness
    gauge: float
    controls: tuple[ControlResult, ...]
    qualification: QualificationResult
    evidence: tuple[EvidenceResult, ...]
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    """Findings on the assessment as a whole."""
    milestones: tuple[Milestone, ...]
    answers_hash: str = ""
    """SHA-256 over the answers and the state of the evidence, as milestones remember it."""
    reviewer: str
    """How the reviewer judges, in one sentence, and its version."""

    def control(self, control: str) -> ControlResult:
        """Return the result of one control; raises KeyError."""
        for one in self.controls:
            if one.control == control:
                return one
        raise KeyError(control)

    def every_finding(self) -> tuple[Finding, ...]:
        """List all findings, from the whole down to the criteria and case studies."""
        found = list(self.findings) + list(self.qualification.findings)
        for study in self.qualification.studies:
            found += study.findings
        for control in self.controls:
            found += control.findings
            for criterion in control.criteria:
                found += criterion.findings
        for item in self.evidence:
            found += item.findings
        return tuple(found)
