"""Judge case studies: each by itself, and the four together.

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
from calib.qualification.facts import CompiledRules, StudyFacts, compile_rules, extract_facts
from calib.qualification.search import Candidate, find_best_candidate_sets
from calib.qualification.wording import FindingBuilder


def qualify(rules: QualificationRules, studies: Sequence[CaseStudy]) -> QualificationResult:
    """Judge studies that are all submitted, each and as a set, in the order given.

    Every defect is listed, including those that disqualify nothing. Studies are numbered from 1.
    """
    compiled = compile_rules(rules)
    return _build_result(compiled, [(facts, True) for facts in extract_facts(compiled, studies)])


def qualify_assessment(
    rules: QualificationRules, studies: Sequence[CaseStudy]
) -> QualificationResult:
    """Judge the submitted studies of an assessment; if none is marked so, the best set is taken.

    Candidates are judged too, but do not count. If more than needed are submitted, it is enough
    that four of them qualify as a set: an additional good study never takes readiness away. Each
    study counts with its stated primary service; alternatives are for `recommend`.
    """
    compiled = compile_rules(rules)
    # Studies without a position (0) come last.
    ordered = sorted(studies, key=lambda s: (s.order or 999, s.slug))
    marked = [s for s in ordered if s.status is StudyStatus.SUBMITTED]
    if marked:
        rest = [s for s in ordered if s.status is not StudyStatus.SUBMITTED]
        facts = extract_facts(compiled, [*marked, *rest])
        rows = [(f, i < len(marked)) for i, f in enumerate(facts)]
        return _build_result(compiled, rows, any_four=True)
    facts = extract_facts(compiled, ordered)
    best = _best_qualified(rules, facts)
    result = _build_result(
        compiled, sorted(((f, f in best) for f in facts), key=lambda p: not p[1])
    )
    taken = tuple(s.model_copy(update={"taken": s.submitted}) for s in result.studies)
    return result.model_copy(update={"studies": taken, "chosen_by_program": bool(facts)})


def _best_qualified(rules: QualificationRules, facts: Sequence[StudyFacts]) -> list[StudyFacts]:
    """Return the best set of the qualified studies as they are, maybe fewer than needed."""
    qualified = [f for f in facts if not f.reasons]
    candidates = [
        Candidate({f.family: (0, 0, 0)}, frozenset(f.kinds), f.strength, fold(f.study.customer))
        for f in qualified
    ]
    # The work is the number of missing studies: the largest sets come first.
    [best] = find_best_candidate_sets(
        candidates, rules.needed, lambda size, _kinds, _places: rules.needed - size
    )
    return [qualified[i] for i in best.members]


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
    compiled: CompiledRules, rows: Sequence[tuple[StudyFacts, bool]], *, any_four: bool = False
) -> QualificationResult:
    """Build the result; with `any_four`, some four of the submitted studies must qualify."""
    rules = compiled.rules
    qualified = [f for f, submitted in rows if submitted and not f.reasons]
    set_reasons = _set_reasons(rules, qualified)
    best = (
        _best_qualified(rules, qualified)
        if any_four and len(qualified) > rules.needed
        else qualified
    )
    qualifies = not _set_reasons(rules, best)
    findings = FindingBuilder(rules, qualified)
    studies = tuple(
        _study_result(number, facts, findings, submitted=submitted)
        for number, (facts, submitted) in enumerate(rows, start=1)
    )
    reasons = set_reasons + [r for s in studies if s.submitted for r in s.reasons]
    return QualificationResult(
        needed=rules.needed,
        qualified_count=len(qualified),
        set_qualifies=qualifies,
        reasons=tuple(reasons),
        studies=studies,
        findings=tuple(
            findings.set_finding(reason, blocks=not qualifies) for reason in set_reasons
        ),
        points=len(rules.write_up.points),
    )


def _study_result(
    number: int, facts: StudyFacts, findings: FindingBuilder, *, submitted: bool
) -> StudyResult:
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
        findings=tuple(findings.study_findings(facts, number, submitted=submitted)),
    )
