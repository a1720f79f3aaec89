"""The nouns of a judgement on case studies: each, the set, and which four go best together."""

from __future__ import annotations

from calib.model.base import FrozenModel
from calib.model.finding import Finding, Gap


class StudyResult(FrozenModel):
    """Hold how one case study stands."""

    slug: str
    number: int
    title: str
    customer: str
    submitted: bool
    qualified: bool
    primary_service: str
    family: str
    services: tuple[str, ...]
    families: tuple[str, ...]
    kinds: tuple[str, ...]
    could_lead: tuple[tuple[str, str], ...] = ()
    """Families that it could lead with as well, each with its service as the partner names it."""
    told: tuple[str, ...] = ()
    """The families that its solution speaks of."""
    strength: int = 0
    """How many points of a strong write-up it has."""
    results: str = ""
    challenge: str = ""
    solution: str = ""
    migrated_from: str = ""
    tech_stack: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    taken: bool = False
    """Whether it only counts as submitted because no study is marked so."""

    @property
    def stands(self) -> str:
        """Say in a word whether it is submitted, taken because none is, or a candidate."""
        return "taken" if self.taken else "submitted" if self.submitted else "candidate"

    def strength_led_by(self, family: str) -> int:
        """Count its points if it led with another family, which its solution may not speak of."""
        return self.strength - (self.family in self.told) + (family in self.told)


class Lead(FrozenModel):
    """Name a study of a set and what it leads with there; an empty slug is one to be written."""

    slug: str
    title: str
    family: str
    service: str
    instead_of: str = ""
    """What it leads with now, where that is another service."""
    strength: int = 0
    lacks: tuple[str, ...] = ()
    """What its write-up lacks if it leads with this service."""


class StudySet(FrozenModel):
    """Hold four studies that could be submitted together, and why they stand where they do."""

    leads: tuple[Lead, ...]
    kinds: tuple[str, ...]
    strength: int
    submitted: bool
    """Whether these are the studies marked as submitted, led as they are."""
    why: str


class QualificationResult(FrozenModel):
    """Hold how the case studies stand, each and as a set."""

    needed: int
    qualified_count: int
    set_qualifies: bool
    reasons: tuple[str, ...]
    studies: tuple[StudyResult, ...] = ()
    chosen_by_program: bool = False
    """True where no study was marked as submitted and the best set was taken."""
    findings: tuple[Finding, ...] = ()
    points: int = 0
    """How many points a write-up can have."""
    best: tuple[StudySet, ...] = ()
    """The best four of all studies, then the sets next to them."""
    change: tuple[Gap, ...] = ()
    """The least work after which the best four qualify; empty where they do as they are."""
