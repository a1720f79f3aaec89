"""Answers of an older catalog in a newer one: what is asked as before, what is not, who looked.

An answer counts for the catalog version that it names, else for the one that its assessment names.
Until a person confirms it for the catalog it is judged by, a finding says so. The mark is advice:
it never raises or lowers a level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import StrEnum

from calib.model import Assessment, ControlResponse, CriterionAnswer, Finding, Outcome, Subject
from calib.model.base import FrozenModel
from calib.model.catalog import Asked, Catalog, CatalogRecord, Control, Criterion

UNCONFIRMED = "not-reconfirmed"
"""The rule of the finding on an answer that nobody has confirmed."""


class Change(StrEnum):
    """Say how a criterion stands against what was asked when it was answered."""

    SAME = "same"
    REWORDED = "reworded"
    ADDED = "added"
    REMOVED = "removed"
    UNKNOWN = "unknown"
    """Nobody wrote down what that version asked."""


class Carried(FrozenModel):
    """Hold one criterion of a migration report."""

    control: str
    criterion: str
    title: str
    change: Change
    asked: str = ""
    """The question when it was answered, where it was another."""
    asks: str = ""
    """The question now."""
    answered: bool = False
    confirmed: bool = False


class CarryOver(FrozenModel):
    """Hold a migration report: the criteria of both catalogs, and the answers to them."""

    before: str
    after: str
    criteria: tuple[Carried, ...]

    def count(self, change: Change) -> int:
        """Count the criteria that changed in a way."""
        return sum(one.change is change for one in self.criteria)

    @property
    def open(self) -> tuple[Carried, ...]:
        """The answers that a person has still to confirm."""
        return tuple(
            c
            for c in self.criteria
            if c.answered and not c.confirmed and c.change is not Change.REMOVED
        )


def record_of(catalog: Catalog) -> CatalogRecord:
    """Write down what a catalog asks, for the versions after it."""
    asked = tuple(_asked(k, c) for k in catalog.controls for c in k.criteria)
    return CatalogRecord(version=catalog.version, asked=asked)


def _asked(control: Control, criterion: Criterion) -> Asked:
    rest = (criterion.looks_for, criterion.fails, *criterion.levels, str(criterion.weight))
    return Asked(
        id=f"{control.id}/{criterion.id}",
        basis=criterion.basis,
        title=criterion.title,
        question=criterion.question,
        rest=hashlib.sha256("\n".join(rest).encode()).hexdigest()[:16],
    )


def answered_for(answer: CriterionAnswer, version: str) -> str:
    """Return the catalog version an answer counts for, in an assessment of a version."""
    return answer.catalog_version or version


def unconfirmed(
    catalog: Catalog, control: Control, criterion: Criterion, answer: CriterionAnswer, version: str
) -> tuple[Finding, ...]:
    """Find that an answer was given to another version of the catalog and not confirmed since."""
    then = answered_for(answer, version)
    if then == catalog.version or not answer.is_said:
        return ()
    change, old = _change(catalog, then, control, criterion)
    if change is Change.ADDED:  # it cannot have been answered before it was asked
        return ()
    how = _how(old, criterion, change)
    return (
        Finding(
            rule=UNCONFIRMED,
            outcome=Outcome.ADVICE,
            message=f"Answered for catalog {then}, not re-confirmed for {catalog.version}{how}",
            remediation="Read the answer against the question, then confirm it.",
        ),
    )


def _how(old: Asked | None, criterion: Criterion, change: Change) -> str:
    if old is None:
        return "."
    if change is Change.SAME:
        return ", which asks the same."
    if old.basis is not criterion.basis:
        return f", where it is a {criterion.basis} criterion; before, it was a {old.basis} one."
    if old.question != criterion.question:
        return f", which asks it in other words. Before: “{old.question}”"
    return ", which asks the same question, but looks for other things or weighs them otherwise."


def _change(
    catalog: Catalog, version: str, control: Control, criterion: Criterion
) -> tuple[Change, Asked | None]:
    record = catalog.record(version)
    if record is None:
        return Change.UNKNOWN, None
    old = record.of(control.id, criterion.id)
    if old is None:
        return Change.ADDED, None
    return (Change.SAME if old == _asked(control, criterion) else Change.REWORDED), old


ORPHANED = "orphaned:"
"""How the rules begin of findings on what the catalog asks no more."""


def orphaned(catalog: Catalog, response: ControlResponse) -> tuple[Finding, ...]:
    """Find the answers of a response that this catalog does not ask for; they are kept."""
    known = {c.id for k in catalog.controls if k.id == response.control for c in k.criteria}
    file = f"controls/{response.control}.yaml"
    return tuple(
        Finding(
            rule=f"{ORPHANED}{a.criterion}",
            outcome=Outcome.ADVICE,
            control=response.control,
            message=f"The answer to {a.criterion} belongs to an older catalog; it is kept"
            f"{_content(a)}",
            remediation="Move what still holds to another criterion, then take it out.",
            subject=Subject(file=file, place=f"criteria.{a.criterion}"),
        )
        for a in response.criteria
        if a.criterion not in known
    )


def _content(answer: CriterionAnswer) -> str:
    level = "" if answer.claimed_level is None else f"level {answer.claimed_level}"
    said = f"“{' '.join(answer.answer.split())}”" if answer.answer else ""
    parts = [p for p in (level, said, ", ".join(answer.evidence)) if p]
    return f": {'; '.join(parts)}." if parts else "."


def on_the_whole(catalog: Catalog, assessment: Assessment) -> Iterator[Finding]:
    """Find what the change of the catalog means for the assessment as a whole."""
    version = assessment.header.catalog_version
    header = Subject(file="assessment.yaml", place="catalog_version")
    if version != catalog.version:
        yield Finding(
            rule="catalog-differs",
            outcome=Outcome.ADVICE,
            subject=header,
            message=f"Answered against catalog {version}, judged by {catalog.version}.",
            remediation="`calib migrate` lists what changed and carries the answers over.",
        )
    known = {c.id for c in catalog.controls}
    for response in assessment.responses:
        if response.control not in known:
            yield Finding(
                rule=f"{ORPHANED}{response.control}",
                outcome=Outcome.ADVICE,
                message=f"The response to {response.control} belongs to an older catalog; it is "
                "kept.",
                remediation="Move what still holds to another control, then take the file out.",
                subject=Subject(file=f"controls/{response.control}.yaml"),
            )
    waiting = _waiting(catalog, assessment)
    if waiting:
        reworded = sum(c.change is Change.REWORDED for c in waiting)
        others = f"; {reworded} of them {'is' if reworded == 1 else 'are'} asked otherwise now"
        others = others if reworded else ""
        count = len(waiting)
        yield Finding(
            rule=UNCONFIRMED,
            outcome=Outcome.ADVICE,
            subject=header,
            message=f"{count} {'answer is' if count == 1 else 'answers are'} not re-confirmed for "
            f"catalog {catalog.version}{others}.",
            remediation="Confirm each in its form, or with `calib confirm`.",
        )


def _waiting(catalog: Catalog, assessment: Assessment) -> tuple[Carried, ...]:
    version = assessment.header.catalog_version
    older = any(
        a.is_said and answered_for(a, version) != catalog.version
        for r in assessment.responses
        for a in r.criteria
    )
    return carry_over(catalog, assessment).open if older else ()


def carry_over(catalog: Catalog, assessment: Assessment) -> CarryOver:
    """Compare what each answer was given to with what the catalog asks now."""
    version = assessment.header.catalog_version
    older = {
        a.catalog_version for r in assessment.responses for a in r.criteria if a.catalog_version
    } - {catalog.version}
    before = version if version != catalog.version else min(older, default=version)
    rows = [
        row for control in catalog.controls for row in _rows(catalog, control, assessment, before)
    ]
    rows += _removed(catalog, assessment, before)
    return CarryOver(before=before, after=catalog.version, criteria=tuple(rows))


def _rows(
    catalog: Catalog, control: Control, assessment: Assessment, before: str
) -> Iterator[Carried]:
    version = assessment.header.catalog_version
    response = assessment.response(control.id)
    for criterion in control.criteria:
        answer = response.answer(criterion.id)
        then = answered_for(answer, version) if answer.is_said else before
        change, old = _change(catalog, then, control, criterion)
        if then == catalog.version:  # confirmed: say how it stands against the version before
            change, old = _change(catalog, before, control, criterion)
        yield Carried(
            control=control.id,
            criterion=criterion.id,
            title=criterion.title,
            change=change,
            asked=old.question if old and change is Change.REWORDED else "",
            asks=criterion.question,
            answered=answer.is_said,
            confirmed=answer.is_said
            and not unconfirmed(catalog, control, criterion, answer, version),
        )


def _removed(catalog: Catalog, assessment: Assessment, before: str) -> Iterator[Carried]:
    """List what the catalog asks no more: by the record, and by answers that nobody asks for."""
    now = {f"{k.id}/{c.id}" for k in catalog.controls for c in k.criteria}
    record = catalog.record(before)
    gone = {a.id: a.title for a in (record.asked if record else ()) if a.id not in now}
    answered = {
        f"{r.control}/{a.criterion}"
        for r in assessment.responses
        for a in r.criteria
        if a.is_said and f"{r.control}/{a.criterion}" not in now
    }
    for name in sorted(gone.keys() | answered):
        control, _, criterion = name.partition("/")
        yield Carried(
            control=control,
            criterion=criterion,
            title=gone.get(name, criterion),
            change=Change.REMOVED,
            answered=name in answered,
        )
