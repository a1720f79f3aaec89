"""Models of a result: findings first, then levels, gates and readiness."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from calib.model.assessment import (
    Evidence,
    FileState,
    Milestone,
    PointMark,
    Profile,
    ThirdParty,
)
from calib.model.base import FrozenModel
from calib.model.catalog import Basis, Level
from calib.model.finding import Finding, Gap, Outcome, Span
from calib.model.qualification import QualificationResult


class Verdict(StrEnum):
    """How far a narrative supports a criterion."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Mood(StrEnum):
    """How a sentence states its content; only sentences in place can show a point."""

    IN_PLACE = "in place"
    PLANNED = "planned"
    DENIED = "denied"
    HEDGED = "hedged"
    OTHER = "other"
    """The practice of another organisation, a law's demand, or advice to the reader."""
    LISTED = "listed"
    """Only a word in a list, a heading or a title."""
    WITHDRAWN = "withdrawn"
    """Once in place, and given up or suspended."""
    AIM = "aim"
    """A goal or a slogan."""
    UNSURE = "unsure"
    """The reviewer is not sure; a person has to check the sentence."""
    PLACEHOLDER = "placeholder"
    COPIED = "copied"
    """Copied from a published example response."""
    RESTATED = "restated"
    """A repetition of the requirement."""
    REJECTED = "rejected"
    """A person decided that it does not show the point."""


class PointState(StrEnum):
    """Whether a narrative shows a point."""

    SHOWN = "shown"
    NAMED = "named"
    """It is mentioned, but does not count."""
    UNSURE = "unsure"
    """A sentence may show it; it does not count until a person confirms it."""
    MISSING = "missing"


class PointReview(FrozenModel):
    """The reviewer's result for one point."""

    point: str
    title: str
    state: PointState
    mood: Mood | None = None
    """How the sentence states it; for a named point the reason why it does not count."""
    span: Span | None = None
    """The sentence that shows or names it."""


class Passage(FrozenModel):
    """One sentence of a narrative that is about a criterion."""

    criterion: str
    span: Span
    mood: Mood
    carries: bool = False
    """Whether the verdict is based on this sentence."""
    decides: bool = False
    """Whether it is the one sentence to show for the verdict."""


class CriterionReview(FrozenModel):
    """The reviewer's verdict on one criterion."""

    criterion: str
    verdict: Verdict
    judged: bool = True
    """False for a criterion without points: the text was not judged, the verdict is `no`."""
    learned: bool = True
    """False if its points have no learned weights: it was judged by their cues alone."""
    points: tuple[PointReview, ...] = ()
    example_bar: bool = False
    """Whether the points that AWS's published example covers are mentioned."""
    passages: tuple[Passage, ...] = ()
    names_artefact: bool = False
    """Whether a sentence that supports the verdict names a document or record."""
    measured: Span | None = None
    """The sentence with a measured outcome."""

    @property
    def shown(self) -> frozenset[str]:
        """The points shown."""
        return frozenset(p.point for p in self.points if p.state is PointState.SHOWN)


class Review(FrozenModel):
    """The review of one narrative, with the level of the whole response."""

    control: str
    level: Level
    criteria: tuple[CriterionReview, ...]
    findings: tuple[Finding, ...] = ()

    def criterion(self, criterion: str) -> CriterionReview:
        """Return the review of one criterion; raises KeyError."""
        for review in self.criteria:
            if review.criterion == criterion:
                return review
        raise KeyError(criterion)


class MarkState(StrEnum):
    """What a person's mark on a sentence changes."""

    COUNTS = "counts"
    """Two people confirm that the sentence shows the point: it counts as shown."""
    WAITING = "waiting"
    """It waits for a second person and changes nothing."""
    REJECTS = "rejects"
    """The sentence does not count for the point."""
    DISPUTED = "disputed"
    """Another person rejects the same sentence; the rejection counts."""
    NOT_FOUND = "not found"
    """The sentence is not in the narrative."""
    UNKNOWN = "unknown"
    """The criterion has no such point."""


class MarkResult(FrozenModel):
    """A person's mark on a sentence, with its effect."""

    mark: PointMark
    title: str
    """The title of the point; its id if the catalog has no such point."""
    state: MarkState
    span: Span | None = None
    """The sentence in the narrative."""

    @property
    def is_waiting(self) -> bool:
        """Whether a second person could confirm it."""
        return self.state is MarkState.WAITING

    @property
    def needs_repair(self) -> bool:
        """Whether it changes nothing until a person edits the narrative or the mark."""
        return self.state in (MarkState.DISPUTED, MarkState.NOT_FOUND, MarkState.UNKNOWN)


