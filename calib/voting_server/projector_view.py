"""The JSON that the projector shows, and the join cards.

No level appears before its reveal, and no name in an anonymous workshop.
"""

from __future__ import annotations

from datetime import datetime

from calib.model import Catalog, Result, TimeBox, Workshop
from calib.voting_server import participant_view
from calib.voting_server.participant_view import JsonObject
from calib.voting_server.state import EvidenceSummary, VotingState

_MAX_SENTENCE_LENGTH = 260
"""In characters: what fits on the projector in a size that can be read from the last row."""


def build_projector_view(state: VotingState, catalog: Catalog, secret: str) -> JsonObject:
    """Return everything that the projector shows."""
    workshop, key = state.workshop, state.current_key
    distribution = None
    if state.is_revealed(key):
        distribution = participant_view.build_vote_distribution(state, key, secret)
    return {
        "phase": participant_view.phase(state),
        "naming": workshop.naming if workshop else "",
        **participant_view.count_participants(state),
        "joined": sorted(name for name in state.participants().values() if name),
        "criterion": _build_criterion(state, catalog) if key else None,
        "who": _build_attendance(state) if key and state.is_named else None,
        "matter": _build_current_record(workshop, key) if workshop and key else {},
        "spread": distribution,
        "agenda": _build_agenda(state, catalog),
        "time": _build_time(workshop) if workshop and workshop.visits else None,
    }


def list_join_cards(state: VotingState, address: str) -> list[dict[str, str]]:
    """List the unused join codes by name, with the address that each QR code contains."""
    is_anonymous = state.workshop is not None and not state.is_named
    usable = (s for s in state.seats if s.code and not (is_anonymous and s.name))
    return [
        # The code is in the fragment, which browsers never send to a server or write to a log.
        {"name": s.name, "code": format_join_code(s.code), "address": f"{address}#{s.code}"}
        for s in sorted(usable, key=lambda s: (s.name.casefold(), s.code))
    ]


def format_join_code(code: str) -> str:
    """Write a code in two groups of four, which are easier to read out and to type."""
    return f"{code[:4]}-{code[4:]}"


def summarize_evidence(result: Result, key: str) -> EvidenceSummary:
    """Summarize the evidence of a criterion: the deciding sentence, or else the first finding."""
    control, _, criterion = key.partition("/")
    control_result = result.control(control)
    on_criterion = next(c for c in control_result.criteria if c.criterion == criterion)
    passages = (p for p in control_result.passages if p.criterion == criterion and p.decides)
    passage = next(passages, None)
    if passage is not None:
        quote = control_result.narrative[passage.span.start : passage.span.end]
        text = f"“{_shorten(quote)}”"
    else:
        messages = (f.message for f in on_criterion.findings)
        text = _shorten(next(messages, "The response does not address it yet."))
    return EvidenceSummary(on_criterion.supported, text, len(on_criterion.evidence))


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= _MAX_SENTENCE_LENGTH:
        return line
    return line[:_MAX_SENTENCE_LENGTH].rsplit(" ", 1)[0] + " …"


def _build_criterion(state: VotingState, catalog: Catalog) -> JsonObject:
    control_id, _, criterion_id = state.current_key.partition("/")
    control = catalog.control(control_id)
    criterion = control.criterion(criterion_id)
    evidence = state.evidence.get(state.current_key)
    return {
        "key": state.current_key,
        "control": control.id,
        "control_title": control.title,
        "number": control.criteria.index(criterion) + 1,
        "of": len(control.criteria),
        "title": criterion.title,
        "question": criterion.question,
        "levels": [
            {"name": level.name, "looks": description}
            for level, description in zip(catalog.levels, criterion.levels, strict=True)
        ],
        "evidence": evidence
        and {
            "level": evidence.level,
            "sentence": evidence.sentence,
            "documents": evidence.documents,
        },
    }


def _build_attendance(state: VotingState) -> list[dict[str, str | bool]]:
    """List everyone by name with whether they have voted, without the vote."""
    voted = {who: name for who, (name, _) in state.votes_on(state.current_key).items()}
    people = {**voted, **state.participants()}
    rows: list[dict[str, str | bool]] = [
        {"name": name or who, "voted": who in voted} for who, name in people.items()
    ]
    return sorted(rows, key=lambda row: str(row["name"]).casefold())


def _build_current_record(workshop: Workshop, key: str) -> JsonObject:
    control, _, criterion = key.partition("/")
    return participant_view.build_record_view(workshop.criterion_record(control, criterion))


def _build_agenda(state: VotingState, catalog: Catalog) -> list[JsonObject]:
    """List the controls in order, each with the number of settled criteria."""
    workshop = state.workshop
    if workshop is None:
        return []
    settled = [r.criterion.partition("/")[0] for r in workshop.criteria if r.settled]
    rows: list[JsonObject] = []
    for box in workshop.agenda or [TimeBox(control=c.id, minutes=1) for c in catalog.controls]:
        control = catalog.control(box.control)
        rows.append(
            {
                "control": control.id,
                "title": control.title,
                "now": state.current_key.startswith(f"{control.id}/"),
                "settled": settled.count(control.id),
                "of": len(control.criteria),
                "minutes": box.minutes if workshop.agenda else None,
            }
        )
    return rows


def _build_time(workshop: Workshop) -> JsonObject:
    """Return the seconds of earlier visits to the current control, and the start of this visit.

    The page adds the running time itself: sent from here, it would change the state every second
    and wake all long polls.
    """
    current = workshop.visits[-1]
    ends = [*(v.since for v in workshop.visits[1:]), workshop.closed]
    past = sum(
        _seconds_between(visit.since, end)
        for visit, end in zip(workshop.visits, ends, strict=True)
        if end is not None and visit.control == current.control
    )
    minutes = next((b.minutes for b in workshop.agenda if b.control == current.control), None)
    is_running = workshop.closed is None
    return {
        "minutes": minutes,
        "past": past,
        "since": current.since.isoformat() if is_running else None,
    }


def _seconds_between(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())  # negative if a clock was set back
