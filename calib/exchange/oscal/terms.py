"""Convert names, texts and dates of calib to their OSCAL forms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from uuid import NAMESPACE_URL, uuid5

from calib.exchange.oscal.model import OSCAL_VERSION, OscalMetadata, OscalParty, OscalProperty
from calib.model import Catalog
from calib.text import escape_invisible

NAMESPACE = "urn:calib:oscal"
"""The namespace of properties that OSCAL does not define: maturity levels, effort, owner."""

STUDIES_CONTROL = "case-studies"
_UUID_NAMESPACE = uuid5(NAMESPACE_URL, NAMESPACE)
_MARKUP_START = re.compile(r"[\\<\[]")


def stable_uuid(*names: str) -> str:
    """Derive a UUID from names: equal names give equal ids in every document on every machine."""
    return str(uuid5(_UUID_NAMESPACE, "\0".join(names)))


def single_line(text: str) -> str:
    """Join a text into one line; “(empty)” if nothing is visible, because OSCAL requires a text."""
    return " ".join(escape_invisible(text).split()) or "(empty)"


def make_title(text: str) -> str:
    """Make a title: one line without active markup."""
    return _escape_markdown(single_line(text))


def prose(*texts: str) -> str:
    """Join texts into paragraphs; OSCAL prose is Markdown, so markup is escaped."""
    paragraphs = [escape_invisible(t).strip() for t in texts]
    return _escape_markdown("\n\n".join(p for p in paragraphs if p)) or "(empty)"


def _escape_markdown(text: str) -> str:
    # `<` starts HTML, `[` links and images: the only active parts of Markdown.
    return _MARKUP_START.sub(lambda match: "\\" + match[0], text)


def start_of_day(day: date) -> datetime:
    """Return midnight UTC of a day, because OSCAL requires a time with a time zone."""
    return datetime.combine(day, time(), UTC)


def build_props(pairs: Iterable[tuple[str, object]]) -> tuple[OscalProperty, ...] | None:
    """Make properties in our namespace, without those that have no value."""
    values = [(n, single_line(str(v))) for n, v in pairs if v is not None and str(v).strip()]
    return tuple(OscalProperty(name=n, ns=NAMESPACE, value=v) for n, v in values) or None


def objective_id(control: str, criterion: str) -> str:
    """Return the id of the objective of a criterion or a case-study rule."""
    return f"{control}_obj.{criterion}"


def services_objective_id(control: str) -> str:
    """Return the id of the objective that every third-party service is justified."""
    return f"{control}_services"


def catalog_uuid(catalog: Catalog) -> str:
    """Return the UUID of the OSCAL document of a catalog version."""
    return stable_uuid("catalog", catalog.id, catalog.version)


def build_metadata(
    name: str, version: str, day: date, remarks: str, partner: str = ""
) -> OscalMetadata:
    """Build the metadata of a document; `partner` becomes its party."""
    party = OscalParty(
        uuid=stable_uuid("party", partner), type="organization", name=single_line(partner)
    )
    return OscalMetadata(
        title=make_title(name),
        last_modified=start_of_day(day),
        version=single_line(version),
        oscal_version=OSCAL_VERSION,
        parties=(party,) if partner else None,
        remarks=prose(remarks),
    )
