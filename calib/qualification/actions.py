"""Find the least work that makes a set of case studies qualify."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from calib.model import Effort, Gap, QualificationResult, QualificationRules, StudyResult
from calib.model.qualification_rules import EffortDays
from calib.phrases import fold
from calib.qualification.search import Candidate, Rank, find_best_candidate_sets

_MORE_THAN_ANY_SET = 1000
"""More than the days, or the actions, that any set takes: combines the two in one number."""


@dataclass(frozen=True)
class ProposedSet:
    """A set that qualifies once its gaps are closed."""

    leads: tuple[tuple[StudyResult | None, str], ...]
    """The studies, None for one to be written, each with the family of its primary service."""
    gaps: tuple[Gap, ...]
    rank: Rank


def find_least_actions(
    rules: QualificationRules,
    result: QualificationResult,
    days: EffortDays,
    *,
    fewest: bool = False,
) -> tuple[Gap, ...]:
    """Return the least work that makes the set qualify: fix, swap in a candidate, or write anew.

    With `fewest`, the number of actions counts before the days they take.
    """
    if result.set_qualifies:
        return ()
    return propose_sets(result, ActionBuilder(rules, result, days, fewest=fewest))[0].gaps


def propose_sets(
    result: QualificationResult, builder: ActionBuilder, count: int = 1
) -> list[ProposedSet]:
    """Return the sets that take the least work, the best first."""
    rules, names = builder.rules, builder.names
    options = [builder.study_actions(study) for study in result.studies]
    too_alike, too_many = builder.fix("insufficient-variety"), builder.fix("too-many")
    new = builder.write_new(next(iter(names)))
    # Too many submitted studies is a defect only if the choice has been made.
    submitted = 0 if builder.afresh else sum(s.submitted and s.qualified for s in result.studies)

    def set_gaps(size: int, kinds: int, places: int) -> list[Gap]:
        missing = rules.needed - size
        # Each missing study can be written to show a new kind of solution.
        variety = [too_alike] if kinds + missing < rules.kinds_needed else []
        return variety + ([too_many] if places + missing < submitted else [])

    candidates = [
        Candidate(
            leads={
                f: (builder.work(gaps), s.strength - s.strength_with(f), int(f != s.family))
                for f, gaps in option.items()
            },
            kinds=frozenset(s.kinds),
            strength=s.strength,
            customer=fold(s.customer).strip(),
            places=int(s.qualified or not s.submitted),
        )
        for s, option in zip(result.studies, options, strict=True)
    ]

    @cache
    def set_work(size: int, kinds: int, places: int) -> int:
        return builder.work([*set_gaps(size, kinds, places), *[new] * (rules.needed - size)])

    found = []
    for choice in find_best_candidate_sets(candidates, rules.needed, set_work, count=count):
        gaps = [g for i, f in zip(choice.members, choice.leads, strict=True) for g in options[i][f]]
        size, places = len(choice.members), sum(candidates[i].places for i in choice.members)
        free = [f for f in names if f not in choice.leads][: rules.needed - size]
        gaps += [*map(builder.write_new, free), *set_gaps(size, choice.rank[1], places)]
        gaps = builder.name_replaced(gaps, choice.members)
        studies = [*(result.studies[i] for i in choice.members), *[None] * len(free)]
        leads = zip(studies, [*choice.leads, *free], strict=True)
        found.append(ProposedSet(tuple(leads), tuple(gaps), choice.rank))
    return found


class ActionBuilder:
    """Builds the remediation actions by which a set comes to qualify.

    With `afresh` the submitted studies are still to be chosen: swapping one in takes no action, and
    neither does a primary service that the partner lists as an alternative (`could_lead`).
    """

    def __init__(
        self,
        rules: QualificationRules,
        result: QualificationResult,
        days: EffortDays,
        *,
        fewest: bool = False,
        afresh: bool = False,
    ) -> None:
        self.rules, self.result, self.days = rules, result, days
        self.fewest, self.afresh = fewest, afresh
        self.set_findings = tuple(f.id for f in result.findings)
        self.names = {f.id: f.name for f in rules.families}
        self.reasons = {r.id: r for r in rules.reasons}

    def work(self, gaps: Sequence[Gap]) -> int:
        """Return days and number of actions as one number to minimise."""
        spent = sum(g.days for g in gaps)
        return (
            len(gaps) * _MORE_THAN_ANY_SET + spent
            if self.fewest
            else spent * _MORE_THAN_ANY_SET + len(gaps)
        )

    def study_actions(self, study: StudyResult) -> dict[str, list[Gap]]:
        """Return, per family the study uses, the actions to submit it with that primary family."""
        reasons = [r.partition(":")[0] for r in study.reasons]
        if any(self.reasons[r].effort is Effort.LARGE for r in reasons):
            return {}  # a large fix takes as much work as a new study
        free = {study.family, *(dict(study.could_lead) if self.afresh else ())}
        # A study without a valid primary service gets a new one anyway.
        needs_primary = any(r.startswith("primary-") for r in reasons)
        gaps: dict[str, list[Gap]] = {}
        for family in sorted(study.families, key=lambda f: f != study.family):
            found = [self.fix(r, study) for r in reasons]
            if family not in free and not needs_primary:
                found.append(self.change_primary(study, family))
            if not (study.submitted or self.afresh):
                found.append(self.swap_in(study))
            gaps[family] = found
        return gaps

    def write_new(self, family: str) -> Gap:
        """Return the action to write a new study."""
        name = self.names[family]
        return self._build_gap(
            f"case-studies/new-{family}",
            f"A new case study with primary service {name}",
            f"Write up another customer example with {name}, or another service that none of these "
            "has, as the primary service; it must show another kind of solution.",
            "a case study with challenge, solution, tech stack and results in numbers",
            Effort.LARGE,
            self.set_findings,
        )

    def fix(self, reason: str, study: StudyResult | None = None) -> Gap:
        """Return the action that fixes a reason, of one study or, without `study`, of the set."""
        text = self.reasons[reason]
        action = text.remediation.format(needed=self.rules.needed, family="", studies="", other="")
        if study is None:
            title, file = "Balance the set of case studies", "the four write-ups"
            return self._build_gap(
                f"case-studies/{reason}", title, action, file, text.effort, self.set_findings
            )
        because = tuple(f.id for f in study.findings if f.rule in study.reasons)
        return self._build_gap(
            f"case-studies/{study.slug}/{reason}",
            f"Fix “{study.title or study.slug}”",
            action,
            _case_study_file(study),
            text.effort,
            because,
        )

    def change_primary(self, study: StudyResult, family: str) -> Gap:
        """Return the action that makes another service the study uses its primary service."""
        alternatives = dict(study.could_lead)
        name = alternatives.get(family) or self.names[family]
        title = study.title or study.slug
        rewrite = f"Rewrite “{title}” around {name}, which it already uses, as its primary service."
        change = f"Make {name} the primary service of “{title}”, where it is an alternative."
        because: tuple[str, ...] = ()
        if study.submitted:
            duplicate = f"duplicate-primary-service:{study.family}"
            # Without this finding, the study makes room for another or fills a set that is short.
            because = (duplicate,) if duplicate in self.set_findings else self.set_findings
        gap = self._build_gap(
            f"case-studies/{study.slug}/lead-with-{family}",
            f"Change the primary service of “{title}” to {name}",
            change if family in alternatives else rewrite,
            _case_study_file(study),
            Effort.SMALL,
            because,
        )
        # The partner lists it as an alternative: one field changes, and the text stays.
        return gap.model_copy(update={"days": 1}) if family in alternatives else gap

    def swap_in(self, study: StudyResult) -> Gap:
        """Return the action that submits a candidate."""
        name = self.names.get(study.family, study.primary_service)
        return self._build_gap(
            f"case-studies/{study.slug}/submit",
            f"Submit “{study.title or study.slug}”",
            f"Submit the candidate “{study.title or study.slug}” ({name}).",
            _case_study_file(study),
            Effort.SMALL,
        )

    def name_replaced(self, gaps: Sequence[Gap], members: Collection[int]) -> list[Gap]:
        """Name in each action that submits a candidate the studies that it replaces."""
        replaced = [
            f"“{s.title or s.slug}”"
            for i, s in enumerate(self.result.studies)
            if s.submitted and i not in members
        ]
        if not replaced:
            return list(gaps)
        place = f" in place of {' or '.join(replaced)}."
        return [
            g.model_copy(update={"action": g.action[:-1] + place})
            if g.id.endswith("/submit")
            else g
            for g in gaps
        ]

    def _build_gap(  # noqa: PLR0913  a gap has as many fields
        self,
        gap_id: str,
        title: str,
        action: str,
        artefact: str,
        effort: Effort,
        because: tuple[str, ...] = (),
    ) -> Gap:
        return Gap(
            id=gap_id,
            title=title,
            action=action,
            artefact=artefact,
            effort=effort,
            days=self.days(effort),
            because=because,
        )


def _case_study_file(study: StudyResult) -> str:
    return f"case_studies/{study.slug}.yaml"
