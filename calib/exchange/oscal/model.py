"""The parts of OSCAL that are written here, with the rules of its JSON schema and a few more.

OSCAL leaves open which version a document names, and how long a hash is; here both are held.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, ConfigDict, Field

from calib.model.base import FrozenModel

OSCAL_VERSION: Literal["1.2.1"] = "1.2.1"
"""The version of OSCAL that is written: the newest that a library at hand validates."""

Uuid = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$"
    ),
]
Token = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9._-]*$")]
SingleLine = Annotated[str, Field(pattern=r"^\S([^\n\r\x{85}\x{2028}\x{2029}]*\S)?$")]
"""A text of one line, without blanks around it."""

Markup = Annotated[str, Field(min_length=1)]
Uri = Annotated[str, Field(pattern=r"^[a-zA-Z][a-zA-Z0-9+.-]+:\S+$")]
UriReference = Annotated[str, Field(pattern=r"^\S+$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


T = TypeVar("T")
NonEmpty = Annotated[tuple[T, ...], Field(min_length=1)]
OptionalList = NonEmpty[T] | None
"""A list that is left out where it would be empty."""


class OscalModel(FrozenModel):
    """Hold a part of an OSCAL document, in the spelling of its JSON."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.rstrip("_").replace("_", "-"),
        validate_by_name=True,
        coerce_numbers_to_str=False,
    )


class OscalProperty(OscalModel):
    """Hold a name and a value, in a name space."""

    name: Token
    ns: Uri | None = None
    value: SingleLine


class OscalHash(OscalModel):
    """Hold the hash of a file."""

    algorithm: Literal["SHA-256"] = "SHA-256"
    value: Sha256


class OscalRlink(OscalModel):
    """Say where a resource is."""

    href: UriReference
    hashes: OptionalList[OscalHash] = None


class OscalResource(OscalModel):
    """Hold something that is referred to, in the back matter."""

    uuid: Uuid
    title: SingleLine | None = None
    description: Markup | None = None
    props: OptionalList[OscalProperty] = None
    rlinks: OptionalList[OscalRlink] = None
    remarks: Markup | None = None


class OscalBackMatter(OscalModel):
    """Hold what is referred to."""

    resources: OptionalList[OscalResource] = None


class OscalLink(OscalModel):
    """Point at a resource."""

    href: UriReference
    rel: Token | None = None


class OscalParty(OscalModel):
    """Name an organization."""

    uuid: Uuid
    type: Literal["organization", "person"]
    name: SingleLine | None = None


class OscalMetadata(OscalModel):
    """Say what a document is."""

    title: SingleLine
    last_modified: AwareDatetime
    version: SingleLine
    oscal_version: Literal["1.2.1"]
    props: OptionalList[OscalProperty] = None
    parties: OptionalList[OscalParty] = None
    remarks: Markup | None = None


class OscalPart(OscalModel):
    """Hold a text of a control."""

    id: Token | None = None
    name: Token
    ns: Uri | None = None
    title: SingleLine | None = None
    props: OptionalList[OscalProperty] = None
    prose: Markup | None = None
    parts: OptionalList[OscalPart] = None


class OscalControl(OscalModel):
    """Hold a control."""

    id: Token
    class_: Token | None = None
    title: SingleLine
    props: OptionalList[OscalProperty] = None
    links: OptionalList[OscalLink] = None
    parts: OptionalList[OscalPart] = None


class OscalGroup(OscalModel):
    """Hold controls of one kind."""

    id: Token | None = None
    title: SingleLine
    controls: OptionalList[OscalControl] = None


class OscalCatalogBody(OscalModel):
    """Hold a catalog."""

    uuid: Uuid
    metadata: OscalMetadata
    groups: OptionalList[OscalGroup] = None
    back_matter: OscalBackMatter | None = None


class OscalCatalog(OscalModel):
    """Hold a catalog's document."""

    catalog: OscalCatalogBody


def to_oscal_json(document: OscalModel) -> dict[str, Any]:
    """Return a document as plain data, in OSCAL's spelling and order."""
    return document.model_dump(mode="json", by_alias=True, exclude_none=True)
