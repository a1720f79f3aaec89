"""Case studies -> findings: each study by itself, and the four together.

Rules and service names come from the catalog (`data/catalog/qualification.yaml`); their source is
the guide's chapter on case study qualification.
"""

from __future__ import annotations

from collections.abc import Sequence

from calib.model import (
    CaseStudy,
    QualificationResult,
    QualificationRules,
    StudyResult,
    StudyStatus,
)
from calib.phrases import fold
from calib.qualification.facts import StudyFacts, CompiledRules, extract_facts, compile_rules
from calib.qualification.search import Candidate, find_best_candidate_sets
from calib.qualification.wording import FindingBuilder


def qualify(rules: QualificationRules, studies: Sequence[CaseStudy]) -> QualificationResult:
    """Judge case studies that are all submitted, each and as a set, in the order given.

    Every defect is listed, also one that does not block. Studies count from 1.
    """
    reader = compile_rules(rules)
    return _build_result(reader, [(facts, True) for facts in extract_facts(reader, studies)])


def qualify_assessment(
    rules: QualificationRules, studies: Sequence[CaseStudy]
) -> QualificationResult:
    """Judge the submitted studies of an assessment; where none is marked, the best set is taken.

    Candidates are judged too, but do not count. Where more than needed are submitted, it is enough
    that four of them would do: one good study more never takes readiness away. Every study counts
    with the primary service that it states; what it could lead with is for `advised`.
    """
    reader = compile_rules(rules)
    ordered = sorted(studies, key=lambda s: (s.order or 999, s.slug))
    marked = [s for s in ordered if s.status is StudyStatus.SUBMITTED]
    if marked:
        rest = [s for s in ordered if s.status is not StudyStatus.SUBMITTED]
        facts = extract_facts(reader, [*marked, *rest])
        rows = [(f, i < len(marked)) for i, f in enumerate(facts)]
        return _build_result(reader, rows, any_four=True)
    facts = extract_facts(reader, ordered)
    best = _best_qualified(reader.rules, facts)
    result = _build_result(reader, sorted(((f, f in best) for f in facts), key=lambda p: not p[1]))
    taken = tuple(s.model_copy(update={"taken": s.submitted}) for s in result.studies)
    return result.model_copy(update={"studies": taken, "chosen_by_program": bool(facts)})


def _best_qualified(rules: QualificationRules, facts: Sequence[StudyFacts]) -> list[StudyFacts]:
    """Choose the best of the qualified studies as they stand, fewer than needed if need be."""
    good = [one for one in facts if not one.reasons]
    candidates = [
        Candidate(
            {one.family: (0, 0, 0)}, frozenset(one.kinds), one.strength, fold(one.study.customer)
        )
        for one in good
    ]
    [best] = find_best_candidate_sets(candidates, rules.needed, lambda size, _kinds, _places: rules.needed - size)
    return [good[i] for i in best.members]


def _set_reasons(rules: QualificationRules, qualified: Sequence[StudyFacts]) -> list[str]:
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


def _build_result(
    reader: CompiledRules, rows: Sequence[tuple[StudyFacts, bool]], *, any_four: bool = False
) -> QualificationResult:
    """Make the result; with `any_four` it is enough that four of more would do."""
    rules = reader.rules
    qualified = [f for f, submitted in rows if submitted and not f.reasons]
    of_set = _set_reasons(rules, qualified)
    best = _best_qualified(rules, qualified) if any_four and len(qualified) > rules.needed else qualified
    qualifies = not _set_reasons(rules, best)
    words = FindingBuilder(rules, qualified)
    studies = tuple(
        _study_result(number, facts, words, submitted=submitted)
        for number, (facts, submitted) in enumerate(rows, start=1)
    )
    reasons = of_set + [r for s in studies if s.submitted for r in s.reasons]
    return QualificationResult(
        needed=rules.needed,
        qualified_count=len(qualified),
        set_qualifies=qualifies,
        reasons=tuple(reasons),
        studies=studies,
        findings=tuple(words.of_set(reason, blocks=not qualifies) for reason in of_set),
        points=len(rules.write_up.points),
    )


def _study_result(number: int, facts: StudyFacts, words: FindingBuilder, *, submitted: bool) -> StudyResult:
    study = facts.study
    return StudyResult(
        slug=study.slug,
        number=number,
        title=study.title,
        customer=study.customer,
        submitted=submitted,
        qualified=not facts.reasons,
        primary_service=study.primary_service,
        family=facts.family,
        services=study.services,
        families=facts.families,
        kinds=facts.kinds,
        could_lead=tuple(facts.could_lead.items()),
        told=facts.told,
        strength=facts.strength,
        challenge=study.challenge,
        solution=study.solution,
        results=study.results,
        migrated_from=study.migrated_from,
        tech_stack=study.tech_stack,
        reasons=tuple(f"{r}:cs-{number}" for r in facts.reasons),
        findings=tuple(words.of_study(facts, number, submitted=submitted)),
    )
