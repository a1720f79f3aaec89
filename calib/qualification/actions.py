"""The least work that makes a set of case studies qualify."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache

from calib.model import Effort, Gap, QualificationResult, QualificationRules, StudyResult
from calib.phrases import fold
from calib.qualification.search import Candidate, Rank, find_best_candidate_sets

Days = Callable[[Effort], int]

_MORE_THAN_ANY_SET = 1000  # more than the days, or the actions, that any set takes


@dataclass(frozen=True)
class ProposedSet:
    """Hold a set that qualifies once its gaps are closed."""

    leads: tuple[tuple[StudyResult | None, str], ...]
    """The studies, None for one still to be written, each with the family it leads with."""
    gaps: tuple[Gap, ...]
    rank: Rank


def find_least_actions(
    rules: QualificationRules, result: QualificationResult, days: Days, *, fewest: bool = False
) -> tuple[Gap, ...]:
    """Find the least work that makes the set qualify: mend, swap in a candidate, or write anew.

    With `fewest` the number of actions counts before the days they take.
    """
    if result.set_qualifies:
        return ()
    return propose_sets(result, ActionBuilder(rules, result, days, fewest=fewest))[0].gaps


def propose_sets(result: QualificationResult, actions: ActionBuilder, count: int = 1) -> list[ProposedSet]:
    """Find the sets that take the least work, the best of them first."""
    rules, names = actions.rules, actions.names
    options = [actions.of_study(study) for study in result.studies]
    dull, crowded = actions.gap("insufficient-variety"), actions.gap("too-many")
    new = actions.new(next(iter(names)))
    # What is open cannot be too much.
    good = 0 if actions.afresh else sum(s.submitted and s.qualified for s in result.studies)

    def of_set(size: int, kinds: int, places: int) -> list[Gap]:
        missing = rules.needed - size  # each is written to show a kind of its own
        lacks = [dull] if kinds + missing < rules.kinds_needed else []
        return lacks + ([crowded] if places + missing < good else [])

    candidates = [
        Candidate(
            {
                f: (actions.work(gaps), s.strength - s.strength_with(f), int(f != s.family))
                for f, gaps in option.items()
            },
            frozenset(s.kinds),
            s.strength,
            fold(s.customer).strip(),
            int(s.qualified or not s.submitted),
        )
        for s, option in zip(result.studies, options, strict=True)
    ]

    @cache
    def whole(size: int, kinds: int, places: int) -> int:
        return actions.work([*of_set(size, kinds, places), *[new] * (rules.needed - size)])

    found = []
    for choice in find_best_candidate_sets(candidates, rules.needed, whole, count=count):
        gaps = [g for i, f in zip(choice.members, choice.leads, strict=True) for g in options[i][f]]
        size, places = len(choice.members), sum(candidates[i].places for i in choice.members)
        free = [f for f in names if f not in choice.leads][: rules.needed - size]
        gaps += [*map(actions.new, free), *of_set(size, choice.rank[1], places)]
        gaps = actions.swapped(gaps, choice.members)
        studies = [*(result.studies[i] for i in choice.members), *[None] * len(free)]
        leads = zip(studies, [*choice.leads, *free], strict=True)
        found.append(ProposedSet(tuple(leads), tuple(gaps), choice.rank))
    return found


class ActionBuilder:
    """Make the remediation actions by which a set comes to qualify.

    With `afresh` it is open which studies are submitted: to swap one in takes no action, nor does
    it to let one lead with a service that, as the partner says, it could lead with.
    """

    def __init__(
        self,
        rules: QualificationRules,
        result: QualificationResult,
        days: Days,
        *,
        fewest: bool = False,
        afresh: bool = False,
    ) -> None:
        self.rules, self.result, self.days = rules, result, days
        self.fewest, self.afresh = fewest, afresh
        self.because = tuple(f.id for f in result.findings)
        self.names = {f.id: f.name for f in rules.families}
        self.reasons = {r.id: r for r in rules.reasons}

    def work(self, gaps: Sequence[Gap]) -> int:
        """Put days and number of actions into one number, whichever counts first in front."""
        spent = sum(g.days for g in gaps)
        return len(gaps) * _MORE_THAN_ANY_SET + spent if self.fewest else spent * _MORE_THAN_ANY_SET + len(gaps)

    def of_study(self, study: StudyResult) -> dict[str, list[Gap]]:
        """List what it takes to let a study lead, mended, with each family that it really uses."""
        reasons = [r.partition(":")[0] for r in study.reasons]
        if any(self.reasons[r].effort is Effort.LARGE for r in reasons):
            return {}  # as much work as a new study
        free = {study.family, *(dict(study.could_lead) if self.afresh else ())}
        led_anew = any(r.startswith("primary-") for r in reasons)
        gaps: dict[str, list[Gap]] = {}
        for family in sorted(study.families, key=lambda f: f != study.family):
            found = [self.gap(r, study) for r in reasons]
            if family not in free and not led_anew:
                found.append(self.lead_with(study, family))
            if not (study.submitted or self.afresh):
                found.append(self.swap_in(study))
            gaps[family] = found
        return gaps

    def new(self, family: str) -> Gap:
        """Make the action that writes a study for a place that none can take."""
        name = self.names[family]
        return self._made(
            f"case-studies/new-{family}",
            f"A new case study led by {name}",
            f"Write up another customer example that leads with {name}, or with another service "
            "that none of these leads with, and that shows another kind of solution.",
            "a case study with challenge, solution, tech stack and results in numbers",
            Effort.LARGE,
            self.because,
        )

    def gap(self, reason: str, study: StudyResult | None = None) -> Gap:
        """Make the action that mends a reason, of one study or of the set."""
        text = self.reasons[reason]
        action = text.remediation.format(needed=self.rules.needed, family="", studies="", other="")
        if study is None:
            title, file = "Balance the set of case studies", "the four write-ups"
            return self._made(
                f"case-studies/{reason}", title, action, file, text.effort, self.because
            )
        because = tuple(f.id for f in study.findings if f.rule in study.reasons)
        return self._made(
            f"case-studies/{study.slug}/{reason}",
            f"Mend “{study.title or study.slug}”",
            action,
            _case_study_file(study),
            text.effort,
            because,
        )

    def lead_with(self, study: StudyResult, family: str) -> Gap:
        """Make the action that lets a study lead with another service that it uses."""
        could = dict(study.could_lead)
        name = could.get(family) or self.names[family]
        title = study.title or study.slug
        rewrite = f"Rewrite “{title}” so that it leads with {name}, which it already uses."
        change = f"Make {name} the primary service of “{title}”, which could lead with it."
        made = self._made(
            f"case-studies/{study.slug}/lead-with-{family}",
            f"Lead “{title}” with {name}",
            change if family in could else rewrite,
            _case_study_file(study),
            Effort.SMALL,
            ("duplicate-primary-service",) if study.submitted else (),
        )
        return made.model_copy(update={"days": 1}) if family in could else made

    def swap_in(self, study: StudyResult) -> Gap:
        """Make the action that submits a candidate."""
        name = self.names.get(study.family, study.primary_service)
        return self._made(
            f"case-studies/{study.slug}/submit",
            f"Submit “{study.title or study.slug}”",
            f"Submit the candidate “{study.title or study.slug}” ({name}).",
            _case_study_file(study),
            Effort.SMALL,
        )

    def swapped(self, gaps: Sequence[Gap], members: Collection[int]) -> list[Gap]:
        """Name in each swap the studies that are not in the set any more."""
        gone = [
            f"“{s.title or s.slug}”"
            for i, s in enumerate(self.result.studies)
            if s.submitted and i not in members
        ]
        if not gone:
            return list(gaps)
        place = f" in place of {' or '.join(gone)}."
        return [
            g.model_copy(update={"action": g.action[:-1] + place})
            if g.id.endswith("/submit")
            else g
            for g in gaps
        ]

    def _made(  # noqa: PLR0913  a gap has as many sides
        self,
        name: str,
        title: str,
        action: str,
        artefact: str,
        effort: Effort,
        because: tuple[str, ...] = (),
    ) -> Gap:
        return Gap(
            id=name,
            title=title,
            action=action,
            artefact=artefact,
            effort=effort,
            days=self.days(effort),
            because=because,
        )


def _case_study_file(study: StudyResult) -> str:
    return f"case_studies/{study.slug}.yaml"
