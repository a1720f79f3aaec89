"""What the room looks at: one criterion, large; who has voted; once revealed, how the votes lie."""

from __future__ import annotations

from datetime import timedelta

from calib.forms import widgets
from calib.forms.workshop.actions import Meeting
from calib.forms.workshop.state import key_of
from calib.model import Agreement, Ballot, Control, Criterion, CriterionResult, Verdict, Vote
from calib.render import html
from calib.render.document import level
from calib.render.escape import attribute, escape
from calib.render.sections.narrative_marks import of_text
from calib.text import listed, plural

_LONG = 240
"""Characters of a sentence on the stage; the whole one is in the notebook of the control."""


def question(meeting: Meeting) -> str:
    """Show the criterion that the room is at, large enough for a projector."""
    control, criterion = meeting.here
    order = meeting.order
    place = [p[1] for p in order if p[0] == control].index(criterion) + 1
    of = sum(p[0] == control for p in order)
    found = meeting.result(control.id, criterion.id)
    rows = "".join(
        f'<li class="{"needed" if n == found.needed else ""}">{html.runs_html(level(n))} '
        f"<strong>{escape(meeting.desk.catalog.levels[n].name)}</strong> {escape(looks)}</li>"
        for n, looks in enumerate(criterion.levels)
    )
    return (
        f'<div class="calib-stage"><p class="kicker">{escape(control.id)} '
        f"{escape(control.title)} · criterion {place} of {of}</p>"
        f"<h2>{escape(criterion.title)}</h2>"
        f'<p class="asked">{escape(criterion.question)}</p>'
        f'<ul class="looks" aria-label="What each level looks like">{rows}</ul>'
        f"{evidence(meeting, control, found)}</div>"
    )


def evidence(meeting: Meeting, control: Control, found: CriterionResult) -> str:
    """Say in two lines what the response and the evidence show."""
    said = of_text(found)
    text = meeting.desk.result.control(control.id).narrative
    shown = ""
    if said is not None and said.subject.span is not None:
        sentence = " ".join(text[said.subject.span.start : said.subject.span.end].split())
        cut = sentence if len(sentence) <= _LONG else f"{sentence[: _LONG - 1].rstrip()}…"
        shown = f'<p class="quote">“{escape(cut)}”</p>'
    elif said is not None and found.verdict is not Verdict.YES:
        shown = f'<p class="muted">{escape(said.message)}</p>'
    titles = {e.id: e.title for e in meeting.desk.assessment.evidence}
    linked = listed(titles.get(e, e) for e in found.evidence) or "no evidence is linked"
    return (
        '<div class="shows"><p><span class="muted">The response and its evidence carry level</span>'
        f" {html.runs_html(level(found.supported))} <span class='muted'>· claimed</span> "
        f"{html.runs_html(level(found.claimed))} <span class='muted'>· the gate needs</span> "
        f"{found.needed}</p>{shown}"
        f'<p class="muted">{escape(linked[:1].upper() + linked[1:])}.</p></div>'
    )


def voted(meeting: Meeting) -> str:
    """Say who has voted, and not what."""
    control, criterion = meeting.here
    people, voters = meeting.people, meeting.voters(control.id, criterion.id)
    if not people:
        return '<p class="muted">Nobody has joined or voted yet.</p>'
    count = f"<strong>{len(voters)} of {len(people)}</strong> have voted"
    if not meeting.named:
        return f'<p class="calib-voted" role="status">{count}</p>'
    chips = "".join(
        f'<li class="{"in" if who in voters else "out"}">{escape(name or who)}'
        f'<span class="calib-hush"> {"has voted" if who in voters else "has not voted"}</span></li>'
        for who, name in people.items()
    )
    return f'<p class="calib-voted" role="status">{count}</p><ul class="calib-chips">{chips}</ul>'


def spread(meeting: Meeting) -> str:
    """Draw how the revealed votes lie, and say whom to ask first."""
    control, criterion = meeting.here
    found = meeting.agreement_on(control.id, criterion.id)
    if found is None:
        revealed = meeting.workshop.is_revealed(control.id, criterion.id)
        return '<p class="muted">Nobody voted on this one.</p>' if revealed else ""
    votes = meeting.votes(control.id, criterion.id)
    facts = [f"median {found.median}" if found.votes else "nobody chose a level"]
    facts += [f"spread {plural(found.spread, 'level')}"] if found.spread else []
    facts += [f"{found.abstentions} abstained"] if found.abstentions else []
    return (
        f'<p class="calib-says">{escape(found.sentence)}</p>{columns(meeting, found, votes)}'
        f'<p class="muted">{escape(" · ".join(facts))}</p>'
        f"{_first(meeting, found, votes)}{_comments(meeting, found, votes)}"
        f"{_earlier(meeting, control, criterion)}"
    )


