"""Turn the facts of case studies into findings, with the texts of the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calib.model import Finding, Outcome, QualificationRules, Subject
from calib.qualification.facts import StudyFacts
from calib.text import listed


class FindingBuilder:
    """Builds the findings on studies and on the set."""

    def __init__(self, rules: QualificationRules, qualified: Sequence[StudyFacts]) -> None:
        self.texts = {r.id: r for r in rules.reasons}
        self.points = {p.id: p for p in rules.write_up.points}
        self.rules = rules
        self.qualified = qualified
        self.names = {f.id: f.name for f in rules.families}

    def set_finding(self, reason: str, *, blocks: bool) -> Finding:
        """Return the finding for a reason of the set; `blocks` if the set does not qualify."""
        kind, _, family = reason.partition(":")
        on_variety = kind == "insufficient-variety"
        kinds = {k for f in self.qualified for k in f.kinds}
        leading = [f for f in self.qualified if f.family == family]
        return self._finding(
            kind,
            reason,
            Subject(file="case_studies/"),
            blocks=blocks,
            count=len(kinds if on_variety else self.qualified),
            needed=self.rules.kinds_needed if on_variety else self.rules.needed,
            family=self.names.get(family, family),
            studies=listed(f"“{f.study.title or f.study.slug}”" for f in leading),
        )

    def study_findings(
        self, facts: StudyFacts, number: int, *, submitted: bool
    ) -> Iterator[Finding]:
        """Yield the findings on a study: what disqualifies it, then what its write-up lacks.

        A defect of a candidate is advice, since candidates are not submitted.
        """
        slug = facts.study.slug
        file = f"case_studies/{slug}.yaml" if slug else f"cs-{number}"
        for reason in facts.reasons:
            yield self._finding(
                reason,
                f"{reason}:cs-{number}",
                Subject(file=file),
                blocks=submitted,
                other=facts.repeats,
                primary=facts.study.primary_service.strip() or "none is named",
            )
        for service in facts.not_counted:
            yield self._finding(
                "could-lead-not-counted",
                f"could-lead-not-counted:cs-{number}:{service}",
                Subject(file=file, place="could_lead"),
                blocks=False,
                service=service,
            )
        yield from self._write_up_findings(facts, number, file, submitted=submitted)

    def _write_up_findings(
        self, facts: StudyFacts, number: int, file: str, *, submitted: bool
    ) -> Iterator[Finding]:
        service = self.names.get(facts.family, facts.study.primary_service)
        for missing in facts.missing:
            if missing.implied:
                continue
            point = self.points[missing.point]
            # The guide requires this part, and it is empty: worse than a weak one.
            is_empty = submitted and point.required and not getattr(facts.study, point.part)
            values = {"told": missing.told, "quote": missing.quote, "service": service}
            yield Finding(
                rule=f"write-up:{point.id}:cs-{number}",
                outcome=Outcome.PARTLY if is_empty else Outcome.ADVICE,
                message=point.message.format(**values),
                remediation=point.remediation.format(**values),
                subject=Subject(file=file, place=point.part),
            )

    def _finding(
        self, kind: str, rule: str, subject: Subject, *, blocks: bool, **values: object
    ) -> Finding:
        text = self.texts[kind]
        values = {"count": len(self.qualified), "needed": self.rules.needed, **values}
        return Finding(
            rule=rule,
            outcome=Outcome.GAP if blocks else Outcome.ADVICE,
            message=text.message.format(**values),
            remediation=text.remediation.format(**values),
            subject=subject,
        )
