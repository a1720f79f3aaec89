"""Compare answers to an older catalog with the questions of the present one.

An answer was given for the catalog version it names, or else for the version its assessment names.
Until a person confirms it for the catalog that judges it, a finding marks it as not re-confirmed.

The mark is advice and moves no level. Levels depend on the text and evidence, which are judged by
the present catalog anyway: an answer does not get worse because a question was reworded, and a
confirmation, a person's word, must not make it better.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import StrEnum

from calib.model import Assessment, ControlResponse, CriterionAnswer, Finding, Outcome, Subject
from calib.model.base import FrozenModel
from calib.model.catalog import Catalog, CatalogRecord, Control, Criterion, RecordedQuestion
from calib.text import plural

UNCONFIRMED_RULE = "not-reconfirmed"
"""The rule of the finding on an answer that has not been confirmed."""


class ChangeStatus(StrEnum):
    """How a criterion differs from the question when it was answered."""

    SAME = "same"
    REWORDED = "reworded"
    """The question, or anything else that an answer depends on, has changed."""
    ADDED = "added"
    REMOVED = "removed"
    UNKNOWN = "unknown"
    """There is no record of that version."""


class MigratedAnswer(FrozenModel):
    """One criterion of a migration report, with the state of its answer."""

    control: str
    criterion: str
    title: str
    change: ChangeStatus
    asked: str = ""
    """The question when it was answered; empty unless it was reworded."""
    asks: str = ""
    """The present question; empty for a removed criterion."""
    answered: bool = False
    confirmed: bool = False
    """Whether the answer counts for the present catalog."""


class MigrationReport(FrozenModel):
    """The criteria of two catalog versions, and the answers to them."""

    before: str
    """The catalog version of the answers."""
    after: str
    """The version of the present catalog."""
    criteria: tuple[MigratedAnswer, ...]

    def count(self, change: ChangeStatus) -> int:
        """Return the number of criteria with this change."""
        return sum(entry.change is change for entry in self.criteria)

    @property
    def open(self) -> tuple[MigratedAnswer, ...]:
        """The answers that a person has yet to confirm."""
        return tuple(
            c
            for c in self.criteria
            if c.answered and not c.confirmed and c.change is not ChangeStatus.REMOVED
        )


def build_catalog_record(catalog: Catalog) -> CatalogRecord:
    """Record the questions of a catalog, for comparison with later versions."""
    asked = tuple(_record_question(k, c) for k in catalog.controls for c in k.criteria)
    return CatalogRecord(version=catalog.version, asked=asked)


def _record_question(control: Control, criterion: Criterion) -> RecordedQuestion:
    rest = (criterion.looks_for, criterion.fails, *criterion.levels, str(criterion.weight))
    return RecordedQuestion(
        id=f"{control.id}/{criterion.id}",
        basis=criterion.basis,
        title=criterion.title,
        question=criterion.question,
        rest=hashlib.sha256("\n".join(rest).encode()).hexdigest()[:16],
    )


def answered_version(answer: CriterionAnswer, version: str) -> str:
    """Return the catalog version an answer was given for; `version` is the assessment's."""
    return answer.catalog_version or version


def find_unconfirmed(
    catalog: Catalog, control: Control, criterion: Criterion, answer: CriterionAnswer, version: str
) -> tuple[Finding, ...]:
    """Return a finding if the answer was given for another catalog and not confirmed since.

    `version` is the catalog version of the assessment.
    """
    then = answered_version(answer, version)
    if then == catalog.version or not answer.has_content:
        return ()
    change, old = _compare_with_record(catalog, then, control, criterion)
    # A criterion cannot have been answered before it existed: the answer is new.
    if change is ChangeStatus.ADDED:
        return ()
    difference = _describe_change(old, _record_question(control, criterion))
    return (
        Finding(
            rule=UNCONFIRMED_RULE,
            outcome=Outcome.ADVICE,
            message=f"Answered for catalog {then}, not re-confirmed for {catalog.version}"
            f"{difference}",
            remediation="Check the answer against the present question, then confirm it.",
        ),
    )


def _describe_change(old: RecordedQuestion | None, present: RecordedQuestion) -> str:
    if old is None:
        return "."
    if old == present:
        return ", which asks the same question."
    if old.basis is not present.basis:
        return f": it is now a {present.basis} criterion; before, it was a {old.basis} criterion."
    if old.question != present.question:
        return f": the question was reworded. Before: “{old.question}”"
    if old.rest == present.rest:
        return f": the question is the same, but its title has changed. Before: “{old.title}”"
    return ": the question is the same, but its description, levels or weight have changed."


def _compare_with_record(
    catalog: Catalog, version: str, control: Control, criterion: Criterion
) -> tuple[ChangeStatus, RecordedQuestion | None]:
    record = catalog.record(version)
    if record is None:
        return ChangeStatus.UNKNOWN, None
    old = record.find(control.id, criterion.id)
    if old is None:
        return ChangeStatus.ADDED, None
    return (
        ChangeStatus.SAME if old == _record_question(control, criterion) else ChangeStatus.REWORDED
    ), old


ORPHANED_RULE_PREFIX = "orphaned:"
"""The prefix of rules for answers to criteria that the catalog no longer has."""


