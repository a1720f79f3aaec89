"""The workshop chapter of the report: meeting, votes, consensus and open criteria."""

from __future__ import annotations

from collections.abc import Iterable

from calib.model import Ballot, Catalog, Result, Workshop
from calib.render.document import Block, Heading, Paragraph, Run, Section, paragraph
from calib.render.palette import ACCENT
from calib.render.sections import workshop_outcomes, workshop_timeline
from calib.render.sections.votes import WorkshopRecord, build_workshop_record, control_votes
from calib.text import plural

_TITLE, _KICKER = "Workshop", "Votes and consensus"


def workshop(
    result: Result,
    ballots: Iterable[Ballot],
    session: Workshop | None = None,
    catalog: Catalog | None = None,
    accent: str = ACCENT,
) -> Section | None:
    """Build the workshop chapter; None where there are neither votes nor a workshop.

    Votes that the workshop has not revealed are left out. Without a workshop, the agreed level of a
    criterion is its override, with name and reason.
    """
    record = build_workshop_record(result, ballots, session if session and session.begun else None)
    if session is None or session.begun is None:
        return _ballots_only(record) if record.agreement.controls else None
    blocks: list[Block] = [
        *workshop_timeline.meeting_blocks(record, session),
        Heading("Before and after"),
        *workshop_timeline.change_blocks(record, session, accent),
        *votes(record, catalog),
        Heading("Open criteria"),
        *workshop_outcomes.open_criteria(record, session),
        *workshop_outcomes.parking_lot(session),
        Heading("Inter-rater agreement"),
        *workshop_outcomes.agreement_blocks(record),
    ]
    return Section("workshop", _TITLE, tuple(blocks), kicker=_KICKER)


def _ballots_only(record: WorkshopRecord) -> Section:
    alpha = record.agreement.alpha
    blocks: list[Block] = [
        paragraph(
            f"{plural(alpha.assessors, 'assessor')} rated the criteria independently, each on a "
            "ballot. The ballots were then compared.",
            style="lead",
        ),
        paragraph(alpha.sentence, " ", Run(workshop_outcomes.ALPHA_DEFINITION, "muted")),
        *votes(record, None),
    ]
    return Section("workshop", _TITLE, tuple(blocks), kicker=_KICKER)


def votes(record: WorkshopRecord, catalog: Catalog | None) -> list[Block]:
    """Build the tables of votes, one per control, followed by a note on how to read them."""
    tables: list[Block] = []
    for control in record.result.controls:
        tables += control_votes(record, control)
    return [*tables, _reading_note(catalog)] if tables else []


def _reading_note(catalog: Catalog | None) -> Paragraph:
    names = ", ".join(f"{item.level} {item.name}" for item in catalog.levels) if catalog else ""
    return paragraph(
        "Median: the middle vote; for an even number of votes, the lower of the two middle votes. "
        "Spread: the difference between the highest and the lowest vote, in levels."
        + (f" Levels: {names}." if names else ""),
        style="muted",
    )
