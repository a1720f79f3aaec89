"""The workshop: how it was held, how the assessors voted, what was settled, what stayed open."""

from __future__ import annotations

from collections.abc import Iterable

from calib.model import Ballot, Catalog, Result, Workshop
from calib.render.document import Heading, Paragraph, Run, Section, paragraph
from calib.render.palette import ACCENT
from calib.render.sections import workshop_outcomes, workshop_timeline
from calib.render.sections.votes import WorkshopRecord, build_workshop_record, control_votes
from calib.text import plural


def workshop(
    result: Result,
    ballots: Iterable[Ballot],
    of: Workshop | None = None,
    catalog: Catalog | None = None,
    accent: str = ACCENT,
) -> Section | None:
    """Make the report's chapter on ballots and workshop; None where there are neither.

    What a workshop has not revealed is left out. Where none has begun, the agreed level is the
    override that an assessor set for the criterion, with name and reason.
    """
    found = build_workshop_record(result, ballots, of if of and of.begun else None)
    if of is None or of.begun is None:
        return _of_ballots(found) if found.agreement.controls else None
    blocks: list[object] = [
        *workshop_timeline.meeting_blocks(found, of),
        Heading("Before and after"),
        *workshop_timeline.change_blocks(found, of, accent),
        *votes(found, catalog),
        Heading("What stayed open"),
        *workshop_outcomes.open_criteria(found, of),
        *workshop_outcomes.parking_lot(of),
        Heading("How far the assessors agree"),
        *workshop_outcomes.agreement_blocks(found),
    ]
    return Section("workshop", "Workshop", tuple(blocks), kicker="Ballots and consensus")


def _of_ballots(found: WorkshopRecord) -> Section:
    blocks: list[object] = [
        paragraph(
            f"{plural(found.agreement.alpha.assessors, 'assessor')} judged the criteria alone, "
            "each in a ballot; then the ballots were compared.",
            style="lead",
        ),
        paragraph(
            found.agreement.alpha.sentence, " ", Run(workshop_outcomes.ALPHA_DEFINITION, "muted")
        ),
        *votes(found, None),
    ]
    return Section("workshop", "Workshop", tuple(blocks), kicker="Ballots and consensus")


def votes(found: WorkshopRecord, catalog: Catalog | None) -> list[object]:
    """Make the tables of the votes, control by control, and say how they are to be read."""
    tables: list[object] = []
    for control in found.result.controls:
        tables += control_votes(found, control)
    return [*tables, _reading(catalog)] if tables else []


def _reading(catalog: Catalog | None) -> Paragraph:
    named = ", ".join(f"{one.level} {one.name}" for one in catalog.levels) if catalog else ""
    return paragraph(
        "Median: the middle vote, of an even number the lower of the two in the middle. Spread: "
        "levels between the lowest and the highest vote." + (f" Levels: {named}." if named else ""),
        style="muted",
    )
