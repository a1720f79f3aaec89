"""Case studies -> findings: each study by itself, and the four together.

Rules and service names come from the catalog (`data/catalog/qualification.yaml`); their source is
the guide's chapter on case study qualification.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product

from calib.cues import Cues, fold
from calib.model import (
    CaseStudy,
    Finding,
    Outcome,
    QualificationResult,
    QualificationRules,
    StudyResult,
    StudyStatus,
    Subject,
)
from calib.qualification.names import Kinds, Services

_LONG_ENOUGH_TO_COMPARE = 30  # words; shorter write-ups look alike without being the same
_SHORTEST_TEXT = 8  # words; a stub may stand in several studies
_SAME_TEXT = 0.8  # share of common three-word runs above which one text repeats another


@dataclass(frozen=True)
class _Reader:
    """Hold the compiled rules."""

    rules: QualificationRules
    services: Services
    kinds: Kinds
    shows: Cues
    denies: Cues
    classic: Cues
    generative_families: frozenset[str]


@lru_cache(maxsize=4)
def _reader(rules: QualificationRules) -> _Reader:
    return _Reader(
        rules,
        Services(rules),
        Kinds(rules),
        Cues(rules.cues.shows),
        Cues(rules.cues.denies),
        Cues(rules.cues.classic),
        frozenset(f.id for f in rules.families if f.generative),
    )


@dataclass(frozen=True)
class _Facts:
    study: CaseStudy
    families: tuple[str, ...]
    primary: tuple[str, ...]
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]
    """Reason ids without the study's number."""
    repeats: str = ""
    """The earlier study that it repeats."""

    @property
    def family(self) -> str:
        """The family it leads with: of several named, one that it also lists."""
        return next((f for f in self.primary if f in self.families), next(iter(self.primary), ""))


def _is_generative(reader: _Reader, study: CaseStudy, families: Sequence[str]) -> bool:
    """Judge whether the work is generative AI: by its words first, then by what it runs on."""
    work = fold(f"{study.title}. {study.solution}. {study.results}")
    everything = fold(f"{study.title}. {study.challenge}. {study.solution}. {study.results}")
    if work in reader.denies:
        return False
    if work in reader.shows:
        return True
    if work in reader.classic:
        return False
    if everything in reader.shows:
        return True
    kinds = {reader.kinds.of(k) for k in study.solution_types}
    return bool(kinds & reader.kinds.generative or reader.generative_families & set(families))


def _facts(reader: _Reader, study: CaseStudy, earlier: Sequence[CaseStudy]) -> _Facts:
    listed = [reader.services.of(name) for name in study.services]
    families = tuple(dict.fromkeys(f for found in listed for f in found))
    primary = reader.services.of(study.primary_service)
    reasons = []
    if not families:
        reasons.append("no-aws-native-service")
    named = fold(study.primary_service) in {fold(name) for name in study.services}
    if not named and not set(primary) & set(families):
        reasons.append("primary-not-in-services")
    if not primary:
        reasons.append("primary-not-aws-native")
    if not study.results.strip():
        reasons.append("missing-results")
    repeated = next((other for other in earlier if _repeats(study, other)), None)
    if repeated is not None:
        reasons.append("duplicate-case-study")
    if not _is_generative(reader, study, families):
        reasons.append("not-generative-ai")
    kinds = tuple(dict.fromkeys(k for k in map(reader.kinds.of, study.solution_types) if k))
    other = (repeated.title or repeated.slug) if repeated else ""
    return _Facts(study, families, primary, kinds, tuple(reasons), other)


def _repeats(study: CaseStudy, other: CaseStudy) -> bool:
    """Say whether a study tells an earlier one again, under the same or another name."""
    same_title = fold(study.title) == fold(other.title)
    same_customer = fold(study.customer) == fold(other.customer)
    a, b = (fold(f"{s.challenge} {s.solution} {s.results}").split() for s in (study, other))
    if same_title and same_customer and (study.title.strip() or study.customer.strip()):
        return True
    if min(len(a), len(b)) < _LONG_ENOUGH_TO_COMPARE:
        return same_customer and a == b and len(a) >= _SHORTEST_TEXT
    runs_a, runs_b = ({tuple(w[i : i + 3]) for i in range(len(w) - 2)} for w in (a, b))
    return len(runs_a & runs_b) >= _SAME_TEXT * min(len(runs_a), len(runs_b))


def _all_facts(reader: _Reader, studies: Sequence[CaseStudy]) -> list[_Facts]:
    return [_facts(reader, s, studies[:i]) for i, s in enumerate(studies)]


def _set_reasons(rules: QualificationRules, qualified: Sequence[_Facts]) -> list[str]:
    reasons = []
    if len(qualified) < rules.needed:
        reasons.append("too-few")
    if len(qualified) > rules.needed:
        reasons.append("too-many")
    leads = [f.family for f in qualified]
    reasons += [
        f"duplicate-primary-service:{f}" for f in dict.fromkeys(leads) if leads.count(f) > 1
    ]
    if len({k for f in qualified for k in f.kinds}) < rules.kinds_needed:
        reasons.append("insufficient-variety")
    return reasons


def qualify(rules: QualificationRules, studies: Sequence[CaseStudy]) -> QualificationResult:
    """Judge case studies that are all submitted, each and as a set, in the order given.

    Every defect is listed, also one that does not block. Studies count from 1.
    """
    reader = _reader(rules)
    return _result(reader, [(facts, True) for facts in _all_facts(reader, studies)])


