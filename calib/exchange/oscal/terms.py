"""How names, texts and days of calib are said in OSCAL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from uuid import NAMESPACE_URL, uuid5

from calib.exchange.oscal.model import VERSION, Metadata, Party, Property
from calib.model import Catalog
from calib.text import visible

NS = "urn:calib:oscal"
"""The name space of what OSCAL has no words for: maturity levels, effort, owner."""

STUDIES = "case-studies"
_ROOT = uuid5(NAMESPACE_URL, NS)
_ACTIVE = re.compile(r"[\\<\[]")


def uuid(*names: str) -> str:
    """Give the same thing the same id in every document, on every machine."""
    return str(uuid5(_ROOT, "\0".join(names)))


def line(text: str) -> str:
    """Make one line of a text; “(empty)” where nothing shows."""
    return " ".join(visible(text).split()) or "(empty)"


def title(text: str) -> str:
    """Make a title of a text: one line, in which nothing is markup."""
    return _plain(line(text))


def prose(*texts: str) -> str:
    """Make paragraphs of texts; OSCAL reads them as Markdown, so that nothing may act as such."""
    kept = [visible(t).strip() for t in texts]
    return _plain("\n\n".join(t for t in kept if t)) or "(empty)"


def _plain(text: str) -> str:
    # Tags, links and pictures are all that Markdown could do harm with; these two begin them.
    return _ACTIVE.sub(lambda found: "\\" + found[0], text)


def moment(day: date) -> datetime:
    """Return the start of a day; calib knows days, OSCAL wants an hour with its zone."""
    return datetime.combine(day, time(), UTC)


def props(pairs: Iterable[tuple[str, object]]) -> tuple[Property, ...] | None:
    """Make properties of our name space; what has no value is left out."""
    kept = [(n, line(str(v))) for n, v in pairs if v is not None and str(v).strip()]
    return tuple(Property(name=n, ns=NS, value=v) for n, v in kept) or None


def objective_id(control: str, criterion: str) -> str:
    """Name the objective of a criterion, or of a rule on case studies."""
    return f"{control}_obj.{criterion}"


def services_id(control: str) -> str:
    """Name the objective that each third-party service is justified."""
    return f"{control}_services"


def catalog_uuid(catalog: Catalog) -> str:
    """Name the document of a catalog."""
    return uuid("catalog", catalog.id, catalog.version)


def metadata(name: str, version: str, day: date, remarks: str, partner: str = "") -> Metadata:
    """Say what a document is, and whose."""
    party = Party(uuid=uuid("party", partner), type="organization", name=line(partner))
    return Metadata(
        title=title(name),
        last_modified=moment(day),
        version=line(version),
        oscal_version=VERSION,
        parties=(party,) if partner else None,
        remarks=prose(remarks),
    )
