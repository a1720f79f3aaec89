"""Export the catalog as an OSCAL catalog, with an assessment objective per criterion."""

from __future__ import annotations

from pathlib import Path

from calib.exchange.checked_write import encode_json, write_verified_bytes
from calib.exchange.oscal.check import verify_oscal
from calib.exchange.oscal.model import (
    OscalBackMatter,
    OscalCatalog,
    OscalCatalogBody,
    OscalControl,
    OscalGroup,
    OscalLink,
    OscalPart,
    OscalProperty,
    OscalResource,
    OscalRlink,
    to_oscal_json,
)
from calib.exchange.oscal.terms import (
    NAMESPACE,
    STUDIES_CONTROL,
    build_metadata,
    build_props,
    catalog_uuid,
    make_title,
    objective_id,
    prose,
    services_objective_id,
    stable_uuid,
)
from calib.model import Catalog, Criterion
from calib.model import Control as CatalogControl
from calib.model.catalog import Resource as CatalogResource

_OBJECTIVE = "assessment-objective"


def build_oscal_catalog(catalog: Catalog) -> OscalCatalog:
    """Build the OSCAL catalog; the case-study rules form a control of their own."""
    practice = OscalGroup(
        id="practice",
        title="Practice controls",
        controls=tuple(_build_control(catalog, c) for c in catalog.controls),
    )
    studies = OscalGroup(
        id="customers", title="Customer examples", controls=(_case_study_control(catalog),)
    )
    resources = tuple(_build_resource(c.id, r) for c in catalog.controls for r in c.resources)
    return OscalCatalog(
        catalog=OscalCatalogBody(
            uuid=catalog_uuid(catalog),
            metadata=build_metadata(
                catalog.title,
                catalog.version,
                catalog.released,
                f"{catalog.scope}\n\n{catalog.notice}",
            ),
            groups=(studies, practice),
            back_matter=OscalBackMatter(resources=resources) if resources else None,
        )
    )


def write_oscal_catalog(catalog: Catalog, path: Path) -> tuple[int, int]:
    """Write the catalog, verify it, and return the numbers of controls and objectives.

    Raises CannotWrite.
    """
    document = build_oscal_catalog(catalog)
    data = encode_json(to_oscal_json(document))
    write_verified_bytes(path, data, verify_oscal)
    objectives = objectives_by_control(document)
    return len(objectives), sum(map(len, objectives.values()))


def objectives_by_control(document: OscalCatalog) -> dict[str, list[str]]:
    """Return the ids of the objectives by control."""
    return {
        control.id: [p.id for p in control.parts or () if p.name == _OBJECTIVE and p.id]
        for group in document.catalog.groups or ()
        for control in group.controls or ()
    }


def _build_control(catalog: Catalog, control: CatalogControl) -> OscalControl:
    return OscalControl(
        id=control.id,
        title=make_title(control.title),
        props=(OscalProperty(name="label", value=control.id),),
        links=tuple(
            OscalLink(href=f"#{_resource_uuid(control.id, r)}", rel="reference")
            for r in control.resources
        )
        or None,
        parts=(
            OscalPart(id=f"{control.id}_smt", name="statement", prose=prose(control.requirement)),
            OscalPart(
                id=f"{control.id}_gdn", name="guidance", prose=prose(control.asks_for, control.why)
            ),
            *(_build_objective(catalog, control.id, c) for c in control.criteria),
            OscalPart(
                id=services_objective_id(control.id),
                name=_OBJECTIVE,
                title="Third-party services",
                prose=prose(catalog.third_party.rule),
            ),
        ),
    )


def _build_objective(catalog: Catalog, control: str, criterion: Criterion) -> OscalPart:
    needed = catalog.gate.needed(criterion.basis)
    levels = tuple(
        OscalPart(name=f"level-{n}", ns=NAMESPACE, prose=prose(t))
        for n, t in enumerate(criterion.levels)
    )
    guidance = OscalPart(
        name="guidance", prose=prose(criterion.looks_for, f"Typical gaps: {criterion.fails}")
    )
    return OscalPart(
        id=objective_id(control, criterion.id),
        name=_OBJECTIVE,
        title=make_title(criterion.title),
        prose=prose(criterion.question),
        props=build_props(
            (("basis", criterion.basis), ("needed", needed), ("weight", criterion.weight))
        ),
        parts=(guidance, *levels),
    )


def _case_study_control(catalog: Catalog) -> OscalControl:
    rules = catalog.qualification
    parts = tuple(
        OscalPart(
            id=objective_id(STUDIES_CONTROL, r.id),
            name=_OBJECTIVE,
            title=make_title(rules.with_numbers(r.asks)),
            prose=prose(rules.with_numbers(r.asks)),
        )
        for r in rules.mandatory
    )
    text = rules.with_numbers("{needed} customer examples qualify, one by one and together.")
    statement = OscalPart(id=f"{STUDIES_CONTROL}_smt", name="statement", prose=prose(text))
    return OscalControl(
        id=STUDIES_CONTROL, title="Case study qualification", parts=(statement, *parts)
    )


def _resource_uuid(control: str, resource: CatalogResource) -> str:
    return stable_uuid("reading", control, resource.title)


def _build_resource(control: str, resource: CatalogResource) -> OscalResource:
    return OscalResource(
        uuid=_resource_uuid(control, resource),
        title=make_title(resource.title),
        description=prose(resource.about),
        rlinks=(OscalRlink(href=resource.url),) if resource.url else None,
    )
