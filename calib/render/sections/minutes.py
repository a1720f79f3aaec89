"""The minutes of a workshop: the record that the consultant and the partner sign."""

from __future__ import annotations

from collections.abc import Iterable

from calib.model import Ballot, Catalog, Result, Workshop
from calib.render.brand import Brand, report_metadata
from calib.render.document import (
    Block,
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
from calib.render.sections import workshop_outcomes, workshop_timeline
from calib.render.sections.votes import WorkshopRecord, build_workshop_record
from calib.render.sections.workshop import votes
from calib.render.tones import READINESS_WORDS
from calib.scoring.plan import Plan
from calib.text import day, plural
from calib.workshop import (
    CriterionProgress,
    format_alpha,
    is_anonymous,
    number_word,
    progress_by_criterion,
)

TITLE = "workshop minutes"


def minutes(
    result: Result,
    ballots: Iterable[Ballot],
    workshop: Workshop,
    plan: Plan,
    catalog: Catalog,
    brand: Brand,
) -> tuple[Section, ...]:
    """Build the sections of the minutes, from the cover to the signatures.

    Votes that were not revealed are left out, and assessors' names too in an anonymous workshop.
    """
    record = build_workshop_record(result, ballots, workshop)
    shown = votes(record, catalog) or [paragraph("No votes were revealed and no level was agreed.")]
    # The flag decides whether a section follows on the same page of the PDF.
    parts: tuple[tuple[str, str, list[Block], bool], ...] = (
        ("meeting", "Meeting", workshop_timeline.meeting_blocks(record, workshop), False),
        (
            "change",
            "Before and after",
            workshop_timeline.change_blocks(record, workshop, brand.accent),
            True,
        ),
        ("votes", "Votes and consensus", shown, True),
        ("open", "Open criteria", workshop_outcomes.open_criteria(record, workshop), True),
        (
            "next",
            "Follow-up",
            [*workshop_outcomes.parking_lot(workshop), *workshop_outcomes.plan_actions(plan)],
            True,
        ),
        ("agreement", "Inter-rater agreement", workshop_outcomes.agreement_blocks(record), True),
        ("signatures", "Signatures", _signatures(record, workshop), True),
    )
    return (
        _cover(record, workshop, brand),
        *(
            Section(name, title, tuple(blocks), meta={"runs_on": runs_on})
            for name, title, blocks, runs_on in parts
        ),
    )


def _cover(record: WorkshopRecord, workshop: Workshop, brand: Brand) -> Section:
    states = list(progress_by_criterion(record.result, workshop).values())
    agreed = states.count(CriterionProgress.SETTLED)
    done = agreed == len(states)
    verdict = "All criteria agreed" if done else f"{agreed} of {len(states)} criteria agreed"
    details = [("Prepared by", run(brand.name))] if brand.name else []
    details += [
        ("Workshop", run(workshop_timeline.meeting_time(workshop))),
        ("Facilitator", run(" ".join(workshop.facilitator.split()) or "–")),
        ("Assessors", run(workshop_timeline.list_assessors(record))),
        ("Date of minutes", run(day(record.result.today))),
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
                (paragraph(_executive_summary(record, workshop, states), style="lead"),),
            ),
            CardGrid(_cards(record, workshop, agreed, len(states))),
            DefinitionList(tuple(details)),
        ),
        meta=report_metadata(record.result, brand) | {"document": TITLE},
    )


def _executive_summary(
    record: WorkshopRecord, workshop: Workshop, states: list[CriterionProgress]
) -> str:
    count, _ = workshop_timeline.count_assessors(record)
    open_, unreached = (
        states.count(CriterionProgress.OPEN),
        states.count(CriterionProgress.UNREACHED),
    )
    agreed = states.count(CriterionProgress.SETTLED)
    assessors = "assessor" if count == 1 else "assessors"
    parts = [
        f"{number_word(count)} {assessors} voted on the practice of "
        f"{record.result.profile.partner} and agreed the level of "
        f"{plural(agreed, 'criterion', 'criteria')}."
    ]
    if open_:
        parts.append(f"{plural(open_, 'criterion', 'criteria')} went to a vote without agreement.")
    if unreached:
        parts.append(f"{plural(unreached, 'criterion was', 'criteria were')} not reached.")
    if workshop.parked:
        parts.append(
            f"{plural(len(workshop.parked), 'item was', 'items were')} added to the parking lot."
        )
    return f"On {_day(workshop)}, {' '.join(parts)}"


def _day(workshop: Workshop) -> str:
    return day(workshop.begun.date() if workshop.begun else None)


def _cards(record: WorkshopRecord, workshop: Workshop, agreed: int, total: int) -> tuple[Card, ...]:
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
            "anonymous votes" if is_anonymous(workshop) else "named votes",
        ),
        Card("Agreed", "", str(agreed), f"of {total}", none, "criteria with an agreed level"),
        Card(
            "Agreement",
            "",
            "–" if alpha.value is None else format_alpha(alpha.value),
            "of 1",
            none,
            "Krippendorff's alpha; 0 is chance",
        ),
        Card(
            "Readiness",
            "",
            READINESS_WORDS[record.result.readiness],
            "",
            none,
            _readiness_note(workshop.readiness_before),
        ),
    )


def _readiness_note(before: str) -> str:
    word = workshop_timeline.readiness_word(before)
    return f"{word} at the start of the workshop" if word else "as of these minutes"


def _signatures(record: WorkshopRecord, workshop: Workshop) -> list[Block]:
    partner = record.result.profile.partner
    return [
        paragraph(
            f"These minutes record the workshop of {_day(workshop)}. The agreed levels are "
            "recorded in the assessment with the names and reasons given above."
        ),
        Signatures(
            (
                ("Facilitator", " ".join(workshop.facilitator.split())),
                (f"For {partner}", ""),
            )
        ),
    ]
