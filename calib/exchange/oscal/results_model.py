"""The parts of OSCAL assessment results."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from calib.exchange.oscal.model import (
    BackMatter,
    Line,
    Link,
    Markup,
    Metadata,
    OscalModel,
    Property,
    Reference,
    Several,
    Some,
    Token,
    Uuid,
)


class ImportPlan(OscalModel):
    """Point at the plan of the assessment."""

    href: Reference
    remarks: Markup | None = None


class ById(OscalModel):
    """Choose a control."""

    control_id: Token


class ObjectiveById(OscalModel):
    """Choose an objective."""

    objective_id: Token


class Controls(OscalModel):
    """Choose controls."""

    include_controls: Several[ById]


class Objectives(OscalModel):
    """Choose objectives."""

    include_objectives: Several[ObjectiveById]


class Reviewed(OscalModel):
    """Say what was assessed."""

    control_selections: Several[Controls]
    control_objective_selections: Some[Objectives] = None


class RelevantEvidence(OscalModel):
    """Point at a piece of evidence."""

    href: Reference | None = None
    description: Markup


class Method(StrEnum):
    """Say how something was observed."""

    EXAMINE = "EXAMINE"
    INTERVIEW = "INTERVIEW"
    TEST = "TEST"
    UNKNOWN = "UNKNOWN"


class Observation(OscalModel):
    """Hold what was seen of one objective."""

    uuid: Uuid
    title: Line | None = None
    description: Markup
    methods: Several[Method]
    relevant_evidence: Some[RelevantEvidence] = None
    collected: AwareDatetime


class State(StrEnum):
    """Say whether an objective is reached."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not-satisfied"


class Status(OscalModel):
    """Hold a state and what speaks for it."""

    state: State
    reason: Token | None = None


class Target(OscalModel):
    """Say what a finding is about."""

    type: Literal["statement-id", "objective-id"]
    target_id: Token
    status: Status


class RelatedObservation(OscalModel):
    """Point at an observation."""

    observation_uuid: Uuid


class RelatedRisk(OscalModel):
    """Point at a risk."""

    risk_uuid: Uuid


class Finding(OscalModel):
    """Hold how one objective stands."""

    uuid: Uuid
    title: Line
    description: Markup
    props: Some[Property] = None
    target: Target
    related_observations: Some[RelatedObservation] = None
    related_risks: Some[RelatedRisk] = None


class Remediation(OscalModel):
    """Hold what would close a gap."""

    uuid: Uuid
    lifecycle: Token
    title: Line
    description: Markup


class Risk(OscalModel):
    """Hold a gap."""

    uuid: Uuid
    title: Line
    description: Markup
    statement: Markup
    props: Some[Property] = None
    status: Token
    deadline: AwareDatetime | None = None
    remediations: Some[Remediation] = None


class ResultBody(OscalModel):
    """Hold one run of the assessment."""

    uuid: Uuid
    title: Line
    description: Markup
    start: AwareDatetime
    end: AwareDatetime | None = None
    props: Some[Property] = None
    links: Some[Link] = None
    reviewed_controls: Reviewed
    observations: Some[Observation] = None
    risks: Some[Risk] = None
    findings: Some[Finding] = None


class ResultsBody(OscalModel):
    """Hold assessment results."""

    uuid: Uuid
    metadata: Metadata
    import_ap: ImportPlan
    results: Several[ResultBody]
    back_matter: BackMatter | None = None


class ResultsDocument(OscalModel):
    """Hold the document of assessment results."""

    assessment_results: ResultsBody