def columns(meeting: Meeting, found: Agreement, votes: tuple[tuple[Ballot, Vote], ...]) -> str:
    """Draw a column for each level, a mark for each vote on it."""
    cells = ""
    for number, count in enumerate(found.distribution):
        who = [b.name or b.assessor for b, v in votes if v.level == number]
        marks = "".join(
            f'<span class="mark">{escape(w) if meeting.named else ""}</span>' for w in who
        )
        told = f"{plural(count, 'vote')} for level {number}"
        told += f": {listed(who)}" if who and meeting.named else ""
        here = " median" if number == found.median else ""
        cells += (
            f'<div class="column{here}" role="img" aria-label="{attribute(told)}">'
            f'<div class="marks">{marks}</div><div class="foot">{html.runs_html(level(number))}'
            f'<span class="count">{count or ""}</span></div></div>'
        )
    return f'<div class="calib-spread">{cells}</div>'


def _first(meeting: Meeting, found: Agreement, votes: tuple[tuple[Ballot, Vote], ...]) -> str:
    """Name whom to ask first, in their own words where they gave any."""
    if not found.outliers:
        return ""
    asked = [(b, v) for b, v in votes if b.assessor in found.outliers]
    if not meeting.named:
        levels = sorted({v.level for _, v in asked if v.level is not None})
        return f"<p><strong>Ask first:</strong> whoever chose {listed(map(str, levels))}.</p>"
    rows = "".join(
        f"<li><strong>{escape(b.name or b.assessor)}</strong> {html.runs_html(level(v.level))} "
        f"{escape(v.comment)}</li>"
        for b, v in asked
    )
    return f'<p><strong>Ask first</strong></p><ul class="calib-asked">{rows}</ul>'


def _comments(meeting: Meeting, found: Agreement, votes: tuple[tuple[Ballot, Vote], ...]) -> str:
    """List the reasons that the others gave; without names they stand in no order that tells."""
    asked = found.outliers if meeting.named else ()
    others = [(b, v) for b, v in votes if v.comment.strip() and b.assessor not in asked]
    if not meeting.named:
        others.sort(key=lambda one: (one[1].level is None, one[1].level, one[1].comment))
    rows = "".join(
        f"<li>{f'<strong>{escape(b.name or b.assessor)}</strong> ' if meeting.named else ''}"
        f"{html.runs_html(level(v.level))} {escape(v.comment)}</li>"
        for b, v in others
    )
    return f'<p class="muted">Reasons</p><ul class="calib-asked">{rows}</ul>' if rows else ""


def _earlier(meeting: Meeting, control: Control, criterion: Criterion) -> str:
    rounds = meeting.workshop.matter(control.id, criterion.id).earlier
    return "".join(
        f'<p class="muted">Round {n}: '
        + escape(", ".join(f"{c} chose {lv}" for lv, c in enumerate(counts) if c) or "no level")
        + "</p>"
        for n, counts in enumerate(rounds, start=1)
    )


def clock(meeting: Meeting) -> str:
    """Say how long the room has been at a control, of how long; no alarm, no colours that move."""
    control, _ = meeting.here
    if meeting.workshop.begun is None or not meeting.workshop.visits:
        return ""
    planned = next((b.minutes for b in meeting.workshop.agenda if b.control == control.id), None)
    used = whole_minutes(meeting.used(control.id))
    boxed = f"{used} of {planned} minutes" if planned else f"{used} minutes, none planned"
    whole = whole_minutes((meeting.workshop.closed or meeting.clock()) - meeting.workshop.begun)
    over = planned is not None and used >= planned
    tone = "warn" if over else "muted"
    rest = f"{whole} of {meeting.workshop.minutes} minutes in all"
    return (
        f'<p class="calib-clock">{escape(control.id)}: {widgets.badge(boxed, tone)} '
        f'<span class="muted">· {escape(rest)}</span></p>'
    )


def whole_minutes(spent: timedelta) -> int:
    """Count whole minutes."""
    return int(spent.total_seconds() // 60)


def consensus(meeting: Meeting) -> str:
    """Show what was settled on the criterion that the room is at."""
    control, criterion = meeting.here
    settled = meeting.workshop.matter(control.id, criterion.id).settled
    if settled is None:
        return ""
    dissent = f"<p>Dissent: {escape(settled.dissent)}</p>" if settled.dissent.strip() else ""
    return (
        '<div class="callout good"><p class="callout-title">Settled: level '
        f"{html.runs_html(level(settled.level))}</p><p>{escape(settled.by)}: "
        f"{escape(settled.reason)}</p>{dissent}</div>"
    )


__all__ = ["clock", "consensus", "key_of", "question", "spread", "voted", "whole_minutes"]
