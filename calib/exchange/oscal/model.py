"""The parts of OSCAL that are written here, with the rules of its JSON schema and a few more.

OSCAL leaves open which version a document names, and how long a hash is; here both are held.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, ConfigDict, Field

from calib.model.noun import Noun

VERSION: Literal["1.2.1"] = "1.2.1"
"""The version of OSCAL that is written: the newest that a library at hand validates."""

Uuid = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$"
    ),
]
Token = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9._-]*$")]
Line = Annotated[str, Field(pattern=r"^\S([^\n\r\x{85}\x{2028}\x{2029}]*\S)?$")]
"""A text of one line, without blanks around it."""

Markup = Annotated[str, Field(min_length=1)]
Uri = Annotated[str, Field(pattern=r"^[a-zA-Z][a-zA-Z0-9+.-]+:\S+$")]
Reference = Annotated[str, Field(pattern=r"^\S+$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


T = TypeVar("T")
Several = Annotated[tuple[T, ...], Field(min_length=1)]
Some = Several[T] | None
"""A list that is left out where it would be empty."""


class OscalNoun(Noun):
    """Hold a part of an OSCAL document, in the spelling of its JSON."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.rstrip("_").replace("_", "-"),
        validate_by_name=True,
        coerce_numbers_to_str=False,
    )


class Property(OscalNoun):
    """Hold a name and a value, in a name space."""

    name: Token
    ns: Uri | None = None
    value: Line


class Hash(OscalNoun):
    """Hold the hash of a file."""

    algorithm: Literal["SHA-256"] = "SHA-256"
    value: Sha256


class Rlink(OscalNoun):
    """Say where a resource is."""

    href: Reference
    hashes: Some[Hash] = None


class Resource(OscalNoun):
    """Hold something that is referred to, in the back matter."""

    uuid: Uuid
    title: Line | None = None
    description: Markup | None = None
    props: Some[Property] = None
    rlinks: Some[Rlink] = None
    remarks: Markup | None = None


class BackMatter(OscalNoun):
    """Hold what is referred to."""

    resources: Some[Resource] = None


class Link(OscalNoun):
    """Point at a resource."""

    href: Reference
    rel: Token | None = None


class Party(OscalNoun):
    """Name an organization."""

    uuid: Uuid
    type: Literal["organization", "person"]
    name: Line | None = None


class Metadata(OscalNoun):
    """Say what a document is."""

    title: Line
    last_modified: AwareDatetime
    version: Line
    oscal_version: Literal["1.2.1"]
    props: Some[Property] = None
    parties: Some[Party] = None
    remarks: Markup | None = None


class Part(OscalNoun):
    """Hold a text of a control."""

    id: Token | None = None
    name: Token
    ns: Uri | None = None
    title: Line | None = None
    props: Some[Property] = None
    prose: Markup | None = None
    parts: Some[Part] = None


class Control(OscalNoun):
    """Hold a control."""

    id: Token
    class_: Token | None = None
    title: Line
    props: Some[Property] = None
    links: Some[Link] = None
    parts: Some[Part] = None


class Group(OscalNoun):
    """Hold controls of one kind."""

    id: Token | None = None
    title: Line
    controls: Some[Control] = None


class CatalogBody(OscalNoun):
    """Hold a catalog."""

    uuid: Uuid
    metadata: Metadata
    groups: Some[Group] = None
    back_matter: BackMatter | None = None


class CatalogDocument(OscalNoun):
    """Hold a catalog's document."""

    catalog: CatalogBody


class ImportPlan(OscalNoun):
    """Point at the plan of the assessment."""

    href: Reference
    remarks: Markup | None = None


class ById(OscalNoun):
    """Choose a control."""

    control_id: Token


class ObjectiveById(OscalNoun):
    """Choose an objective."""

    objective_id: Token


class Controls(OscalNoun):
    """Choose controls."""

    include_controls: Several[ById]


class Objectives(OscalNoun):
    """Choose objectives."""

    include_objectives: Several[ObjectiveById]


class Reviewed(OscalNoun):
    """Say what was assessed."""

    control_selections: Several[Controls]
    control_objective_selections: Some[Objectives] = None


class RelevantEvidence(OscalNoun):
    """Point at a piece of evidence."""

    href: Reference | None = None
    description: Markup


class Method(StrEnum):
    """Say how something was observed."""

    EXAMINE = "EXAMINE"
    INTERVIEW = "INTERVIEW"
    TEST = "TEST"
    UNKNOWN = "UNKNOWN"


class Observation(OscalNoun):
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


class Status(OscalNoun):
    """Hold a state and what speaks for it."""

    state: State
    reason: Token | None = None


class Target(OscalNoun):
    """Say what a finding is about."""

    type: Literal["statement-id", "objective-id"]
    target_id: Token
    status: Status


class RelatedObservation(OscalNoun):
    """Point at an observation."""

    observation_uuid: Uuid


class RelatedRisk(OscalNoun):
    """Point at a risk."""

    risk_uuid: Uuid


class Finding(OscalNoun):
    """Hold how one objective stands."""

    uuid: Uuid
    title: Line
    description: Markup
    props: Some[Property] = None
    target: Target
    related_observations: Some[RelatedObservation] = None
    related_risks: Some[RelatedRisk] = None


class Remediation(OscalNoun):
    """Hold what would close a gap."""

    uuid: Uuid
    lifecycle: Token
    title: Line
    description: Markup


class Risk(OscalNoun):
    """Hold a gap."""

    uuid: Uuid
    title: Line
    description: Markup
    statement: Markup
    props: Some[Property] = None
    status: Token
    deadline: AwareDatetime | None = None
    remediations: Some[Remediation] = None


class ResultBody(OscalNoun):
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


class ResultsBody(OscalNoun):
    """Hold assessment results."""

    uuid: Uuid
    metadata: Metadata
    import_ap: ImportPlan
    results: Several[ResultBody]
    back_matter: BackMatter | None = None


class ResultsDocument(OscalNoun):
    """Hold the document of assessment results."""

    assessment_results: ResultsBody


Document = CatalogDocument | ResultsDocument


def as_data(document: Document) -> dict[str, Any]:
    """Return a document as plain data, in OSCAL's spelling and order."""
    return document.model_dump(mode="json", by_alias=True, exclude_none=True)