class CriterionResult(FrozenModel):
    """The levels and findings of one criterion."""

    criterion: str
    title: str
    basis: Basis
    weight: int
    needed: Level
    """The effective level that the gate needs."""
    verdict: Verdict
    """Our bar for the text: the verdict by the catalog's rule on the points shown."""
    points: tuple[PointReview, ...] = ()
    """The points of the criterion, in the catalog's order."""
    marks: tuple[MarkResult, ...] = ()
    """What people decided about single sentences, already applied to `points` and `verdict`."""
    example_bar: bool = False
    """The example bar: whether the points that AWS's published example covers are mentioned."""
    example_points: tuple[str, ...] = ()
    """The ids of those points; the example may show none."""
    learned: bool = True
    """False if its points were judged by their cues alone."""
    claimed: Level | None = None
    supported: Level
    """The lowest bound that a finding sets, regardless of the claim."""
    effective: Level
    """The lower of claimed and supported level, or the level of an override."""
    outcome: Outcome
    overridden_by: str = ""
    override_reason: str = ""
    not_applicable: str = ""
    """The partner's reason; the criterion still counts."""
    answer: str = ""
    owner: str = ""
    due: date | None = None
    evidence: tuple[str, ...] = ()
    """Ids of evidence entries."""
    findings: tuple[Finding, ...] = ()

    @property
    def met(self) -> bool:
        """Whether the effective level reaches the level that the gate needs."""
        return self.effective >= self.needed

    @property
    def judged(self) -> bool:
        """Whether the reviewer judged the text; not so for a criterion without points."""
        return not any(f.rule == "not-judged" for f in self.findings)


class ControlResult(FrozenModel):
    """The gate, gauge and criteria of one control."""

    control: str
    title: str
    gate: bool
    """Our bar: whether every criterion is met and every third-party service is justified."""
    gauge: float
    """The weighted mean of the effective levels, with one decimal."""
    level: Level
    """The level of the whole response by the reviewer's rule; 0 if no criterion is judged."""
    narrative: str
    passages: tuple[Passage, ...]
    criteria: tuple[CriterionResult, ...]
    example_bar: bool = False
    """The example bar: whether every criterion mentions what AWS's published example covers."""
    third_party: tuple[ThirdParty, ...] = ()
    findings: tuple[Finding, ...] = ()
    """Findings on the control as a whole; those on one criterion are in `criteria`."""

    @property
    def judged(self) -> tuple[CriterionResult, ...]:
        """The criteria whose text the reviewer judged; `level` rests on these alone."""
        return tuple(c for c in self.criteria if c.judged)

    @property
    def answered(self) -> int:
        """The number of criteria with a claim, an answer or a supporting sentence."""
        return sum(
            1 for c in self.criteria if c.claimed is not None or c.answer or c.verdict != Verdict.NO
        )


class Readiness(StrEnum):
    """The verdict on the whole assessment."""

    READY = "ready"
    CLOSE = "close"
    """Few remediation actions are left; the catalog's gate rule sets the number."""
    NOT_READY = "not_ready"


class EvidenceResult(FrozenModel):
    """The state of one piece of evidence, and where it is used."""

    item: Evidence
    state: FileState
    expired: bool
    serves: tuple[str, ...]
    """The answers and case studies that link it: `CONTROL/criterion`, `case_studies/slug`."""
    findings: tuple[Finding, ...] = ()


class Result(FrozenModel):
    """The complete result of `assess`; reports, exports and charts use nothing else."""

    schema_version: str
    program: str
    """The version of this program."""
    catalog: str
    catalog_version: str
    """The version of the catalog that judged the assessment."""
    catalog_expires: date
    """The last day on which the catalog is valid."""
    catalog_expired: bool
    answered_catalog_version: str
    """The catalog version that the assessment was answered for."""
    today: date
    """The day of the judgement."""
    target_date: date | None = None
    content_hash: str
    """SHA-256 of the folder, from `Assessment.content_hash`."""
    profile: Profile
    scope: str
    readiness: Readiness
    gauge: float
    """The mean of the controls' gauges, with one decimal."""
    controls: tuple[ControlResult, ...]
    qualification: QualificationResult
    evidence: tuple[EvidenceResult, ...]
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    """Findings on the assessment as a whole."""
    milestones: tuple[Milestone, ...]
    answers_hash: str = ""
    """SHA-256 over the answers and the state of the evidence, as milestones store it."""
    reviewer: str
    """The reviewer's version, and how it judges, in one sentence."""

    def control(self, control: str) -> ControlResult:
        """Return the result of one control; raises KeyError."""
        for result in self.controls:
            if result.control == control:
                return result
        raise KeyError(control)

    def all_findings(self) -> tuple[Finding, ...]:
        """Return all findings, from the whole assessment down to criteria and evidence."""
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
