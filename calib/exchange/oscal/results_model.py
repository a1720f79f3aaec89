"""The parts of OSCAL assessment results."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from calib.exchange.oscal.model import (
    Markup,
    NonEmpty,
    OptionalList,
    OscalBackMatter,
    OscalLink,
    OscalMetadata,
    OscalModel,
    OscalProperty,
    SingleLine,
    Token,
    UriReference,
    Uuid,
)


class OscalImportAp(OscalModel):
    """Point at the plan of the assessment."""

    href: UriReference
    remarks: Markup | None = None


class SelectControlById(OscalModel):
    """Choose a control."""

    control_id: Token


class SelectObjectiveById(OscalModel):
    """Choose an objective."""

    objective_id: Token


class ControlSelection(OscalModel):
    """Choose controls."""

    include_controls: NonEmpty[SelectControlById]


class ObjectiveSelection(OscalModel):
    """Choose objectives."""

    include_objectives: NonEmpty[SelectObjectiveById]


class ReviewedControls(OscalModel):
    """Say what was assessed."""

    control_selections: NonEmpty[ControlSelection]
    control_objective_selections: OptionalList[ObjectiveSelection] = None


class RelevantEvidence(OscalModel):
    """Point at a piece of evidence."""

    href: UriReference | None = None
    description: Markup


class ObservationMethod(StrEnum):
    """Say how something was observed."""

    EXAMINE = "EXAMINE"
    INTERVIEW = "INTERVIEW"
    TEST = "TEST"
    UNKNOWN = "UNKNOWN"


class OscalObservation(OscalModel):
    """Hold what was seen of one objective."""

    uuid: Uuid
    title: SingleLine | None = None
    description: Markup
    methods: NonEmpty[ObservationMethod]
    relevant_evidence: OptionalList[RelevantEvidence] = None
    collected: AwareDatetime


class ObjectiveState(StrEnum):
    """Say whether an objective is reached."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not-satisfied"


class ObjectiveStatus(OscalModel):
    """Hold a state and what speaks for it."""

    state: ObjectiveState
    reason: Token | None = None


class FindingTarget(OscalModel):
    """Say what a finding is about."""

    type: Literal["statement-id", "objective-id"]
    target_id: Token
    status: ObjectiveStatus


class RelatedObservation(OscalModel):
    """Point at an observation."""

    observation_uuid: Uuid


class RelatedRisk(OscalModel):
    """Point at a risk."""

    risk_uuid: Uuid


class OscalFinding(OscalModel):
    """Hold how one objective stands."""

    uuid: Uuid
    title: SingleLine
    description: Markup
    props: OptionalList[OscalProperty] = None
    target: FindingTarget
    related_observations: OptionalList[RelatedObservation] = None
    related_risks: OptionalList[RelatedRisk] = None


class OscalRemediation(OscalModel):
    """Hold what would close a gap."""

    uuid: Uuid
    lifecycle: Token
    title: SingleLine
    description: Markup


class OscalRisk(OscalModel):
    """Hold a gap."""

    uuid: Uuid
    title: SingleLine
    description: Markup
    statement: Markup
    props: OptionalList[OscalProperty] = None
    status: Token
    deadline: AwareDatetime | None = None
    remediations: OptionalList[OscalRemediation] = None


class OscalResult(OscalModel):
    """Hold one run of the assessment."""

    uuid: Uuid
    title: SingleLine
    description: Markup
    start: AwareDatetime
    end: AwareDatetime | None = None
    props: OptionalList[OscalProperty] = None
    links: OptionalList[OscalLink] = None
    reviewed_controls: ReviewedControls
    observations: OptionalList[OscalObservation] = None
    risks: OptionalList[OscalRisk] = None
    findings: OptionalList[OscalFinding] = None


class OscalResultsBody(OscalModel):
    """Hold assessment results."""

    uuid: Uuid
    metadata: OscalMetadata
    import_ap: OscalImportAp
    results: NonEmpty[OscalResult]
    back_matter: OscalBackMatter | None = None


class OscalAssessmentResults(OscalModel):
    """Hold the document of assessment results."""

    assessment_results: OscalResultsBody
