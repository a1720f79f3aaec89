"""The catalog as an OSCAL catalog: a control with an objective for each criterion."""

from __future__ import annotations

from pathlib import Path

from calib.exchange.checked_write import json_bytes, write_bytes
from calib.exchange.oscal.check import must_be_sound
from calib.exchange.oscal.model import (
    BackMatter,
    CatalogBody,
    CatalogDocument,
    Control,
    Group,
    Link,
    Part,
    Property,
    Resource,
    Rlink,
    as_data,
)
from calib.exchange.oscal.terms import (
    NS,
    STUDIES,
    catalog_uuid,
    metadata,
    objective_id,
    props,
    prose,
    services_id,
    title,
    uuid,
)
from calib.model import Catalog, Criterion
from calib.model import Control as Asked
from calib.model.catalog import Resource as Reading

_OBJECTIVE = "assessment-objective"


def make_catalog(catalog: Catalog) -> CatalogDocument:
    """Say what the catalog asks, in OSCAL."""
    practice = Group(
        id="practice",
        title="Practice controls",
        controls=tuple(_control(catalog, c) for c in catalog.controls),
    )
    studies = Group(id="customers", title="Customer examples", controls=(_studies(catalog),))
    readings = tuple(_reading(c.id, r) for c in catalog.controls for r in c.resources)
    return CatalogDocument(
        catalog=CatalogBody(
            uuid=catalog_uuid(catalog),
            metadata=metadata(
                catalog.title,
                catalog.version,
                catalog.released,
                f"{catalog.scope}\n\n{catalog.notice}",
            ),
            groups=(studies, practice),
            back_matter=BackMatter(resources=readings) if readings else None,
        )
    )


def write_catalog(catalog: Catalog, path: Path) -> tuple[int, int]:
    """Write the catalog and check what was written; raises CannotWrite.

    Returns how many controls and objectives it has.
    """
    document = make_catalog(catalog)
    data = json_bytes(as_data(document))
    write_bytes(path, data, must_be_sound)
    asked = objectives(document)
    return len(asked), sum(map(len, asked.values()))


def objectives(document: CatalogDocument) -> dict[str, list[str]]:
    """List the ids of the objectives, by control."""
    return {
        control.id: [p.id for p in control.parts or () if p.name == _OBJECTIVE and p.id]
        for group in document.catalog.groups or ()
        for control in group.controls or ()
    }


def _control(catalog: Catalog, control: Asked) -> Control:
    return Control(
        id=control.id,
        title=title(control.title),
        props=(Property(name="label", value=control.id),),
        links=tuple(
            Link(href=f"#{_reading_id(control.id, r)}", rel="reference") for r in control.resources
        )
        or None,
        parts=(
            Part(id=f"{control.id}_smt", name="statement", prose=prose(control.requirement)),
            Part(
                id=f"{control.id}_gdn", name="guidance", prose=prose(control.asks_for, control.why)
            ),
            *(_objective(catalog, control.id, c) for c in control.criteria),
            Part(
                id=services_id(control.id),
                name=_OBJECTIVE,
                title="Third-party services",
                prose=prose(catalog.third_party.rule),
            ),
        ),
    )


def _objective(catalog: Catalog, control: str, criterion: Criterion) -> Part:
    name = objective_id(control, criterion.id)
    needed = catalog.gate.needed(criterion.basis)
    levels = tuple(
        Part(name=f"level-{n}", ns=NS, prose=prose(t)) for n, t in enumerate(criterion.levels)
    )
    looks_for = Part(name="guidance", prose=prose(criterion.looks_for, criterion.fails))
    return Part(
        id=name,
        name=_OBJECTIVE,
        title=title(criterion.title),
        prose=prose(criterion.question),
        props=props((("basis", criterion.basis), ("needed", needed), ("weight", criterion.weight))),
        parts=(looks_for, *levels),
    )


def _studies(catalog: Catalog) -> Control:
    rules = catalog.qualification
    parts = tuple(
        Part(
            id=objective_id(STUDIES, r.id),
            name=_OBJECTIVE,
            title=title(rules.with_numbers(r.asks)),
            prose=prose(rules.with_numbers(r.asks)),
        )
        for r in rules.asked
    )
    said = rules.with_numbers("{needed} customer examples qualify, one by one and together.")
    statement = Part(id=f"{STUDIES}_smt", name="statement", prose=prose(said))
    return Control(id=STUDIES, title="Case study qualification", parts=(statement, *parts))


def _reading_id(control: str, reading: Reading) -> str:
    return uuid("reading", control, reading.title)


def _reading(control: str, reading: Reading) -> Resource:
    return Resource(
        uuid=_reading_id(control, reading),
        title=title(reading.title),
        description=prose(reading.about),
        rlinks=(Rlink(href=reading.url),) if reading.url else None,
    )
