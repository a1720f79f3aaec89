"""The votes of the assessors, criterion by criterion, and the level that was settled on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from calib.model import (
    Agreement,
    Ballot,
    ControlResult,
    CriterionResult,
    Matter,
    Result,
    Workshop,
    WorkshopAgreement,
)
from calib.model.workshop_record import Counts
from calib.render.document import (
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
from calib.workshop import agree, is_anonymous, seen


@dataclass(frozen=True, slots=True)
class DisplayedVote:
    """Hold one vote as a reader may see it: without a name where there is none to show."""

    name: str
    level: int | None
    comment: str


@dataclass(frozen=True, slots=True)
class WorkshopRecord:
    """Hold what the sections on a workshop are made from."""

    result: Result
    ballots: tuple[Ballot, ...]
    agreement: WorkshopAgreement
    workshop: Workshop | None
    said: Mapping[tuple[str, str], Sequence[DisplayedVote]]
    """(control, criterion) -> the votes."""

    def matter(self, control: str, criterion: str) -> Matter:
        """Return what became of a criterion in the workshop, an empty one where nothing did."""
        if self.workshop is None:
            return Matter(criterion=f"{control}/{criterion}")
        return self.workshop.matter(control, criterion)


def build_workshop_record(
    result: Result, ballots: Iterable[Ballot], workshop: Workshop | None
) -> WorkshopRecord:
    """Gather what may be shown: only what was revealed, and no names where nobody has one.

    Votes on controls or criteria that the result does not know are left out.
    """
    known = {(c.control, x.criterion) for c in result.controls for x in c.criteria}
    found = []
    for ballot in sorted(seen(ballots, workshop), key=lambda b: (b.control, b.assessor)):
        votes = tuple(v for v in ballot.votes if (ballot.control, v.criterion) in known)
        found.append(ballot.model_copy(update={"votes": votes}))
    said: dict[tuple[str, str], list[DisplayedVote]] = {}
    for ballot in found:
        for vote in ballot.votes:
            one = DisplayedVote(
                " ".join(ballot.name.split()), vote.level, " ".join(vote.comment.split())
            )
            said.setdefault((ballot.control, vote.criterion), []).append(one)
    if is_anonymous(workshop):
        # In the order of the seats, the comments of one person could be told from the others'.
        for votes_on_one in said.values():
            votes_on_one.sort(key=lambda s: (s.level is None, s.level or 0, s.comment))
    return WorkshopRecord(result, tuple(found), agree(found), workshop, said)


def control_votes(record: WorkshopRecord, control: ControlResult) -> list[object]:
    """Make heading, table and agreement of one control; nothing where nobody came to it."""
    of_control = record.agreement.control(control.control)
    found = {a.criterion: a for a in of_control.criteria} if of_control else {}
    rows = tuple(
        _row(record, control, c, found.get(c.criterion, _nothing(control, c)))
        for c in control.criteria
        if c.criterion in found or _was_reached(record.matter(control.control, c.criterion))
    )
    if not rows:
        return []
    columns = [Column("Criterion", 2.3), Column("Votes", 2.3), Column("Consensus", 4)]
    if record.workshop is not None:
        columns.insert(2, Column("Before", 1.15, "center"))
    name = f"{control.control} {control.title}"
    table = TableBlock(f"Votes and consensus: {control.title}", tuple(columns), rows)
    blocks: list[object] = [Heading(name, 3, f"workshop-{control.control}"), table]
    if record.workshop is None and of_control is not None:
        blocks.append(paragraph(of_control.alpha.sentence))
    return blocks


def _nothing(control: ControlResult, criterion: CriterionResult) -> Agreement:
    return Agreement(control=control.control, criterion=criterion.criterion, sentence="")


def _was_reached(matter: Matter) -> bool:
    return matter.revealed is not None or matter.settled is not None


def _row(
    record: WorkshopRecord, control: ControlResult, criterion: CriterionResult, found: Agreement
) -> TableRow:
    votes = record.said.get((control.control, criterion.criterion), ())
    matter = record.matter(control.control, criterion.criterion)
    cells = [
        run(criterion.title, "strong"),
        _votes(found),
        _consensus(record, criterion, matter, found, votes),
    ]
    if record.workshop is not None:
        cells.insert(2, level(matter.before))
    pairs = tuple(_details(record, criterion, matter, votes))
    if record.workshop is None:
        # Before they are talked over, it helps to know whom to ask first.
        pairs = (("What they say", run(found.sentence)), *pairs)
    comments = sum(1 for s in votes if s.comment)
    opens = [plural(len(votes), "vote")] if votes else []
    opens += [plural(comments, "comment")] if comments else []
    return TableRow(
        tuple(cells),
        details=(DefinitionList(pairs),) if pairs else (),
        id=f"workshop-{control.control}-{criterion.criterion}",
        opens=f"Behind this: {listed([*opens, 'when']) if matter.revealed else listed(opens)}",
    )


def _votes(found: Agreement) -> Runs:
    given = distribution(found.distribution, found.abstentions)
    if found.median is None:
        return given
    return text(given, Run(f"\nmedian {found.median}, spread {found.spread}", "muted"))


def distribution(counts: Counts, abstentions: int = 0) -> Runs:
    """Write how many chose each level, as counts beside the levels' pills."""
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
    matter: Matter,
    found: Agreement,
    votes: Sequence[DisplayedVote],
) -> Runs:
    """Give the level that was settled on, by whom and why, and who voted otherwise."""
    settled = matter.settled
    if settled is not None:
        agreed, by, reason, dissent = settled.level, settled.by, settled.reason, settled.dissent
    elif record.workshop is None and criterion.overridden_by:
        agreed, by, dissent = criterion.effective, criterion.overridden_by, ""
        reason = criterion.override_reason
    elif found.suggestion is not None:
        return run(f"open; {found.suggestion} suggested", "muted")
    else:
        return run("open", "muted")
    parts: list[object] = [level(agreed), f" {_flat(reason)}"]
    parts.append(Run(f"\nDecided by {_flat(by)}.", "muted"))
    other = [s for s in votes if s.level not in (None, agreed)]
    if other:
        parts.append(Run(f" Voted otherwise: {_people(other)}.", "muted"))
    elif found.votes:
        parts.append(Run(" Nobody voted otherwise.", "muted"))
    if dissent.strip():
        parts += [Run("\nDissent: ", "strong"), _flat(dissent)]
    return text(*parts)


