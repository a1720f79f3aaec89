"""The projected part of the form: one criterion, who has voted, and the revealed votes."""

from __future__ import annotations

from datetime import timedelta

from calib.forms import widgets
from calib.forms.workshop.state import WorkshopState
from calib.model import (
    Ballot,
    Control,
    Criterion,
    CriterionAgreement,
    CriterionResult,
    Verdict,
    Vote,
)
from calib.render import html
from calib.render.document import level
from calib.render.escape import escape, escape_attribute
from calib.render.narrative_marks import find_review_finding
from calib.text import listed, plural

_LONGEST_QUOTE = 240
"""Characters of a sentence on the projector; the control's notebook shows the whole sentence."""

Votes = tuple[tuple[Ballot, Vote], ...]


def question(workshop: WorkshopState) -> str:
    """Render the current criterion with its levels, large enough for a projector."""
    control, criterion = workshop.current
    of_control = [x for c, x in workshop.agenda_order if c == control]
    found = workshop.criterion_result(control.id, criterion.id)
    levels = workshop.controller.catalog.levels
    rows = "".join(
        f'<li class="{"needed" if number == found.needed else ""}">'
        f"{html.render_runs(level(number))} <strong>{escape(levels[number].name)}</strong> "
        f"{escape(description)}</li>"
        for number, description in enumerate(criterion.levels)
    )
    return (
        f'<div class="calib-stage"><p class="kicker">{escape(control.id)} {escape(control.title)} '
        f"· criterion {of_control.index(criterion) + 1} of {len(of_control)}</p>"
        f"<h2>{escape(criterion.title)}</h2>"
        f'<p class="asked">{escape(criterion.question)}</p>'
        f'<ul class="looks" aria-label="What each level looks like">{rows}</ul>'
        f"{_support(workshop, control, found)}</div>"
    )


def _support(workshop: WorkshopState, control: Control, found: CriterionResult) -> str:
    """Render the level that response and evidence support, a sentence, and the evidence."""
    finding = find_review_finding(found)
    narrative = workshop.controller.result.control(control.id).narrative
    quote = ""
    if finding is not None and finding.subject.span is not None:
        span = finding.subject.span
        sentence = " ".join(narrative[span.start : span.end].split())
        if len(sentence) > _LONGEST_QUOTE:
            sentence = f"{sentence[: _LONGEST_QUOTE - 1].rstrip()}…"
        quote = f'<p class="quote">“{escape(sentence)}”</p>'
    elif finding is not None and found.verdict is not Verdict.YES:
        quote = f'<p class="muted">{escape(finding.message)}</p>'
    titles = {e.id: e.title for e in workshop.controller.assessment.evidence}
    evidence = listed(titles.get(e, e) for e in found.evidence)
    linked = f"Evidence: {evidence}." if evidence else "No evidence is linked."
    return (
        '<div class="shows"><p><span class="muted">Response and evidence support level</span>'
        f" {html.render_runs(level(found.supported))} <span class='muted'>· claimed</span> "
        f"{html.render_runs(level(found.claimed))} <span class='muted'>· the gate needs</span> "
        f'{found.needed}</p>{quote}<p class="muted">{escape(linked)}</p></div>'
    )


def voters(workshop: WorkshopState) -> str:
    """Render who has voted on the current criterion, without the votes."""
    control, criterion = workshop.current
    people, voted = workshop.participants, workshop.voters(control.id, criterion.id)
    if not people:
        return '<p class="muted">No one has joined or voted yet.</p>'
    count = f"<strong>{len(voted)} of {len(people)}</strong> have voted"
    if not workshop.named:
        return f'<p class="calib-voted" role="status">{count}</p>'
    chips = "".join(
        f'<li class="{"in" if who in voted else "out"}">{escape(name or who)}'
        f'<span class="calib-hush"> {"has voted" if who in voted else "has not voted"}</span></li>'
        for who, name in people.items()
    )
    return f'<p class="calib-voted" role="status">{count}</p><ul class="calib-chips">{chips}</ul>'


def distribution(workshop: WorkshopState) -> str:
    """Render the revealed votes, and whom to ask first; nothing before the reveal."""
    control, criterion = workshop.current
    found = workshop.agreement_on(control.id, criterion.id)
    if found is None:
        revealed = workshop.record.is_revealed(control.id, criterion.id)
        return '<p class="muted">No votes on this criterion.</p>' if revealed else ""
    votes = workshop.revealed_votes(control.id, criterion.id)
    facts = [f"median {found.median}" if found.votes else "no level chosen"]
    facts += [f"spread {plural(found.spread, 'level')}"] if found.spread else []
    facts += [f"{found.abstentions} abstained"] if found.abstentions else []
    return (
        f'<p class="calib-says">{escape(found.sentence)}</p>{_columns(workshop, found, votes)}'
        f'<p class="muted">{escape(" · ".join(facts))}</p>'
        f"{_outliers(workshop, found, votes)}{_comments(workshop, found, votes)}"
        f"{_earlier_rounds(workshop, control, criterion)}"
    )


