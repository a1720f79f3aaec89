"""The nouns of what is wrong, and of what would mend it."""

from __future__ import annotations

from enum import StrEnum

from calib.model.base import FrozenModel
from calib.model.catalog import Level
from calib.model.qualification_rules import Effort


class Outcome(StrEnum):
    """Say how a thing stands; of several, the worst wins."""

    NOT_APPLICABLE = "not_applicable"
    MET = "met"
    ADVICE = "advice"
    PARTLY = "partly"
    GAP = "gap"


_ORDER = tuple(Outcome)


def worst(outcomes: list[Outcome]) -> Outcome:
    """Return the worst of the outcomes, NOT_APPLICABLE where there is none."""
    return max(outcomes, key=_ORDER.index, default=Outcome.NOT_APPLICABLE)


class Span(FrozenModel):
    """Point at characters `start` to `end` (end excluded) of a narrative."""

    start: int
    end: int


class Subject(FrozenModel):
    """Say what a finding speaks of: a file of the assessment, a place in it, a span of text."""

    file: str = ""
    place: str = ""
    evidence: str = ""
    span: Span | None = None


class Finding(FrozenModel):
    """Hold one observation: what, about what, and on a bad outcome how to mend it."""

    rule: str
    outcome: Outcome
    message: str
    control: str = ""
    criterion: str = ""
    remediation: str = ""
    subject: Subject = Subject()
    bounds: Level | None = None
    """The highest supported level that this finding permits; None where it bounds nothing."""

    @property
    def id(self) -> str:
        """Name the finding within a result."""
        return "/".join(p for p in (self.control, self.criterion, self.rule) if p)


class Gap(FrozenModel):
    """Name one remediation action between the assessment and readiness."""

    id: str
    title: str
    action: str
    artefact: str
    effort: Effort
    days: int
    control: str = ""
    criterion: str = ""
    from_level: Level | None = None
    to_level: Level | None = None
    because: tuple[str, ...] = ()
    """The ids of the findings that make it a gap."""
