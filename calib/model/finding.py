"""Models of findings and gaps."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from calib.model.base import FrozenModel
from calib.model.catalog import Level
from calib.model.qualification_rules import Effort


class Outcome(StrEnum):
    """The outcome of a finding, from best to worst; of several, the worst wins."""

    NOT_APPLICABLE = "not_applicable"
    MET = "met"
    ADVICE = "advice"
    PARTLY = "partly"
    GAP = "gap"


# Relies on the order of definition above.
_BEST_TO_WORST = tuple(Outcome)


def worst_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst of the outcomes, NOT_APPLICABLE if there are none."""
    return max(outcomes, key=_BEST_TO_WORST.index, default=Outcome.NOT_APPLICABLE)


class Span(FrozenModel):
    """A range of characters in a narrative, `start` included and `end` excluded."""

    start: int
    end: int


class Subject(FrozenModel):
    """The file, field, evidence or text that a finding is about."""

    file: str = ""
    """A path relative to the assessment folder."""
    place: str = ""
    """A field in that file, for example `criteria.methodology`."""
    evidence: str = ""
    """An evidence id."""
    span: Span | None = None
    """The passage of the narrative."""


class Finding(FrozenModel):
    """One observation, with its remediation if the outcome is bad."""

    rule: str
    """The id of the rule, with its subject after a colon where it can apply several times."""
    outcome: Outcome
    message: str
    control: str = ""
    criterion: str = ""
    remediation: str = ""
    subject: Subject = Subject()
    bounds: Level | None = None
    """The highest supported level that this finding permits; None if it sets no bound."""

    @property
    def id(self) -> str:
        """The finding's name, unique within a result."""
        return "/".join(p for p in (self.control, self.criterion, self.rule) if p)


class Gap(FrozenModel):
    """One remediation action between the assessment and readiness."""

    id: str
    title: str
    action: str
    artefact: str
    """The document or record that the action produces."""
    effort: Effort
    days: int
    """Working days."""
    control: str = ""
    """Empty for the case studies."""
    criterion: str = ""
    from_level: Level | None = None
    """The effective level now."""
    to_level: Level | None = None
    """The level that the gate needs."""
    because: tuple[str, ...] = ()
    """The ids of the findings that cause the gap."""