def find_orphaned(catalog: Catalog, response: ControlResponse) -> tuple[Finding, ...]:
    """Return a finding for each answer to a criterion that this catalog does not have.

    Such answers are kept: the partner's text may be useful elsewhere.
    """
    known = {c.id for k in catalog.controls if k.id == response.control for c in k.criteria}
    file = f"controls/{response.control}.yaml"
    return tuple(
        Finding(
            rule=f"{ORPHANED_RULE_PREFIX}{a.criterion}",
            outcome=Outcome.ADVICE,
            control=response.control,
            message=f"The answer to {a.criterion} belongs to an older catalog; it is kept"
            f"{_summarize_answer(a)}",
            remediation="Move what still applies to another criterion, then remove it.",
            subject=Subject(file=file, place=f"criteria.{a.criterion}"),
        )
        for a in response.criteria
        if a.criterion not in known
    )


def _summarize_answer(answer: CriterionAnswer) -> str:
    level = "" if answer.claimed_level is None else f"level {answer.claimed_level}"
    text = f"“{' '.join(answer.answer.split())}”" if answer.answer else ""
    marks = plural(len(answer.marks), "mark") if answer.marks else ""
    parts = [p for p in (level, text, ", ".join(answer.evidence), marks) if p]
    return f": {'; '.join(parts)}." if parts else "."


def find_version_differences(catalog: Catalog, assessment: Assessment) -> Iterator[Finding]:
    """Yield the findings on the assessment as a whole if its catalog version differs."""
    version = assessment.header.catalog_version
    header = Subject(file="assessment.yaml", place="catalog_version")
    if version != catalog.version:
        yield Finding(
            rule="catalog-differs",
            outcome=Outcome.ADVICE,
            subject=header,
            message=f"Answered for catalog {version}, judged by catalog {catalog.version}.",
            remediation="Run `calib migrate` to list the changes and migrate the answers.",
        )
    known = {c.id for c in catalog.controls}
    for response in assessment.responses:
        if response.control not in known:
            yield Finding(
                rule=f"{ORPHANED_RULE_PREFIX}{response.control}",
                outcome=Outcome.ADVICE,
                message=f"The response to {response.control} belongs to an older catalog; it is "
                "kept.",
                remediation="Move what still applies to another control, then remove the file.",
                subject=Subject(file=f"controls/{response.control}.yaml"),
            )
    pending = build_migration_report(catalog, assessment).open
    if pending:
        reworded = sum(c.change is ChangeStatus.REWORDED for c in pending)
        reworded_note = f"; {reworded} of them with a changed question" if reworded else ""
        yield Finding(
            rule=UNCONFIRMED_RULE,
            outcome=Outcome.ADVICE,
            subject=header,
            message=f"{plural(len(pending), 'answer is', 'answers are')} not re-confirmed for "
            f"catalog {catalog.version}{reworded_note}.",
            remediation="Confirm each in its form or with `calib confirm`.",
        )


def build_migration_report(catalog: Catalog, assessment: Assessment) -> MigrationReport:
    """Compare the question of each answer with the present one."""
    version = assessment.header.catalog_version
    older = {
        a.catalog_version for r in assessment.responses for a in r.criteria if a.catalog_version
    } - {catalog.version}
    # After a migration the assessment names the present version; its older answers still name
    # theirs, and the report goes back to the oldest of them.
    before = version if version != catalog.version else min(older, default=version)
    rows = [
        row
        for control in catalog.controls
        for row in _control_entries(catalog, control, assessment, before)
    ]
    rows += _removed_entries(catalog, assessment, before)
    return MigrationReport(before=before, after=catalog.version, criteria=tuple(rows))


def _control_entries(
    catalog: Catalog, control: Control, assessment: Assessment, before: str
) -> Iterator[MigratedAnswer]:
    version = assessment.header.catalog_version
    response = assessment.response(control.id)
    for criterion in control.criteria:
        answer = response.answer(criterion.id)
        then = answered_version(answer, version) if answer.has_content else before
        change, old = _compare_with_record(catalog, then, control, criterion)
        # A confirmed answer is compared with the version before, or the change would be hidden.
        if then == catalog.version:
            change, old = _compare_with_record(catalog, before, control, criterion)
        yield MigratedAnswer(
            control=control.id,
            criterion=criterion.id,
            title=criterion.title,
            change=change,
            asked=old.question if old and change is ChangeStatus.REWORDED else "",
            asks=criterion.question,
            answered=answer.has_content,
            confirmed=answer.has_content
            and not find_unconfirmed(catalog, control, criterion, answer, version),
        )


def _removed_entries(
    catalog: Catalog, assessment: Assessment, before: str
) -> Iterator[MigratedAnswer]:
    """Yield the criteria that the catalog no longer has, from the record or from answers."""
    current = {f"{k.id}/{c.id}" for k in catalog.controls for c in k.criteria}
    record = catalog.record(before)
    removed = {a.id: a.title for a in (record.asked if record else ()) if a.id not in current}
    answered = {
        f"{r.control}/{a.criterion}"
        for r in assessment.responses
        for a in r.criteria
        if a.has_content and f"{r.control}/{a.criterion}" not in current
    }
    for name in sorted(removed.keys() | answered):
        control, _, criterion = name.partition("/")
        yield MigratedAnswer(
            control=control,
            criterion=criterion,
            title=removed.get(name, criterion),
            change=ChangeStatus.REMOVED,
            answered=name in answered,
        )
