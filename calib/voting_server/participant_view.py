"""Sight -> what one participant may see: the room, what was revealed, and the own votes."""

from __future__ import annotations

import hmac
from typing import Any

from calib.model import Ballot, Catalog, Matter, Seat, Vote
from calib.voting_server.schemas import cleaned
from calib.voting_server.state import Sight
from calib.workshop import agree

Spread = dict[str, Any]


def criteria(catalog: Catalog) -> dict[str, Any]:
    """Return what the pages ask: the catalog's questions and levels, nothing of the assessment."""
    return {
        "levels": [level.name for level in catalog.levels],
        "controls": [
            {
                "id": control.id,
                "title": control.title,
                "criteria": [
                    {
                        "key": f"{control.id}/{c.id}",
                        "title": c.title,
                        "question": c.question,
                        "levels": c.levels,
                    }
                    for c in control.criteria
                ],
            }
            for control in catalog.controls
        ],
    }


def phase(sight: Sight) -> str:
    """Say where the workshop is."""
    if sight.workshop is None:
        return "waiting"
    return "open" if sight.workshop.closed is None else "closed"


def room(sight: Sight, look: str, secret: str) -> dict[str, Any]:
    """Return what every participant sees alike; a spread only of the room's and the looked-at."""
    workshop = sight.workshop
    matters = workshop.criteria if workshop else ()
    shown = [key for key in dict.fromkeys((sight.at, look)) if sight.is_revealed(key)]
    return {
        "phase": phase(sight),
        "naming": workshop.naming if workshop else "",
        "at": sight.at,
        "agenda": [box.control for box in workshop.agenda] if workshop else [],
        **presence(sight),
        "matters": {m.criterion: found for m in matters if (found := matter(m))},
        "spreads": {key: spread(sight, key, secret) for key in shown},
    }


def presence(sight: Sight) -> dict[str, int]:
    """Count who is there, and who has voted on the criterion that the room is at."""
    voted = sight.votes(sight.at).keys() if sight.at else set()
    return {"people": len(sight.people().keys() | voted), "voted": len(voted)}


def matter(found: Matter) -> dict[str, Any]:
    """Return what became of a criterion; empty where nothing did yet."""
    said: dict[str, Any] = {}
    if found.revealed:
        said["revealed"] = True
    if found.earlier:
        said["earlier"] = found.earlier
    if found.settled:
        settled = found.settled
        said["settled"] = {"level": settled.level, "by": settled.by, "reason": settled.reason}
    return said


def own(sight: Sight, seat: Seat, secret: str) -> dict[str, Any]:
    """Return what only the device of a seat sees."""
    votes = sight.own(seat.id) if sight.workshop else {}
    # The device keeps votes it could not send yet, and must not send them as somebody else.
    mark = hmac.digest(secret.encode(), seat.id.encode(), "sha256").hex()[:16]
    return {
        "name": seat.name,
        "mark": mark,
        "votes": {key: said(vote) for key, vote in sorted(votes.items())},
    }


def said(vote: Vote | None) -> dict[str, Any] | None:
    """Return a vote as the pages know it."""
    return None if vote is None else {"level": vote.level, "comment": vote.comment}


def spread(sight: Sight, key: str, secret: str) -> Spread:
    """Return how the votes on a criterion lie, once they were revealed.

    Where the votes are anonymous, nothing stands beside a comment, and the order tells nothing.
    """
    votes = sight.votes(key)
    control, _, criterion = key.partition("/")
    found = agree(
        Ballot(control=control, assessor=who, votes=(Vote(criterion=criterion, level=vote.level),))
        for who, (_, vote) in votes.items()
    ).control(control)
    if found is None:
        return {"counts": (0, 0, 0, 0, 0), "abstained": 0, "median": None, "comments": []}
    one = found.criteria[0]
    answer: Spread = {
        "counts": one.distribution,
        "abstained": one.abstentions,
        "median": one.median,
        "comments": _comments(sight, key, secret),
    }
    if sight.is_named:
        answer["names"] = [_named(votes, level) for level in range(5)]
        answer["abstaining"] = _named(votes, None)
        answer["sentence"] = one.sentence
        answer["first"] = [votes[who][0] or who for who in one.outliers]
    return answer


def _named(votes: dict[str, tuple[str, Vote]], level: int | None) -> list[str]:
    return sorted(name or who for who, (name, vote) in votes.items() if vote.level == level)


def _comments(sight: Sight, key: str, secret: str) -> list[dict[str, Any]]:
    given = [(who, *found) for who, found in sight.votes(key).items() if found[1].comment]
    if sight.is_named:
        given.sort(key=lambda one: (-1 if one[2].level is None else one[2].level, one[1], one[0]))
        return [
            {"name": name or who, "level": vote.level, "text": cleaned(vote.comment)}
            for who, name, vote in given
        ]
    # Another order for each criterion, always the same for one.
    given.sort(key=lambda one: hmac.digest(secret.encode(), f"{key}\0{one[0]}".encode(), "sha256"))
    return [{"text": cleaned(vote.comment)} for _, _, vote in given]
