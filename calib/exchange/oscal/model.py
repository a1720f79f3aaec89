"""The parts of OSCAL that are written here, with the rules of its JSON schema and a few more.

OSCAL leaves open which version a document names, and how long a hash is; here both are held.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, ConfigDict, Field

from calib.model.base import FrozenModel

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


class OscalModel(FrozenModel):
    """Hold a part of an OSCAL document, in the spelling of its JSON."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.rstrip("_").replace("_", "-"),
        validate_by_name=True,
        coerce_numbers_to_str=False,
    )


class Property(OscalModel):
    """Hold a name and a value, in a name space."""

    name: Token
    ns: Uri | None = None
    value: Line


class Hash(OscalModel):
    """Hold the hash of a file."""

    algorithm: Literal["SHA-256"] = "SHA-256"
    value: Sha256


class Rlink(OscalModel):
    """Say where a resource is."""

    href: Reference
    hashes: Some[Hash] = None


class Resource(OscalModel):
    """Hold something that is referred to, in the back matter."""

    uuid: Uuid
    title: Line | None = None
    description: Markup | None = None
    props: Some[Property] = None
    rlinks: Some[Rlink] = None
    remarks: Markup | None = None


class BackMatter(OscalModel):
    """Hold what is referred to."""

    resources: Some[Resource] = None


class Link(OscalModel):
    """Point at a resource."""

    href: Reference
    rel: Token | None = None


class Party(OscalModel):
    """Name an organization."""

    uuid: Uuid
    type: Literal["organization", "person"]
    name: Line | None = None


class Metadata(OscalModel):
    """Say what a document is."""

    title: Line
    last_modified: AwareDatetime
    version: Line
    oscal_version: Literal["1.2.1"]
    props: Some[Property] = None
    parties: Some[Party] = None
    remarks: Markup | None = None


class Part(OscalModel):
    """Hold a text of a control."""

    id: Token | None = None
    name: Token
    ns: Uri | None = None
    title: Line | None = None
    props: Some[Property] = None
    prose: Markup | None = None
    parts: Some[Part] = None


class Control(OscalModel):
    """Hold a control."""

    id: Token
    class_: Token | None = None
    title: Line
    props: Some[Property] = None
    links: Some[Link] = None
    parts: Some[Part] = None


class Group(OscalModel):
    """Hold controls of one kind."""

    id: Token | None = None
    title: Line
    controls: Some[Control] = None


class CatalogBody(OscalModel):
    """Hold a catalog."""

    uuid: Uuid
    metadata: Metadata
    groups: Some[Group] = None
    back_matter: BackMatter | None = None


class CatalogDocument(OscalModel):
    """Hold a catalog's document."""

    catalog: CatalogBody


def as_data(document: OscalModel) -> dict[str, Any]:
    """Return a document as plain data, in OSCAL's spelling and order."""
    return document.model_dump(mode="json", by_alias=True, exclude_none=True)
