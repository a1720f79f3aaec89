"""Tables of the assessors' votes and the agreed level of each criterion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from calib.model import (
    Ballot,
    ControlResult,
    CriterionAgreement,
    CriterionRecord,
    CriterionResult,
    Result,
    Workshop,
    WorkshopAgreement,
)
from calib.model.workshop_record import VoteCounts
from calib.render.document import (
    Block,
    Column,
    DefinitionList,
    Heading,
    Run,
    Runs,
    TableBlock,
    TableRow,
    level,
    paragraph,
    run,
    text,
)
from calib.text import listed, plural
from calib.workshop import compare_ballots, filter_revealed, is_anonymous


@dataclass(frozen=True, slots=True)
class DisplayedVote:
    """Hold one vote as shown to readers; the name is empty where the workshop is anonymous."""

    name: str
    level: int | None
    comment: str


@dataclass(frozen=True, slots=True)
class WorkshopRecord:
    """Hold the data that the workshop sections are built from."""

    result: Result
    ballots: tuple[Ballot, ...]
    agreement: WorkshopAgreement
    workshop: Workshop | None
    votes: Mapping[tuple[str, str], Sequence[DisplayedVote]]
    """The votes, keyed by (control, criterion)."""

    def criterion_record(self, control: str, criterion: str) -> CriterionRecord:
        """Return the workshop's entry on a criterion; an empty one if it was not discussed."""
        if self.workshop is None:
            return CriterionRecord(criterion=f"{control}/{criterion}")
        return self.workshop.criterion_record(control, criterion)


def build_workshop_record(
    result: Result, ballots: Iterable[Ballot], workshop: Workshop | None
) -> WorkshopRecord:
    """Collect the votes that may be shown: revealed ones only, without names if anonymous.

    Votes on controls or criteria that are not in the result are left out.
    """
    known = {(c.control, x.criterion) for c in result.controls for x in c.criteria}
    found = []
    for ballot in sorted(filter_revealed(ballots, workshop), key=lambda b: (b.control, b.assessor)):
        votes = tuple(v for v in ballot.votes if (ballot.control, v.criterion) in known)
        found.append(ballot.model_copy(update={"votes": votes}))
    shown: dict[tuple[str, str], list[DisplayedVote]] = {}
    for ballot in found:
        for vote in ballot.votes:
            displayed = DisplayedVote(
                " ".join(ballot.name.split()), vote.level, " ".join(vote.comment.split())
            )
            shown.setdefault((ballot.control, vote.criterion), []).append(displayed)
    if is_anonymous(workshop):
        # In seat order, a reader could attribute the comments of one person across criteria.
        for criterion_votes in shown.values():
            criterion_votes.sort(key=lambda s: (s.level is None, s.level or 0, s.comment))
    return WorkshopRecord(result, tuple(found), compare_ballots(found), workshop, shown)


def control_votes(record: WorkshopRecord, control: ControlResult) -> list[Block]:
    """Build heading, table and agreement of one control; empty if it was not voted on."""
    of_control = record.agreement.control(control.control)
    found = {a.criterion: a for a in of_control.criteria} if of_control else {}
    rows = tuple(
        _criterion_row(record, control, c, found.get(c.criterion, _no_agreement(control, c)))
        for c in control.criteria
        if c.criterion in found
        or _was_reached(record.criterion_record(control.control, c.criterion))
    )
    if not rows:
        return []
    columns = [Column("Criterion", 2.3), Column("Votes", 2.3), Column("Consensus", 4)]
    if record.workshop is not None:
        columns.insert(2, Column("Level before", 1.15, "center"))
    name = f"{control.control} {control.title}"
    table = TableBlock(f"Votes and consensus: {control.title}", tuple(columns), rows)
    blocks: list[Block] = [Heading(name, 3, f"workshop-{control.control}"), table]
    if record.workshop is None and of_control is not None:
        blocks.append(paragraph(of_control.alpha.sentence))
    return blocks


def _no_agreement(control: ControlResult, criterion: CriterionResult) -> CriterionAgreement:
    return CriterionAgreement(control=control.control, criterion=criterion.criterion, sentence="")


def _was_reached(entry: CriterionRecord) -> bool:
    return entry.revealed is not None or entry.settled is not None


def _criterion_row(
    record: WorkshopRecord,
    control: ControlResult,
    criterion: CriterionResult,
    found: CriterionAgreement,
) -> TableRow:
    votes = record.votes.get((control.control, criterion.criterion), ())
    entry = record.criterion_record(control.control, criterion.criterion)
    cells = [
        run(criterion.title, "strong"),
        _votes(found),
        _consensus(record, criterion, entry, found, votes),
    ]
    if record.workshop is not None:
        cells.insert(2, level(entry.before))
    pairs = tuple(_details(record, criterion, entry, votes))
    if record.workshop is None:
        # Before the workshop, this sentence suggests whom to ask first.
        pairs = (("Summary", run(found.sentence)), *pairs)
    comments = sum(1 for s in votes if s.comment)
    contents = [plural(len(votes), "vote")] if votes else []
    contents += [plural(comments, "comment")] if comments else []
    contents += ["times"] if entry.revealed else []
    return TableRow(
        tuple(cells),
        details=(DefinitionList(pairs),) if pairs else (),
        id=f"workshop-{control.control}-{criterion.criterion}",
        opens=f"Details: {listed(contents)}" if contents else "Details",
    )


