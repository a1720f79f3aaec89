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
    MilestoneFile,
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
)
from calib.model.finding import (
    Finding,
    Gap,
    Outcome,
    Span,
    Subject,
    worst,
)
from calib.model.meeting import (
    Draft,
    Matter,
    Naming,
    Parked,
    Seat,
    Settled,
    TimeBox,
    Visit,
    Workshop,
)
from calib.model.qualification import (
    Lead,
    QualificationResult,
    StudyResult,
    StudySet,
)
from calib.model.result import (
    ControlResult,
    CriterionResult,
    CriterionReview,
    EvidenceResult,
    Mood,
    Passage,
    Readiness,
    Result,
    Review,
    Verdict,
)
from calib.model.rules import Effort, QualificationRules, ServiceFamily, WriteUpRules
from calib.model.workshop import (
    AgendaItem,
    Agreement,
    Ballot,
    ControlAgreement,
    Reliability,
    Strictness,
    StrictnessOverTime,
    StrictnessStep,
    Vote,
    WorkshopAgreement,
)

__all__ = [
    "FORMAT", "ActionStatus", "AgendaItem", "Agreement", "Assessment", "Ballot", "Basis",
    "CaseStudy", "Catalog", "Control", "ControlAgreement", "ControlResponse", "ControlResult",
    "Criterion", "CriterionAnswer", "CriterionResult", "CriterionReview", "Draft", "Effort",
    "Evidence", "EvidenceFile", "EvidenceResult", "FileState", "Finding", "Gap", "Header",
    "Lead", "Matter", "Milestone", "MilestoneFile", "Mood", "Naming", "Outcome", "Override",
    "Parked", "Passage", "PlanEntry", "PlanFile", "Profile", "QualificationResult",
    "QualificationRules", "Readiness", "Reliability", "Result", "Review", "Seat",
    "ServiceFamily", "Settled", "Span", "Strictness", "StrictnessOverTime", "StrictnessStep",
    "StudyResult", "StudySet", "StudyStatus", "Subject", "ThirdParty", "TimeBox", "Verdict",
    "Visit", "Vote", "Workshop", "WorkshopAgreement", "WriteUpRules", "worst",
]  # fmt: skip
