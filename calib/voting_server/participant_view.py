"""The JSON that participants' pages see: the session, revealed votes, and their own votes.

Nothing here may depend on a sealed vote of another person, not even indirectly: the version of a
long poll is a hash of this JSON, so a participant would notice that a hidden value has changed.
"""

from __future__ import annotations

import hmac

from calib.model import Ballot, Catalog, CriterionRecord, Seat, Vote
from calib.voting_server.schemas import clean_text
from calib.voting_server.state import VotingState
from calib.workshop import compare_ballots

JsonObject = dict[str, object]


def build_criteria_view(catalog: Catalog) -> JsonObject:
    """Return the catalog's questions and levels, and nothing of the assessment."""
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


def phase(state: VotingState) -> str:
    """Return `waiting` before the workshop has begun, then `open`, then `closed`."""
    if state.workshop is None:
        return "waiting"
    return "open" if state.workshop.closed is None else "closed"


def build_session_view(state: VotingState, look: str, secret: str) -> JsonObject:
    """Return the part that all participants share.

    It includes votes of the current criterion and of `look`, if revealed. Those of all criteria
    would be sent to every device at every change.
    """
    workshop = state.workshop
    records = workshop.criteria if workshop else ()
    keys = dict.fromkeys((state.current_key, look))
    revealed = [key for key in keys if state.is_revealed(key)]
    return {
        "phase": phase(state),
        "naming": workshop.naming if workshop else "",
        "at": state.current_key,
        "agenda": [box.control for box in workshop.agenda] if workshop else [],
        **count_participants(state),
        "matters": {r.criterion: found for r in records if (found := build_record_view(r))},
        "spreads": {key: build_vote_distribution(state, key, secret) for key in revealed},
    }


def count_participants(state: VotingState) -> dict[str, int]:
    """Count participants, and those who have voted on the current criterion."""
    voted = state.votes_on(state.current_key).keys() if state.current_key else set()
    # Voters without a seat have voted on paper or in a form.
    return {"people": len(state.participants().keys() | voted), "voted": len(voted)}


def build_record_view(record: CriterionRecord) -> JsonObject:
    """Return the progress of a criterion: revealed, earlier rounds, consensus; empty before."""
    view: JsonObject = {}
    if record.revealed:
        view["revealed"] = True
    if record.earlier:
        view["earlier"] = record.earlier
    if record.settled:
        settled = record.settled
        view["settled"] = {"level": settled.level, "by": settled.by, "reason": settled.reason}
    return view


def build_own_view(state: VotingState, seat: Seat, secret: str) -> JsonObject:
    """Return the part that only the device of a seat sees."""
    votes = state.votes_by(seat.id) if state.workshop else {}
    # A device stores votes that it could not send yet. The mark identifies their owner, so that
    # they are never sent for the next person who joins on this device. It is a hash, as the id
    # contains the person's name.
    mark = hmac.digest(secret.encode(), seat.id.encode(), "sha256").hex()[:16]
    return {
        "name": seat.name,
        "mark": mark,
        "votes": {key: vote_to_json(vote) for key, vote in sorted(votes.items())},
    }


def vote_to_json(vote: Vote | None) -> JsonObject | None:
    """Return a vote as the pages expect it."""
    return None if vote is None else {"level": vote.level, "comment": vote.comment}


def build_vote_distribution(state: VotingState, key: str, secret: str) -> JsonObject:
    """Return the distribution of revealed votes on a criterion, with comments.

    In an anonymous workshop, comments have no level and no name, and their order is independent of
    the voters.
    """
    votes = state.votes_on(key)
    control, _, criterion = key.partition("/")
    agreement = compare_ballots(
        Ballot(control=control, assessor=who, votes=(Vote(criterion=criterion, level=vote.level),))
        for who, (_, vote) in votes.items()
    ).control(control)
    if agreement is None:
        return {"counts": (0, 0, 0, 0, 0), "abstained": 0, "median": None, "comments": []}
    on_criterion = agreement.criteria[0]
    view: JsonObject = {
        "counts": on_criterion.distribution,
        "abstained": on_criterion.abstentions,
        "median": on_criterion.median,
        "comments": _build_comments(state, key, secret),
    }
    if state.is_named:
        view["names"] = [_voter_names(votes, level) for level in range(5)]
        view["abstaining"] = _voter_names(votes, None)
        view["sentence"] = on_criterion.sentence
        view["first"] = [votes[who][0] or who for who in on_criterion.outliers]
    return view


def _voter_names(votes: dict[str, tuple[str, Vote]], level: int | None) -> list[str]:
    return sorted(name or who for who, (name, vote) in votes.items() if vote.level == level)


def _build_comments(state: VotingState, key: str, secret: str) -> list[JsonObject]:
    votes = [(who, name, v) for who, (name, v) in state.votes_on(key).items() if v.comment]
    if state.is_named:
        votes.sort(key=lambda row: (-1 if row[2].level is None else row[2].level, row[1], row[0]))
        return [
            {"name": name or who, "level": vote.level, "text": clean_text(vote.comment)}
            for who, name, vote in votes
        ]
    # Shuffle by a keyed hash of criterion and seat: a different order for each criterion, so that
    # comments of one person cannot be linked, but the same order at every request. A random order
    # would change with each poll, and comparing two of them would narrow down who is who.
    votes.sort(key=lambda row: hmac.digest(secret.encode(), f"{key}\0{row[0]}".encode(), "sha256"))
    return [{"text": clean_text(vote.comment)} for _, _, vote in votes]
