"""Case studies -> findings: each study, the set of four, and the least that would mend it.

Rules and service names come from the catalog (`data/catalog/qualification.yaml`); their source is
the guide's chapter on case study qualification.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations, product

from calib.cues import Cues, fold
from calib.model import (
    CaseStudy,
    Effort,
    Finding,
    Gap,
    Outcome,
    QualificationResult,
    QualificationRules,
    StudyResult,
    StudyStatus,
    Subject,
)

_LONG_ENOUGH_TO_COMPARE = 30  # words; shorter write-ups look alike without being the same
_SAME_TEXT = 0.8  # share of common three-word runs above which one text repeats another


class _Services:
    """Understand service names as people write them."""

    def __init__(self, rules: QualificationRules) -> None:
        self.families = [(f.id, Cues(f.aliases), Cues(f.yielding)) for f in rules.families]
        self.foreign = Cues(rules.foreign)
        # Only longer single words are worth a typo's tolerance: "bedrok", "sagemeker".
        self.words = {
            alias: f.id for f in rules.families for alias in f.aliases
            if " " not in alias and len(alias) >= 7
        }  # fmt: skip

    def of(self, name: str) -> tuple[str, ...]:
        """Return the ids of the families that a name speaks of, the first named first."""
        folded = fold(name)
        if folded in self.foreign:
            return ()
        places = {i: cues.first(folded) for i, cues, _ in self.families}
        found = sorted((at, i) for i, at in places.items() if at >= 0)
        if not found:
            found = [(0, i) for i, _, yielding in self.families if folded in yielding]
        if not found:
            found = [(0, i) for word, i in self.words.items() if self._resembles(word, folded)]
        return tuple(dict.fromkeys(i for _, i in found))

    @staticmethod
    def _resembles(alias: str, folded: str) -> bool:
        return any(
            len(word) >= 6 and SequenceMatcher(None, alias, word).ratio() >= 0.85
            for word in folded.split()
        )


class _Kinds:
    def __init__(self, rules: QualificationRules) -> None:
        self.kinds = [(k.id, Cues((k.id, k.name, *k.aliases))) for k in rules.kinds]
        self.generative = {k.id for k in rules.kinds if k.generative}

    def of(self, name: str) -> str:
        """Return the id of the kind that a name speaks of, the folded name where none fits."""
        folded = fold(name)
        found = [(cues.first(folded), -len(i), i) for i, cues in self.kinds if folded in cues]
        return min(found)[2] if found else folded.strip()


@dataclass(frozen=True)
class _Reader:
    """Hold the compiled rules."""

    rules: QualificationRules
    services: _Services
    kinds: _Kinds
    shows: Cues
    denies: Cues
    classic: Cues
    generative_families: frozenset[str]


@lru_cache(maxsize=4)
def _reader(rules: QualificationRules) -> _Reader:
    return _Reader(
        rules,
        _Services(rules),
        _Kinds(rules),
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
    if any(_repeats(study, other) for other in earlier):
        reasons.append("duplicate-case-study")
    if not _is_generative(reader, study, families):
        reasons.append("not-generative-ai")
    kinds = tuple(dict.fromkeys(k for k in map(reader.kinds.of, study.solution_types) if k))
    return _Facts(study, families, primary, kinds, tuple(reasons))


def _repeats(study: CaseStudy, other: CaseStudy) -> bool:
    """Say whether a study tells an earlier one again, under the same or another name."""
    same_title = fold(study.title) == fold(other.title)
    same_customer = fold(study.customer) == fold(other.customer)
    a, b = (fold(f"{s.challenge} {s.solution} {s.results}").split() for s in (study, other))
    if same_title and same_customer and (study.title.strip() or study.customer.strip()):
        return True
    if min(len(a), len(b)) < _LONG_ENOUGH_TO_COMPARE:
        return same_title and same_customer and a == b
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
    reasons += [f"duplicate-primary-service:{f}" for f in dict.fromkeys(leads) if leads.count(f) > 1]
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

    Candidates are judged too, but do not count. The best set has the most qualified studies on
    different primary services, then the most kinds of solution, then the partner's own order.
    """
    reader = _reader(rules)
    ordered = sorted(studies, key=lambda s: (s.order or 999, s.slug))
    marked = [s for s in ordered if s.status is StudyStatus.SUBMITTED]
    if marked:
        rest = [s for s in ordered if s.status is not StudyStatus.SUBMITTED]
        facts = _all_facts(reader, [*marked, *rest])
        return _result(reader, [(f, i < len(marked)) for i, f in enumerate(facts)])
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


