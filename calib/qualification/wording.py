"""Put what was found into words: findings, with their remediation, from the catalog's texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calib.model import Finding, Outcome, QualificationRules, Subject
from calib.qualification.facts import StudyFacts


class FindingBuilder:
    """Put reasons and missing points into words."""

    def __init__(self, rules: QualificationRules, qualified: Sequence[StudyFacts]) -> None:
        self.texts = {r.id: r for r in rules.reasons}
        self.points = {p.id: p for p in rules.write_up.points}
        self.rules = rules
        self.qualified = qualified
        self.names = {f.id: f.name for f in rules.families}

    def of_set(self, reason: str, *, blocks: bool) -> Finding:
        """Make a finding on the set."""
        kind, _, family = reason.partition(":")
        various = kind == "insufficient-variety"
        kinds = {k for f in self.qualified for k in f.kinds}
        leading = [f for f in self.qualified if f.family == family]
        return self._finding(
            kind,
            reason,
            Subject(file="case_studies/"),
            blocks=blocks,
            count=len(kinds if various else self.qualified),
            needed=self.rules.kinds_needed if various else self.rules.needed,
            family=self.names.get(family, family),
            studies=" and ".join(f"“{f.study.title or f.study.slug}”" for f in leading),
        )

    def of_study(self, facts: StudyFacts, number: int, *, submitted: bool) -> Iterator[Finding]:
        """Make the findings on a study: what disqualifies it, then what its write-up lacks.

        What blocks nothing, such as a candidate's defect, is advice.
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
        yield from self._write_up(facts, number, file, submitted=submitted)

    def _write_up(
        self, facts: StudyFacts, number: int, file: str, *, submitted: bool
    ) -> Iterator[Finding]:
        service = self.names.get(facts.family, facts.study.primary_service)
        for one in facts.missing:
            if one.implied:
                continue
            point = self.points[one.point]
            lacks = submitted and point.required and not getattr(facts.study, point.part)
            fill = {"told": one.told, "quote": one.quote, "service": service}
            yield Finding(
                rule=f"write-up:{point.id}:cs-{number}",
                outcome=Outcome.PARTLY if lacks else Outcome.ADVICE,
                message=point.message.format(**fill),
                remediation=point.remediation.format(**fill),
                subject=Subject(file=file, place=point.part),
            )

    def _finding(
        self, kind: str, rule: str, subject: Subject, *, blocks: bool, **fill: object
    ) -> Finding:
        text = self.texts[kind]
        everything = {"count": len(self.qualified), "needed": self.rules.needed, **fill}
        return Finding(
            rule=rule,
            outcome=Outcome.GAP if blocks else Outcome.ADVICE,
            message=text.message.format(**everything),
            remediation=text.remediation.format(**everything),
            subject=subject,
        )
