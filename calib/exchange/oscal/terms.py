"""How names, texts and days of calib are said in OSCAL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from uuid import NAMESPACE_URL, uuid5

from calib.exchange.oscal.model import OSCAL_VERSION, OscalMetadata, OscalParty, OscalProperty
from calib.model import Catalog
from calib.text import escape_invisible

NAMESPACE = "urn:calib:oscal"
"""The name space of what OSCAL has no words for: maturity levels, effort, owner."""

STUDIES_CONTROL = "case-studies"
_UUID_NAMESPACE = uuid5(NAMESPACE_URL, NAMESPACE)
_MARKUP_START = re.compile(r"[\\<\[]")


def stable_uuid(*names: str) -> str:
    """Give the same thing the same id in every document, on every machine."""
    return str(uuid5(_UUID_NAMESPACE, "\0".join(names)))


def single_line(text: str) -> str:
    """Make one line of a text; “(empty)” where nothing shows."""
    return " ".join(escape_invisible(text).split()) or "(empty)"


def make_title(text: str) -> str:
    """Make a title of a text: one line, in which nothing is markup."""
    return _escape_markdown(single_line(text))


def prose(*texts: str) -> str:
    """Make paragraphs of texts; OSCAL reads them as Markdown, so that nothing may act as such."""
    kept = [escape_invisible(t).strip() for t in texts]
    return _escape_markdown("\n\n".join(t for t in kept if t)) or "(empty)"


def _escape_markdown(text: str) -> str:
    # Tags, links and pictures are all that Markdown could do harm with; these two begin them.
    return _MARKUP_START.sub(lambda found: "\\" + found[0], text)


def start_of_day(day: date) -> datetime:
    """Return the start of a day; calib knows days, OSCAL wants an hour with its zone."""
    return datetime.combine(day, time(), UTC)


def build_props(pairs: Iterable[tuple[str, object]]) -> tuple[OscalProperty, ...] | None:
    """Make properties of our name space; what has no value is left out."""
    kept = [(n, single_line(str(v))) for n, v in pairs if v is not None and str(v).strip()]
    return tuple(OscalProperty(name=n, ns=NAMESPACE, value=v) for n, v in kept) or None


def objective_id(control: str, criterion: str) -> str:
    """Name the objective of a criterion, or of a rule on case studies."""
    return f"{control}_obj.{criterion}"


def services_objective_id(control: str) -> str:
    """Name the objective that each third-party service is justified."""
    return f"{control}_services"


def catalog_uuid(catalog: Catalog) -> str:
    """Name the document of a catalog."""
    return stable_uuid("catalog", catalog.id, catalog.version)


def build_metadata(
    name: str, version: str, day: date, remarks: str, partner: str = ""
) -> OscalMetadata:
    """Say what a document is, and whose."""
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