def qualify_assessment(
    rules: QualificationRules, studies: Sequence[CaseStudy]
) -> QualificationResult:
    """Judge the submitted studies of an assessment; where none is marked, the best set is taken.

    Candidates are judged too, but do not count. Where more than needed are submitted, it is enough
    that four of them would do: one good study more never takes readiness away. The best set has
    the most qualified studies on different primary services, then the most kinds of solution, then
    the partner's own order.
    """
    reader = _reader(rules)
    ordered = sorted(studies, key=lambda s: (s.order or 999, s.slug))
    marked = [s for s in ordered if s.status is StudyStatus.SUBMITTED]
    if marked:
        rest = [s for s in ordered if s.status is not StudyStatus.SUBMITTED]
        facts = _all_facts(reader, [*marked, *rest])
        rows = [(f, i < len(marked)) for i, f in enumerate(facts)]
        return _result(reader, rows, any_four=True)
    facts = _all_facts(reader, ordered)
    best = _best(reader.rules, facts)
    result = _result(reader, sorted(((f, f in best) for f in facts), key=lambda p: not p[1]))
    return result.model_copy(update={"chosen_by_program": bool(facts)})


def _best(rules: QualificationRules, facts: Sequence[_Facts]) -> list[_Facts]:
    """Choose the qualified studies with different primary families and the most kinds."""
    by_family: dict[str, list[_Facts]] = {}
    for one in facts:
        if not one.reasons:
            by_family.setdefault(one.family, []).append(one)
    size = min(rules.needed, len(by_family))
    best: tuple[int, list[_Facts]] = (-1, [])
    for families in combinations(by_family, size):
        for group in product(*(_differing(by_family[f]) for f in families)):
            kinds = len({k for one in group for k in one.kinds})
            if kinds > best[0]:
                best = (kinds, list(group))
    return best[1]


def _differing(facts: Sequence[_Facts]) -> list[_Facts]:
    """Keep the first study of each set of kinds: the others cannot make a set better."""
    return list({frozenset(f.kinds): f for f in reversed(facts)}.values())[::-1]


def _result(
    reader: _Reader, rows: Sequence[tuple[_Facts, bool]], *, any_four: bool = False
) -> QualificationResult:
    """Make the result; with `any_four` it is enough that four of more would do."""
    rules = reader.rules
    qualified = [f for f, submitted in rows if submitted and not f.reasons]
    of_set = _set_reasons(rules, qualified)
    best = _best(rules, qualified) if any_four and len(qualified) > rules.needed else qualified
    qualifies = not _set_reasons(rules, best)
    words = _Words(rules, qualified, rows)
    studies = tuple(
        _study(number, facts, words, submitted=submitted)
        for number, (facts, submitted) in enumerate(rows, start=1)
    )
    reasons = of_set + [r for s in studies if s.submitted for r in s.reasons]
    return QualificationResult(
        needed=rules.needed,
        qualified_count=len(qualified),
        set_qualifies=qualifies,
        reasons=tuple(reasons),
        studies=studies,
        findings=tuple(
            words.finding(reason, Subject(file="case_studies/"), blocks=not qualifies)
            for reason in of_set
        ),
    )


def _study(number: int, facts: _Facts, words: _Words, *, submitted: bool) -> StudyResult:
    study = facts.study
    subject = Subject(file=f"case_studies/{study.slug}.yaml" if study.slug else f"cs-{number}")
    return StudyResult(
        slug=study.slug, number=number, title=study.title, customer=study.customer,
        submitted=submitted, qualified=not facts.reasons, primary_service=study.primary_service,
        family=facts.family, services=study.services, families=facts.families, kinds=facts.kinds,
        challenge=study.challenge, solution=study.solution, results=study.results,
        migrated_from=study.migrated_from, tech_stack=study.tech_stack,
        reasons=tuple(f"{r}:cs-{number}" for r in facts.reasons),
        findings=tuple(
            words.finding(r, subject, number, facts.repeats, blocks=submitted)
            for r in facts.reasons
        ),
    )  # fmt: skip


class _Words:
    """Put reasons into words."""

    def __init__(
        self,
        rules: QualificationRules,
        qualified: Sequence[_Facts],
        rows: Sequence[tuple[_Facts, bool]],
    ) -> None:
        self.texts = {r.id: r for r in rules.reasons}
        self.rules = rules
        self.qualified = qualified
        self.rows = rows
        self.names = {f.id: f.name for f in rules.families}

    def finding(
        self, reason: str, subject: Subject, number: int = 0, other: str = "", *, blocks: bool
    ) -> Finding:
        """Make the finding of a reason; what blocks nothing (a candidate's defect) is advice."""
        kind, _, family = reason.partition(":")
        text = self.texts[kind]
        kinds = {k for f in self.qualified for k in f.kinds}
        counts = {"insufficient-variety": len(kinds)}
        needs = {"insufficient-variety": self.rules.kinds_needed}
        fill = {
            "count": counts.get(kind, len(self.qualified)),
            "needed": needs.get(kind, self.rules.needed),
            "other": other,
            "family": self.names.get(family, family),
            "studies": " and ".join(
                f"“{f.study.title or f.study.slug}”" for f in self.qualified if f.family == family
            ),
        }
        return Finding(
            rule=f"{reason}:cs-{number}" if number else reason,
            outcome=Outcome.GAP if blocks else Outcome.ADVICE,
            message=text.message.format(**fill),
            remediation=text.remediation.format(**fill),
            subject=subject,
        )