def _flat(typed: str) -> str:
    return " ".join(typed.split())


def _people(votes: Sequence[DisplayedVote]) -> str:
    """Name who chose which level; those without a name are counted."""
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
    matter: Matter,
    votes: Sequence[DisplayedVote],
) -> Iterator[tuple[str, Runs]]:
    if any(s.name for s in votes):
        yield "Who chose what", _who(votes)
    if matter.earlier:
        rounds = [
            text(Run(f"{_nth(n)}: ", "muted"), distribution(counts))
            for n, counts in enumerate(matter.earlier, start=1)
        ]
        yield "Earlier rounds", _lines(rounds)
    if record.workshop is not None and _was_reached(matter):
        yield "When", run(_when(matter, record.workshop.begun))
    if matter.settled is not None and criterion.effective != matter.settled.level:
        since = f" by {criterion.overridden_by}" if criterion.overridden_by else ""
        yield "Since then", text("the assessment has level ", level(criterion.effective), since)
    comments = [text(Run(f"{_head(s)}: ", "muted"), s.comment) for s in votes if s.comment]
    if comments:
        yield "Comments", _lines(comments)


def _who(votes: Sequence[DisplayedVote]) -> Runs:
    """List the names by the level they chose, the lowest first, then those who abstained."""
    lines = []
    for chosen in (0, 1, 2, 3, 4, None):
        names = [s.name for s in votes if s.level == chosen and s.name]
        unnamed = sum(1 for s in votes if s.level == chosen and not s.name)
        if unnamed:
            names.append(plural(unnamed, "assessor") + " without a name")
        if names:
            head = run("abstained", "muted") if chosen is None else level(chosen)
            lines.append(text(head, f" {listed(names)}"))
    return _lines(lines)


def _lines(rows: Sequence[Runs]) -> Runs:
    """Put each on a line of its own."""
    parts: list[object] = []
    for number, row in enumerate(rows):
        parts += [Run("\n")] if number else []
        parts.append(row)
    return text(*parts)


def _head(said: DisplayedVote) -> str:
    at = "abstained" if said.level is None else f"level {said.level}"
    return f"{said.name}, {at}" if said.name else at.capitalize()


def _nth(number: int) -> str:
    words = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth")
    return f"{words[number - 1]} round" if number <= len(words) else f"Round {number}"


def clock(moment: datetime, like: datetime | None) -> str:
    """Write the time of day where the workshop was held, alike on every machine."""
    there = like.tzinfo if like else moment.tzinfo
    return f"{moment.astimezone(there):%H:%M}"


def _when(matter: Matter, begun: datetime | None) -> str:
    parts = [f"revealed at {clock(matter.revealed, begun)}"] if matter.revealed else []
    if matter.settled is not None:
        parts.append(f"settled at {clock(matter.settled.at, begun)}")
    return f"{', '.join(parts)}.".capitalize()
