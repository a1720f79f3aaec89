"""Models of the parts of OSCAL that calib writes, with the rules of the OSCAL JSON schema.

Two rules are stricter than the schema: the OSCAL version is fixed, and a hash must have the length
of SHA-256.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, ConfigDict, Field

from calib.model.base import FrozenModel

OSCAL_VERSION: Literal["1.2.1"] = "1.2.1"
"""The newest version of OSCAL that compliance-trestle, used by the tests, can validate."""

Uuid = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}$"
    ),
]
Token = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9._-]*$")]
SingleLine = Annotated[str, Field(pattern=r"^\S([^\n\r\x{85}\x{2028}\x{2029}]*\S)?$")]
"""One line without leading or trailing white space."""

Markup = Annotated[str, Field(min_length=1)]
Uri = Annotated[str, Field(pattern=r"^[a-zA-Z][a-zA-Z0-9+.-]+:\S+$")]
UriReference = Annotated[str, Field(pattern=r"^\S+$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


T = TypeVar("T")
NonEmpty = Annotated[tuple[T, ...], Field(min_length=1)]
OptionalList = NonEmpty[T] | None
"""OSCAL forbids empty arrays: an empty list is left out instead."""


class OscalModel(FrozenModel):
    """Base of all OSCAL models; field names become the kebab-case keys of the JSON."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.rstrip("_").replace("_", "-"),
        validate_by_name=True,
        coerce_numbers_to_str=False,
    )


class OscalProperty(OscalModel):
    """A name and a value in a namespace."""

    name: Token
    ns: Uri | None = None
    value: SingleLine


class OscalHash(OscalModel):
    """The hash of a file."""

    algorithm: Literal["SHA-256"] = "SHA-256"
    value: Sha256


class OscalRlink(OscalModel):
    """The location of a resource (`rlink`)."""

    href: UriReference
    hashes: OptionalList[OscalHash] = None


class OscalResource(OscalModel):
    """A referenced item of the back matter."""

    uuid: Uuid
    title: SingleLine | None = None
    description: Markup | None = None
    props: OptionalList[OscalProperty] = None
    rlinks: OptionalList[OscalRlink] = None
    remarks: Markup | None = None


class OscalBackMatter(OscalModel):
    """The referenced resources of a document."""

    resources: OptionalList[OscalResource] = None


class OscalLink(OscalModel):
    """A link to a resource."""

    href: UriReference
    rel: Token | None = None


class OscalParty(OscalModel):
    """An organization or a person."""

    uuid: Uuid
    type: Literal["organization", "person"]
    name: SingleLine | None = None


class OscalMetadata(OscalModel):
    """Title, version and parties of a document."""

    title: SingleLine
    last_modified: AwareDatetime
    version: SingleLine
    oscal_version: Literal["1.2.1"]
    props: OptionalList[OscalProperty] = None
    parties: OptionalList[OscalParty] = None
    remarks: Markup | None = None


class OscalPart(OscalModel):
    """A text of a control, which may have nested parts."""

    id: Token | None = None
    name: Token
    ns: Uri | None = None
    title: SingleLine | None = None
    props: OptionalList[OscalProperty] = None
    prose: Markup | None = None
    parts: OptionalList[OscalPart] = None


class OscalControl(OscalModel):
    """A control of a catalog."""

    id: Token
    class_: Token | None = None
    title: SingleLine
    props: OptionalList[OscalProperty] = None
    links: OptionalList[OscalLink] = None
    parts: OptionalList[OscalPart] = None


class OscalGroup(OscalModel):
    """A group of controls."""

    id: Token | None = None
    title: SingleLine
    controls: OptionalList[OscalControl] = None


class OscalCatalogBody(OscalModel):
    """The content of a catalog document."""

    uuid: Uuid
    metadata: OscalMetadata
    groups: OptionalList[OscalGroup] = None
    back_matter: OscalBackMatter | None = None


class OscalCatalog(OscalModel):
    """An OSCAL catalog document."""

    catalog: OscalCatalogBody


def to_oscal_json(document: OscalModel) -> dict[str, object]:
    """Return a document as JSON-compatible data with the keys and key order of OSCAL."""
    return document.model_dump(mode="json", by_alias=True, exclude_none=True)
