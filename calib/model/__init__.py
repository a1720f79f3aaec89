"""The nouns: frozen models of the catalog, an assessment and a result."""

from calib.model.assessment import (
    FORMAT,
    ActionStatus,
    Assessment,
    CaseStudy,
    ControlResponse,
    CriterionAnswer,
    Evidence,
    EvidenceFile,
    FileState,
    Header,
    Milestone,
    Override,
    PlanEntry,
    PlanFile,
    Profile,
    StudyStatus,
    ThirdParty,
)
from calib.model.catalog import (
    Basis,
    Catalog,
    Control,
    Criterion,
    Effort,
    QualificationRules,
    ServiceFamily,
)
from calib.model.result import (
    ControlResult,
    CriterionResult,
    CriterionReview,
    EvidenceResult,
    Finding,
    Gap,
    Mood,
    Outcome,
    Passage,
    QualificationResult,
    Readiness,
    Result,
    Review,
    Span,
    StudyResult,
    Subject,
    Verdict,
    worst,
)
from calib.model.workshop import Ballot, Vote

__all__ = [
    "FORMAT", "ActionStatus", "Assessment", "Ballot", "Basis", "CaseStudy", "Catalog", "Control",
    "ControlResponse", "ControlResult", "Criterion", "CriterionAnswer", "CriterionResult",
    "CriterionReview", "Effort", "Evidence", "EvidenceFile", "EvidenceResult", "FileState",
    "Finding", "Gap", "Header", "Milestone", "Mood", "Outcome", "Override", "Passage",
    "PlanEntry", "PlanFile", "Profile", "QualificationResult", "QualificationRules", "Readiness",
    "Result", "Review", "ServiceFamily", "Span", "StudyResult", "StudyStatus", "Subject",
    "ThirdParty", "Verdict", "Vote", "worst",
]  # fmt: skip
