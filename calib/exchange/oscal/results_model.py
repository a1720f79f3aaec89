"""Models of OSCAL assessment results."""

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
    """A reference to the assessment plan (`import-ap`)."""

    href: UriReference
    remarks: Markup | None = None


class SelectControlById(OscalModel):
    """A selected control."""

    control_id: Token


class SelectObjectiveById(OscalModel):
    """A selected objective."""

    objective_id: Token


class ControlSelection(OscalModel):
    """The selected controls."""

    include_controls: NonEmpty[SelectControlById]


class ObjectiveSelection(OscalModel):
    """The selected objectives."""

    include_objectives: NonEmpty[SelectObjectiveById]


class ReviewedControls(OscalModel):
    """The controls and objectives that were assessed."""

    control_selections: NonEmpty[ControlSelection]
    control_objective_selections: OptionalList[ObjectiveSelection] = None


class RelevantEvidence(OscalModel):
    """A reference to an evidence resource."""

    href: UriReference | None = None
    description: Markup


class ObservationMethod(StrEnum):
    """How an observation was made."""

    EXAMINE = "EXAMINE"
    INTERVIEW = "INTERVIEW"
    TEST = "TEST"
    UNKNOWN = "UNKNOWN"


class OscalObservation(OscalModel):
    """The observation on one objective."""

    uuid: Uuid
    title: SingleLine | None = None
    description: Markup
    methods: NonEmpty[ObservationMethod]
    relevant_evidence: OptionalList[RelevantEvidence] = None
    collected: AwareDatetime


class ObjectiveState(StrEnum):
    """Whether an objective is satisfied."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not-satisfied"


class ObjectiveStatus(OscalModel):
    """The state of an objective and its reason."""

    state: ObjectiveState
    reason: Token | None = None


class FindingTarget(OscalModel):
    """The objective of a finding and its status."""

    type: Literal["statement-id", "objective-id"]
    target_id: Token
    status: ObjectiveStatus


class RelatedObservation(OscalModel):
    """A reference to an observation."""

    observation_uuid: Uuid


class RelatedRisk(OscalModel):
    """A reference to a risk."""

    risk_uuid: Uuid


class OscalFinding(OscalModel):
    """The finding on one objective."""

    uuid: Uuid
    title: SingleLine
    description: Markup
    props: OptionalList[OscalProperty] = None
    target: FindingTarget
    related_observations: OptionalList[RelatedObservation] = None
    related_risks: OptionalList[RelatedRisk] = None


class OscalRemediation(OscalModel):
    """A response that would close a gap."""

    uuid: Uuid
    lifecycle: Token
    title: SingleLine
    description: Markup


class OscalRisk(OscalModel):
    """A gap, with its remediation."""

    uuid: Uuid
    title: SingleLine
    description: Markup
    statement: Markup
    props: OptionalList[OscalProperty] = None
    status: Token
    deadline: AwareDatetime | None = None
    remediations: OptionalList[OscalRemediation] = None


class OscalResult(OscalModel):
    """The result of one assessment run."""

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
    """The content of an assessment results document."""

    uuid: Uuid
    metadata: OscalMetadata
    import_ap: OscalImportAp
    results: NonEmpty[OscalResult]
    back_matter: OscalBackMatter | None = None


class OscalAssessmentResults(OscalModel):
    """An OSCAL assessment results document."""

    assessment_results: OscalResultsBody
