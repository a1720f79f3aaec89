"""Models of the case-study result: each study, the set, and the recommended four."""

from __future__ import annotations

from calib.model.base import FrozenModel
from calib.model.finding import Finding, Gap


class StudyResult(FrozenModel):
    """The result of one case study."""

    slug: str
    number: int
    """Its position in the result, counted from 1."""
    title: str
    customer: str
    submitted: bool
    qualified: bool
    primary_service: str
    family: str
    """The service family of its primary service; empty if that is not AWS-native."""
    services: tuple[str, ...]
    """The services as the partner writes their names."""
    families: tuple[str, ...]
    """The AWS-native service families among them."""
    kinds: tuple[str, ...]
    """The solution kinds it shows."""
    could_lead: tuple[tuple[str, str], ...] = ()
    """Alternative primary services: the family, and the service as the partner writes it."""
    told: tuple[str, ...] = ()
    """The service families that its solution text mentions."""
    strength: int = 0
    """How many points of a strong write-up it has."""
    results: str = ""
    challenge: str = ""
    solution: str = ""
    migrated_from: str = ""
    tech_stack: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """The rules that disqualify it, each as `reason:cs-number`."""
    findings: tuple[Finding, ...] = ()
    taken: bool = False
    """Whether it counts as submitted only because no study is marked so."""

    @property
    def role(self) -> str:
        """`submitted`, `candidate`, or `taken` if it counts as submitted because none is."""
        return "taken" if self.taken else "submitted" if self.submitted else "candidate"

    def strength_with(self, family: str) -> int:
        """Return its strength if `family` were primary; a solution that mentions it is a point."""
        return self.strength - (self.family in self.told) + (family in self.told)


class PrimaryService(FrozenModel):
    """A study of a set and its primary service there; an empty slug is a study to be written."""

    slug: str
    title: str
    family: str
    service: str
    instead_of: str = ""
    """Its primary service now, if another."""
    strength: int = 0
    lacks: tuple[str, ...] = ()
    """The points its write-up lacks with this primary service."""


class StudySet(FrozenModel):
    """Four studies that could be submitted together, and the reason for their rank."""

    leads: tuple[PrimaryService, ...]
    kinds: tuple[str, ...]
    """The solution kinds they show together."""
    strength: int
    """The sum of their strengths."""
    submitted: bool
    """Whether these are the submitted studies with their present primary services."""
    why: str


class QualificationResult(FrozenModel):
    """The result of the case studies, each and as a set."""

    needed: int
    """How many case studies an application needs."""
    qualified_count: int
    """How many submitted studies qualify."""
    set_qualifies: bool
    reasons: tuple[str, ...]
    studies: tuple[StudyResult, ...] = ()
    chosen_by_program: bool = False
    """True if no study is marked as submitted and the program chose the best set."""
    findings: tuple[Finding, ...] = ()
    """Findings on the set; those on one study are in `studies`."""
    points: int = 0
    """The highest strength that a write-up can have."""
    best: tuple[StudySet, ...] = ()
    """The best four of all studies, then the next best sets."""
    change: tuple[Gap, ...] = ()
    """The least work after which the best four qualify; empty if they already do."""
