"""The workshop: how the assessors voted, what they agreed on, who still sees it otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from calib.model import (
    Agreement,
    Ballot,
    ControlAgreement,
    ControlResult,
    CriterionResult,
    Result,
)
from calib.views.blocks import (
    Bullets,
    Column,
    Heading,
    Row,
    Run,
    Runs,
    Section,
    Table,
    level,
    listed,
    paragraph,
    plural,
    run,
    text,
)
from calib.workshop import agree

_Said = Mapping[tuple[str, str], Sequence[tuple[str, int | None, str]]]
"""(control, criterion) -> assessor, level and comment of each vote."""


def workshop(result: Result, ballots: Iterable[Ballot]) -> Section | None:
    """Make the section on the ballots; None where there are none.

    An agreed level is the override that an assessor set for the criterion, with name and reason.
    Votes on controls or criteria that the result does not know are left out of the tables.
    """
    ballots = sorted(ballots, key=lambda b: (b.control, b.assessor))
    found = agree(ballots)
    if not found.controls:
        return None
    said = _said(ballots)
    blocks: list[object] = [
        paragraph(
            f"{plural(found.alpha.assessors, 'assessor')} judged the criteria alone, each in a "
            "ballot; then the ballots were compared.",
            style="lead",
        ),
        paragraph(found.alpha.sentence, " ", Run(_WHAT_ALPHA_IS, "muted")),
    ]
    for control in result.controls:
        of_control = found.control(control.control)
        if of_control:
            blocks += _control(control, of_control, said)
    return Section("workshop", "Workshop", tuple(blocks), kicker="Ballots and consensus")


_WHAT_ALPHA_IS = (
    "Krippendorff's alpha with ordinal differences compares the levels of the assessors with what "
    "chance would give: 1 is full agreement, 0 is chance."
)


def _said(ballots: Iterable[Ballot]) -> _Said:
    said: dict[tuple[str, str], list[tuple[str, int | None, str]]] = {}
    for ballot in ballots:
        for vote in ballot.votes:
            one = (ballot.name or ballot.assessor, vote.level, " ".join(vote.comment.split()))
            said.setdefault((ballot.control, vote.criterion), []).append(one)
    return said


def _control(control: ControlResult, found: ControlAgreement, said: _Said) -> list[object]:
    by_id = {a.criterion: a for a in found.criteria}
    rows = tuple(
        _row(control, c, by_id[c.criterion], said) for c in control.criteria if c.criterion in by_id
    )
    if not rows:
        return []
    columns = (
        Column("Criterion", 2.6), Column("Votes", 2.2), Column("Median", 0.8, "center"),
        Column("Spread", 0.8, "center"), Column("Agreed", 2.4), Column("Dissent", 1.6),
    )  # fmt: skip
    return [
        Heading(f"{control.control} {control.title}"),
        Table(f"Votes and agreed levels: {control.title}", columns, rows),
        paragraph(found.alpha.sentence),
    ]


def _row(control: ControlResult, criterion: CriterionResult, found: Agreement, said: _Said) -> Row:
    votes = said[control.control, criterion.criterion]
    details = tuple(_details(found, votes))
    return Row(
        (
            run(criterion.title, "strong"),
            distribution(found),
            level(found.median),
            run("–" if found.spread is None else found.spread),
            _agreed(criterion, found),
            _dissent(criterion, found, votes),
        ),
        details=(Bullets(details),),
        id=f"workshop-{control.control}-{criterion.criterion}",
        opens="What the votes say",
    )


def distribution(found: Agreement) -> Runs:
    """Write how many chose each level, as counts beside the levels' pills."""
    parts: list[object] = []
    for number, count in enumerate(found.distribution):
        if count:
            parts += ["  " if parts else "", level(number), f"\u00a0×\u00a0{count}"]
    if found.abstentions:
        parts.append(Run(f"{'  ' if parts else ''}{found.abstentions} abstained", "muted"))
    return text(*parts)


def _agreed(criterion: CriterionResult, found: Agreement) -> Runs:
    """Name the level that was settled on, by whom and why; or what could be settled on."""
    if criterion.overridden_by:
        by = f" {criterion.overridden_by}: {criterion.override_reason}"
        return text(level(criterion.effective), by)
    if found.suggestion is not None:
        return run(f"open; {found.suggestion} could be the consensus", "muted")
    return run("open", "muted")


def _dissent(
    criterion: CriterionResult, found: Agreement, votes: Sequence[tuple[str, int | None, str]]
) -> Runs:
    """Name those who chose another level than the agreed one; nobody while none is agreed."""
    if not criterion.overridden_by or not found.votes:
        return run("–", "muted")
    other = [f"{who} ({n})" for who, n, _ in votes if n not in (None, criterion.effective)]
    return run(listed(other)) if other else run("none", "muted")


def _details(found: Agreement, votes: Sequence[tuple[str, int | None, str]]) -> Iterator[Runs]:
    yield text(found.sentence)
    for who, chosen, comment in votes:
        if comment:
            at = "abstains" if chosen is None else f"level {chosen}"
            yield text(Run(f"{who}, {at}: ", "muted"), comment)