def _votes(found: CriterionAgreement) -> Runs:
    given = vote_counts(found.distribution, found.abstentions)
    if found.median is None:
        return given
    return text(given, Run(f"\nmedian {found.median}, spread {found.spread}", "muted"))


def vote_counts(counts: VoteCounts, abstentions: int = 0) -> Runs:
    """Write how many assessors chose each level, as counts beside the level badges."""
    parts: list[object] = []
    for number, count in enumerate(counts):
        if count:
            parts += ["  " if parts else "", level(number), f"\u00a0×\u00a0{count}"]
    if abstentions:
        parts.append(Run(f"{'  ' if parts else ''}{abstentions}\u00a0abstained", "muted"))
    return text(*parts) if parts else run("no votes", "muted")


def _consensus(
    record: WorkshopRecord,
    criterion: CriterionResult,
    entry: CriterionRecord,
    found: CriterionAgreement,
    votes: Sequence[DisplayedVote],
) -> Runs:
    """Return the agreed level, by whom and why, and the diverging votes."""
    settled = entry.settled
    if settled is not None:
        agreed, by, reason, dissent = settled.level, settled.by, settled.reason, settled.dissent
    elif record.workshop is None and criterion.overridden_by:
        agreed, by, dissent = criterion.effective, criterion.overridden_by, ""
        reason = criterion.override_reason
    elif found.suggestion is not None:
        return run(f"open; {found.suggestion} suggested", "muted")
    else:
        return run("open", "muted")
    parts: list[object] = [level(agreed), f" {_single_line(reason)}"]
    parts.append(Run(f"\nDecided by {_single_line(by)}.", "muted"))
    other = [s for s in votes if s.level not in (None, agreed)]
    if other:
        parts.append(Run(f" Diverging votes: {_name_voters(other)}.", "muted"))
    elif found.votes:
        parts.append(Run(" No diverging votes.", "muted"))
    if dissent.strip():
        parts += [Run("\nDissenting opinion: ", "strong"), _single_line(dissent)]
    return text(*parts)


def _single_line(typed: str) -> str:
    return " ".join(typed.split())


def _name_voters(votes: Sequence[DisplayedVote]) -> str:
    """List voters with their levels; those without a name are counted."""
    parts = [f"{s.name} ({s.level})" for s in votes if s.name]
    levels = sorted(s.level for s in votes if not s.name and s.level is not None)
    if levels:
        noun = "other" if parts else "assessor"
        chosen = listed(map(str, dict.fromkeys(levels)))
        parts.append(f"{plural(len(levels), noun)} ({chosen})")
    return listed(parts)


def _details(
    record: WorkshopRecord,
    criterion: CriterionResult,
    entry: CriterionRecord,
    votes: Sequence[DisplayedVote],
) -> Iterator[tuple[str, Runs]]:
    if any(s.name for s in votes):
        yield "Votes by level", _voters_by_level(votes)
    if entry.earlier:
        rounds = [
            text(Run(f"{_round_name(n)}: ", "muted"), vote_counts(counts))
            for n, counts in enumerate(entry.earlier, start=1)
        ]
        yield "Earlier rounds", _join_lines(rounds)
    if record.workshop is not None and _was_reached(entry):
        yield "Time", run(_times(entry, record.workshop.begun))
    if entry.settled is not None and criterion.effective != entry.settled.level:
        since = f" set by {criterion.overridden_by}" if criterion.overridden_by else ""
        yield "Current level", text(level(criterion.effective), since)
    comments = [text(Run(f"{_voter(s)}: ", "muted"), s.comment) for s in votes if s.comment]
    if comments:
        yield "Comments", _join_lines(comments)


def _voters_by_level(votes: Sequence[DisplayedVote]) -> Runs:
    """List the voters by level, lowest first, followed by abstentions."""
    lines = []
    for chosen in (0, 1, 2, 3, 4, None):
        names = [s.name for s in votes if s.level == chosen and s.name]
        unnamed = sum(1 for s in votes if s.level == chosen and not s.name)
        if unnamed:
            names.append(plural(unnamed, "assessor") + " without a name")
        if names:
            head = run("abstained", "muted") if chosen is None else level(chosen)
            lines.append(text(head, f" {listed(names)}"))
    return _join_lines(lines)


def _join_lines(rows: Sequence[Runs]) -> Runs:
    """Join runs with line breaks."""
    parts: list[object] = []
    for number, row in enumerate(rows):
        parts += [Run("\n")] if number else []
        parts.append(row)
    return text(*parts)


def _voter(vote: DisplayedVote) -> str:
    choice = "abstained" if vote.level is None else f"level {vote.level}"
    return f"{vote.name}, {choice}" if vote.name else choice.capitalize()


def _round_name(number: int) -> str:
    words = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth")
    return f"{words[number - 1]} round" if number <= len(words) else f"Round {number}"


def clock(moment: datetime, like: datetime | None) -> str:
    """Format a time in the workshop's time zone, whatever the zone of this machine."""
    zone = like.tzinfo if like else moment.tzinfo
    return f"{moment.astimezone(zone):%H:%M}"


def _times(entry: CriterionRecord, begun: datetime | None) -> str:
    parts = [f"revealed at {clock(entry.revealed, begun)}"] if entry.revealed else []
    if entry.settled is not None:
        parts.append(f"agreed at {clock(entry.settled.at, begun)}")
    return f"{', '.join(parts)}.".capitalize()
