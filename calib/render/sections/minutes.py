"""The minutes of a workshop: the record that the consultant hands over and both sign."""

from __future__ import annotations

from collections.abc import Iterable

from calib.model import Ballot, Catalog, Result, Workshop
from calib.render.brand import Brand, report_metadata
from calib.render.document import (
    Callout,
    Card,
    CardGrid,
    DefinitionList,
    Run,
    Section,
    Signatures,
    paragraph,
    run,
)
from calib.render.palette import READINESS_WORDS
from calib.render.sections import workshop_outcomes, workshop_timeline
from calib.render.sections.votes import WorkshopRecord, build_workshop_record
from calib.render.sections.workshop import votes
from calib.scoring.plan import Plan
from calib.text import day, plural
from calib.workshop import Standing, is_anonymous, number, standings, thousandths

TITLE = "workshop minutes"


def minutes(
    result: Result,
    ballots: Iterable[Ballot],
    workshop: Workshop,
    plan: Plan,
    catalog: Catalog,
    brand: Brand,
) -> tuple[Section, ...]:
    """Make the sections of the minutes, from the cover to the lines to sign on.

    What was not revealed is left out, and no name of an assessor is shown where the votes are
    anonymous.
    """
    found = build_workshop_record(result, ballots, workshop)
    shown = votes(found, catalog) or [paragraph("No votes were revealed, and nothing was settled.")]
    parts: tuple[tuple[str, str, list[object], bool], ...] = (
        ("meeting", "The meeting", workshop_timeline.meeting_blocks(found, workshop), False),
        (
            "change",
            "Before and after",
            workshop_timeline.change_blocks(found, workshop, brand.accent),
            True,
        ),
        ("votes", "Votes and consensus", shown, True),
        ("open", "What stayed open", workshop_outcomes.open_criteria(found, workshop), True),
        (
            "next",
            "What follows",
            [*workshop_outcomes.parking_lot(workshop), *workshop_outcomes.plan_actions(plan)],
            True,
        ),
        (
            "agreement",
            "How far the assessors agree",
            workshop_outcomes.agreement_blocks(found),
            True,
        ),
        ("signatures", "Signatures", _signatures(found, workshop), True),
    )
    return (
        _cover(found, workshop, brand),
        *(
            Section(name, title, tuple(blocks), meta={"runs_on": runs_on})
            for name, title, blocks, runs_on in parts
        ),
    )


def _cover(record: WorkshopRecord, workshop: Workshop, brand: Brand) -> Section:
    became = list(standings(record.result, workshop).values())
    settled = became.count(Standing.SETTLED)
    done = settled == len(became)
    verdict = "Every criterion settled" if done else f"{settled} of {len(became)} criteria settled"
    facts = [("Prepared by", run(brand.name))] if brand.name else []
    facts += [
        ("Workshop", run(workshop_timeline.meeting_time(workshop))),
        ("Facilitator", run(" ".join(workshop.facilitator.split()) or "–")),
        ("Assessors", run(workshop_timeline.list_assessors(record))),
        ("Date of these minutes", run(day(record.result.today))),
        ("Scope", run(record.result.scope or "–")),
    ]
    return Section(
        id="cover",
        title=record.result.profile.partner,
        kicker=f"Generative AI Competency · {TITLE}",
        blocks=(
            Callout(
                "good" if done else "info",
                verdict,
                (paragraph(_summed_up(record, workshop, became), style="lead"),),
            ),
            CardGrid(_cards(record, workshop, settled, len(became))),
            DefinitionList(tuple(facts)),
        ),
        meta=report_metadata(record.result, brand) | {"document": TITLE},
    )


def _summed_up(record: WorkshopRecord, workshop: Workshop, became: list[Standing]) -> str:
    count, _ = workshop_timeline.count_assessors(record)
    waiting, unreached = became.count(Standing.OPEN), became.count(Standing.UNREACHED)
    settled = plural(became.count(Standing.SETTLED), "level")
    parts = [
        f"{number(count)} {'assessor' if count == 1 else 'assessors'} voted on the practice of "
        f"{record.result.profile.partner} and settled {settled}."
    ]
    if waiting:
        parts.append(f"{plural(waiting, 'criterion was', 'criteria were')} voted on and left open.")
    if unreached:
        parts.append(f"{plural(unreached, 'criterion was', 'criteria were')} not reached.")
    if workshop.parked:
        parts.append(f"{plural(len(workshop.parked), 'matter')} went to the parking lot.")
    return f"On {_day(workshop)}, {' '.join(parts)}"


def _day(workshop: Workshop) -> str:
    return day(workshop.begun.date() if workshop.begun else None)


def _cards(
    record: WorkshopRecord, workshop: Workshop, settled: int, total: int
) -> tuple[Card, ...]:
    count, _ = workshop_timeline.count_assessors(record)
    alpha = record.agreement.alpha
    none = Run("")
    return (
        Card(
            "Assessors",
            "",
            str(count),
            "",
            none,
            "voted without names" if is_anonymous(workshop) else "voted by name",
        ),
        Card("Settled", "", str(settled), f"of {total}", none, "criteria have an agreed level"),
        Card(
            "Agreement",
            "",
            "–" if alpha.value is None else thousandths(alpha.value),
            "of 1",
            none,
            "alpha of the votes; 0 is chance",
        ),
        Card(
            "Readiness",
            "",
            READINESS_WORDS[record.result.readiness],
            "",
            none,
            _began(workshop.readiness_before),
        ),
    )


def _began(readiness: str) -> str:
    word = workshop_timeline.readiness_word(readiness)
    return f"{word} when the workshop began" if word else "as of these minutes"


def _signatures(record: WorkshopRecord, workshop: Workshop) -> list[object]:
    partner = record.result.profile.partner
    return [
        paragraph(
            f"These minutes record the workshop of {_day(workshop)} as it was held. "
            "The levels settled in it stand in the assessment with the name and the reason given "
            "above."
        ),
        Signatures(
            (
                ("Facilitator", " ".join(workshop.facilitator.split())),
                (f"For {partner}", ""),
            )
        ),
    ]
