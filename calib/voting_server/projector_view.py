"""Sight -> what the projector shows: never a level before its reveal, never a name if anonymous."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from calib.model import Catalog, Matter, Result, TimeBox, Workshop
from calib.voting_server import participant_view
from calib.voting_server.state import Shown, Sight

_LONGEST = 260
"""Characters of a sentence that can be read from the last row."""


def screen(sight: Sight, catalog: Catalog, secret: str) -> dict[str, Any]:
    """Return what the whole room sees on the wall."""
    workshop = sight.workshop
    revealed = sight.is_revealed(sight.at)
    return {
        "phase": participant_view.phase(sight),
        "naming": workshop.naming if workshop else "",
        **participant_view.presence(sight),
        "joined": sorted(name for name in sight.people().values() if name),
        "criterion": _criterion(sight, catalog) if sight.at else None,
        "who": _who(sight) if sight.at and sight.is_named else None,
        "matter": participant_view.matter(_matter(sight)) if sight.at else {},
        "spread": participant_view.spread(sight, sight.at, secret) if revealed else None,
        "agenda": _agenda(sight, catalog),
        "time": _time(workshop) if workshop and workshop.visits else None,
    }


def cards(sight: Sight, address: str) -> list[dict[str, str]]:
    """List the join codes that wait and can be used, by name, with what their QR codes say."""
    anonymous = sight.workshop is not None and not sight.is_named
    usable = (s for s in sight.seats if s.code and not (anonymous and s.name))
    return [
        {"name": s.name, "code": spelt(s.code), "address": f"{address}#{s.code}"}
        for s in sorted(usable, key=lambda s: (s.name.casefold(), s.code))
    ]


def spelt(code: str) -> str:
    """Write a code in two groups, to be read out."""
    return f"{code[:4]}-{code[4:]}"


def look_up(result: Result, key: str) -> Shown:
    """Say what the evidence shows of a criterion, in one sentence."""
    control, _, criterion = key.partition("/")
    found = result.control(control)
    one = next(c for c in found.criteria if c.criterion == criterion)
    passage = next((p for p in found.passages if p.criterion == criterion and p.decides), None)
    if passage is not None:
        text = f"“{_short(found.narrative[passage.span.start : passage.span.end])}”"
    else:
        text = _short(next((f.message for f in one.findings), "Nothing is said about it yet."))
    return Shown(one.supported, text, len(one.evidence))


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST].rsplit(" ", 1)[0] + " …"


def _criterion(sight: Sight, catalog: Catalog) -> dict[str, Any]:
    name, _, criterion = sight.at.partition("/")
    control = catalog.control(name)
    one = control.criterion(criterion)
    evidence = sight.evidence.get(sight.at)
    return {
        "key": sight.at,
        "control": control.id,
        "control_title": control.title,
        "number": control.criteria.index(one) + 1,
        "of": len(control.criteria),
        "title": one.title,
        "question": one.question,
        "levels": [
            {"name": level.name, "looks": looks}
            for level, looks in zip(catalog.levels, one.levels, strict=True)
        ],
        "evidence": evidence
        and {
            "level": evidence.level,
            "sentence": evidence.sentence,
            "documents": evidence.documents,
        },
    }


def _who(sight: Sight) -> list[dict[str, Any]]:
    """List everybody by name with whether they have voted, not what."""
    voted = {who: name for who, (name, _) in sight.votes(sight.at).items()}
    people = {**voted, **sight.people()}
    rows = [{"name": name or who, "voted": who in voted} for who, name in people.items()]
    return sorted(rows, key=lambda row: str(row["name"]).casefold())


def _matter(sight: Sight) -> Matter:
    assert sight.workshop is not None  # noqa: S101  the room is at a criterion
    control, _, criterion = sight.at.partition("/")
    return sight.workshop.matter(control, criterion)


def _agenda(sight: Sight, catalog: Catalog) -> list[dict[str, Any]]:
    """List the controls in their order, with how many criteria are settled of how many."""
    workshop = sight.workshop
    if workshop is None:
        return []
    settled = [m.criterion.partition("/")[0] for m in workshop.criteria if m.settled]
    rows = []
    for box in workshop.agenda or [TimeBox(control=c.id, minutes=1) for c in catalog.controls]:
        control = catalog.control(box.control)
        rows.append(
            {
                "control": control.id,
                "title": control.title,
                "now": sight.at.startswith(f"{control.id}/"),
                "settled": settled.count(control.id),
                "of": len(control.criteria),
                "minutes": box.minutes if workshop.agenda else None,
            }
        )
    return rows


def _time(workshop: Workshop) -> dict[str, Any]:
    """Return how long the room was at its control: the earlier visits, and since when this one."""
    now = workshop.visits[-1]
    ends = [*(v.since for v in workshop.visits[1:]), workshop.closed]
    past = sum(
        _seconds(visit.since, end)
        for visit, end in zip(workshop.visits, ends, strict=True)
        if end is not None and visit.control == now.control
    )
    box = next((b.minutes for b in workshop.agenda if b.control == now.control), None)
    running = workshop.closed is None
    return {
        "minutes": box,
        "past": past,
        "since": now.since.isoformat() if running else None,
    }


def _seconds(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())  # a clock may be set back