def _columns(workshop: WorkshopState, found: CriterionAgreement, votes: Votes) -> str:
    """Render a column for each level with a mark for each vote."""
    cells = ""
    for number, count in enumerate(found.distribution):
        who = [b.name or b.assessor for b, v in votes if v.level == number]
        marks = "".join(
            f'<span class="mark">{escape(name) if workshop.named else ""}</span>' for name in who
        )
        label = f"{plural(count, 'vote')} for level {number}"
        label += f": {listed(who)}" if who and workshop.named else ""
        median = " median" if number == found.median else ""
        cells += (
            f'<div class="column{median}" role="img" aria-label="{escape_attribute(label)}">'
            f'<div class="marks">{marks}</div><div class="foot">{html.render_runs(level(number))}'
            f'<span class="count">{count or ""}</span></div></div>'
        )
    return f'<div class="calib-spread">{cells}</div>'


def _outliers(workshop: WorkshopState, found: CriterionAgreement, votes: Votes) -> str:
    """Render whom to ask first, with their comments; in an anonymous workshop only the levels."""
    if not found.outliers:
        return ""
    outlying = [(b, v) for b, v in votes if b.assessor in found.outliers]
    if not workshop.named:
        levels = sorted({v.level for _, v in outlying if v.level is not None})
        return f"<p><strong>Ask first:</strong> those who chose {listed(map(str, levels))}.</p>"
    rows = "".join(
        f"<li><strong>{escape(b.name or b.assessor)}</strong> {html.render_runs(level(v.level))} "
        f"{escape(v.comment)}</li>"
        for b, v in outlying
    )
    return f'<p><strong>Ask first</strong></p><ul class="calib-asked">{rows}</ul>'


def _comments(workshop: WorkshopState, found: CriterionAgreement, votes: Votes) -> str:
    """Render the other comments; in an anonymous workshop all of them, sorted by level."""
    shown_above = found.outliers if workshop.named else ()
    others = [(b, v) for b, v in votes if v.comment.strip() and b.assessor not in shown_above]
    if not workshop.named:
        # The order of the ballots would show which comments are from the same person.
        others.sort(key=lambda entry: (entry[1].level is None, entry[1].level, entry[1].comment))
    rows = ""
    for ballot, vote in others:
        name = f"<strong>{escape(ballot.name or ballot.assessor)}</strong> "
        rows += (
            f"<li>{name if workshop.named else ''}{html.render_runs(level(vote.level))} "
            f"{escape(vote.comment)}</li>"
        )
    return f'<p class="muted">Reasons</p><ul class="calib-asked">{rows}</ul>' if rows else ""


def _earlier_rounds(workshop: WorkshopState, control: Control, criterion: Criterion) -> str:
    rounds = workshop.record.criterion_record(control.id, criterion.id).earlier
    rows = ""
    for number, counts in enumerate(rounds, start=1):
        votes = ", ".join(f"{count} chose {lv}" for lv, count in enumerate(counts) if count)
        rows += f'<p class="muted">Round {number}: {escape(votes or "no level")}</p>'
    return rows


def clock(workshop: WorkshopState) -> str:
    """Render the time spent on the current control, of the planned time, and in total.

    There is no alarm and no animation, so that it does not distract on the projector.
    """
    control, _ = workshop.current
    if workshop.record.begun is None or not workshop.record.visits:
        return ""
    planned = next((i.minutes for i in workshop.record.agenda if i.control == control.id), None)
    spent = whole_minutes(workshop.time_spent(control.id))
    of_control = f"{spent} of {planned} minutes" if planned else f"{spent} minutes, none planned"
    total = whole_minutes((workshop.record.closed or workshop.clock()) - workshop.record.begun)
    tone = "warn" if planned is not None and spent >= planned else "muted"
    return (
        f'<p class="calib-clock">{escape(control.id)}: {widgets.badge(of_control, tone)} '
        f'<span class="muted">· {total} of {workshop.record.minutes} minutes in total</span></p>'
    )


def whole_minutes(duration: timedelta) -> int:
    """Return a duration in whole minutes, rounded down."""
    return int(duration.total_seconds() // 60)


def consensus(workshop: WorkshopState) -> str:
    """Render the consensus on the current criterion; nothing before it is settled."""
    control, criterion = workshop.current
    settled = workshop.record.criterion_record(control.id, criterion.id).settled
    if settled is None:
        return ""
    dissent = f"<p>Dissent: {escape(settled.dissent)}</p>" if settled.dissent.strip() else ""
    return (
        '<div class="callout good"><p class="callout-title">Settled: level '
        f"{html.render_runs(level(settled.level))}</p><p>{escape(settled.by)}: "
        f"{escape(settled.reason)}</p>{dissent}</div>"
    )