def _result(reader: _Reader, rows: Sequence[tuple[_Facts, bool]]) -> QualificationResult:
    rules = reader.rules
    qualified = [f for f, submitted in rows if submitted and not f.reasons]
    of_set = _set_reasons(rules, qualified)
    words = _Words(rules, qualified, rows)
    studies = tuple(
        _study(number, facts, submitted, words)
        for number, (facts, submitted) in enumerate(rows, start=1)
    )
    reasons = of_set + [r for s in studies if s.submitted for r in s.reasons]
    return QualificationResult(
        needed=rules.needed,
        qualified_count=len(qualified),
        set_qualifies=not of_set,
        reasons=tuple(reasons),
        studies=studies,
        findings=tuple(words.finding(reason, Subject(file="case_studies/")) for reason in of_set),
    )


def _study(number: int, facts: _Facts, submitted: bool, words: _Words) -> StudyResult:
    study = facts.study
    subject = Subject(file=f"case_studies/{study.slug}.yaml" if study.slug else f"cs-{number}")
    return StudyResult(
        slug=study.slug, number=number, title=study.title, customer=study.customer,
        submitted=submitted, qualified=not facts.reasons, primary_service=study.primary_service,
        family=facts.family, services=study.services, families=facts.families, kinds=facts.kinds,
        challenge=study.challenge, solution=study.solution, results=study.results,
        migrated_from=study.migrated_from,
        reasons=tuple(f"{r}:cs-{number}" for r in facts.reasons),
        findings=tuple(
            words.finding(r, subject, number, submitted=submitted) for r in facts.reasons
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
        self, reason: str, subject: Subject, number: int = 0, *, submitted: bool = True
    ) -> Finding:
        """Make the finding of a reason; a candidate's defect is advice, since it does not count."""
        kind, _, family = reason.partition(":")
        text = self.texts[kind]
        kinds = {k for f in self.qualified for k in f.kinds}
        counts = {"insufficient-variety": len(kinds)}
        needs = {"insufficient-variety": self.rules.kinds_needed}
        fill = {
            "count": counts.get(kind, len(self.qualified)),
            "needed": needs.get(kind, self.rules.needed),
            "family": self.names.get(family, family),
            "studies": " and ".join(
                f.study.title or f.study.slug for f in self.qualified if f.family == family
            ),
        }
        return Finding(
            rule=f"{reason}:cs-{number}" if number else reason,
            outcome=Outcome.GAP if submitted else Outcome.ADVICE,
            message=text.message.format(**fill),
            remediation=text.remediation.format(**fill),
            subject=subject,
        )


@dataclass(frozen=True)
class _Option:
    """One way to fill a place of the set: a study as it is or mended, or a new one."""

    family: str
    kinds: frozenset[str]
    days: int
    key: str
    place: tuple[int, int]
    """Existing studies before new ones, each in the order they stand in."""
    gaps: tuple[Gap, ...]


Days = Callable[[Effort], int]


def repairs(
    rules: QualificationRules, result: QualificationResult, days: Days, *, fewest: bool = False
) -> tuple[Gap, ...]:
    """Find the least work that makes the set qualify: mend, swap in a candidate, or write anew.

    With `fewest` the number of actions counts before the days they take.
    """
    if result.set_qualifies:
        return ()
    options: dict[str, list[_Option]] = {f.id: [] for f in rules.families}
    for study in result.studies:
        for option in _options(rules, study, days):
            options[option.family].append(option)
    because = tuple(f.id for f in result.findings)
    for index, (family, found) in enumerate(options.items()):
        found.append(_new_study(rules, index, family, days, because))
        found.sort(key=lambda o: (o.days, len(o.gaps), o.place))
        del found[rules.needed + 1 :]  # at most the others of the set can take one away
    good = {s.slug for s in result.studies if s.submitted and s.qualified}

    def price(group: tuple[_Option, ...]) -> tuple[list[int], tuple[tuple[int, int], ...]]:
        gaps = _of_group(rules, group, good, days, because)
        cost = [sum(g.days for g in gaps), len(gaps)]
        return (cost[::-1] if fewest else cost, tuple(sorted(o.place for o in group)))

    groups = (
        group
        for families in combinations(options, rules.needed)
        for group in product(*(options[f] for f in families))
        if len({o.key for o in group}) == len(group)
    )
    return tuple(_of_group(rules, min(groups, key=price), good, days, because))


def _of_group(
    rules: QualificationRules, group: Sequence[_Option], good: set[str], days: Days,
    because: tuple[str, ...],
) -> list[Gap]:  # fmt: skip
    """List what it takes to submit just this group."""
    gaps = [gap for option in group for gap in option.gaps]
    # A new study is written to show a kind of its own, so it brings variety with it.
    if len({k for option in group for k in option.kinds}) < rules.kinds_needed:
        gaps.append(_gap(rules, "insufficient-variety", "", days, because))
    replaced = sum(1 for gap in gaps if gap.id.endswith("/submit") or "/new-" in gap.id)
    if len(good - {o.key for o in group}) > replaced:
        gaps.append(_gap(rules, "too-many", "", days, because))
    return gaps


def _options(
    rules: QualificationRules, study: StudyResult, days: Days
) -> list[_Option]:
    """List how a study could take a place: mended, and led by each family that it really uses."""
    reasons = [r.partition(":")[0] for r in study.reasons]
    texts = {r.id: r for r in rules.reasons}
    if any(texts[r].effort is Effort.LARGE for r in reasons):
        return []  # as much work as a new study
    found = []
    for family in study.families:
        because = tuple(f.id for f in study.findings)
        gaps = [_gap(rules, r, study.slug, days, because) for r in reasons]
        if family != study.family and not any(r.startswith("primary-") for r in reasons):
            gaps.append(_lead_with(rules, study, family, days))
        if not study.submitted:
            gaps.append(_swap_in(rules, study, days))
        found.append(
            _Option(
                family, frozenset(study.kinds), sum(g.days for g in gaps), study.slug,
                (0, study.number), tuple(gaps),
            )  # fmt: skip
        )
    return found


def _gap(
    rules: QualificationRules,
    reason: str,
    slug: str,
    days: Days,
    because: tuple[str, ...],
) -> Gap:
    text = next(r for r in rules.reasons if r.id == reason)
    return Gap(
        id=f"case-studies/{slug}/{reason}" if slug else f"case-studies/{reason}",
        title=f"Case study {slug}" if slug else "Case studies",
        action=text.remediation.format(needed=rules.needed, family="", studies=""),
        artefact=f"case_studies/{slug}.yaml" if slug else "the four write-ups",
        effort=text.effort, days=days(text.effort), because=because,
    )  # fmt: skip


def _lead_with(
    rules: QualificationRules, study: StudyResult, family: str, days: Days
) -> Gap:
    name = next(f.name for f in rules.families if f.id == family)
    return Gap(
        id=f"case-studies/{study.slug}/lead-with-{family}",
        title=f"Lead “{study.title}” with {name}",
        action=f"Rewrite “{study.title}” so that it leads with {name}, which it already uses.",
        artefact=f"case_studies/{study.slug}.yaml",
        effort=Effort.SMALL, days=days(Effort.SMALL),
        because=tuple(r for r in ("duplicate-primary-service",) if study.submitted),
    )  # fmt: skip


def _swap_in(
    rules: QualificationRules, study: StudyResult, days: Days
) -> Gap:
    name = next((f.name for f in rules.families if f.id == study.family), study.primary_service)
    return Gap(
        id=f"case-studies/{study.slug}/submit",
        title=f"Submit “{study.title}”",
        action=f"Submit the candidate “{study.title}” ({name}) in place of one that does not fit.",
        artefact=f"case_studies/{study.slug}.yaml",
        effort=Effort.SMALL, days=days(Effort.SMALL),
    )  # fmt: skip


def _new_study(
    rules: QualificationRules, index: int, family: str, days: Days, because: tuple[str, ...]
) -> _Option:
    name = next(f.name for f in rules.families if f.id == family)
    gap = Gap(
        id=f"case-studies/new-{family}",
        title=f"A new case study led by {name}",
        action=f"Write up another customer example that leads with {name}.",
        artefact="a case study with challenge, solution, tech stack and results in numbers",
        effort=Effort.LARGE, days=days(Effort.LARGE), because=because,
    )  # fmt: skip
    return _Option(family, frozenset({f"new-{family}"}), gap.days, gap.id, (1, index), (gap,))
