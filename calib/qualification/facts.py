"""Extract the facts that case studies are judged by; `wording` turns them into findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from calib.model import CaseStudy, QualificationRules
from calib.phrases import CueIndex, fold
from calib.qualification.service_names import KindMatcher, ServiceMatcher
from calib.qualification.write_up import MissingPoint, find_missing_points

_MIN_WORDS_TO_COMPARE = 30  # shorter write-ups look alike without being the same
_MIN_WORDS_OF_A_COPY = 8  # several studies may begin as the same stub
_SAME_TEXT_SHARE = 0.8  # of the shorter text's three-word runs


@dataclass(frozen=True)
class CompiledRules:
    """The rules with their compiled phrase lists."""

    rules: QualificationRules
    services: ServiceMatcher
    kinds: KindMatcher
    cues: CueIndex[str]
    """Labelled `shows`, `denies` and `classic`: what the words say about generative AI."""
    generative_families: frozenset[str]


@lru_cache(maxsize=4)
def compile_rules(rules: QualificationRules) -> CompiledRules:
    """Compile the rules; cached, since each assessment needs them several times."""
    return CompiledRules(
        rules,
        ServiceMatcher(rules),
        KindMatcher(rules),
        CueIndex((cue, name) for name, cues in rules.cues for cue in cues),
        frozenset(f.id for f in rules.families if f.generative),
    )


@dataclass(frozen=True)
class StudyFacts:
    """The facts of one case study."""

    study: CaseStudy
    families: tuple[str, ...]
    family: str
    """The family of its primary service; if that names several, one that it also lists."""
    could_lead: dict[str, str]
    """Alternative primary services: family -> the service as the partner writes it."""
    told: tuple[str, ...]
    """The families that its solution mentions."""
    not_counted: tuple[str, ...]
    """Alternative primary services that are not among its services."""
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]
    """Ids of the reasons that disqualify it, without the study's number."""
    missing: tuple[MissingPoint, ...]
    strength: int
    repeats: str = ""
    """The title of the earlier study that it repeats."""


def extract_facts(rules: CompiledRules, studies: Sequence[CaseStudy]) -> list[StudyFacts]:
    """Return the facts of each study; a study is compared with those before it.

    Of two equal studies only the later one is a repetition, so one of them still qualifies.
    """
    texts = [_StudyText(study) for study in studies]
    return [
        _study_facts(rules, text.study, next((e.study for e in texts[:n] if text.repeats(e)), None))
        for n, text in enumerate(texts)
    ]


def _study_facts(rules: CompiledRules, study: CaseStudy, repeated: CaseStudy | None) -> StudyFacts:
    listed = [rules.services.find_families(name) for name in study.services]
    families = tuple(dict.fromkeys(f for found in listed for f in found))
    primary = rules.services.find_families(study.primary_service)
    family = next((f for f in primary if f in families), next(iter(primary), ""))
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
    if repeated is not None:
        reasons.append("duplicate-case-study")
    if not _is_generative(rules, study, families):
        reasons.append("not-generative-ai")
    alternatives, not_counted = _alternative_families(rules, study, families)
    alternatives.pop(family, None)
    mentioned = rules.services.mentioned(study.solution)
    lacks = find_missing_points(
        rules.rules.write_up, study, shows_lead=family in mentioned if family else None
    )
    return StudyFacts(
        study=study,
        families=families,
        family=family,
        could_lead=alternatives,
        told=mentioned,
        not_counted=not_counted,
        kinds=tuple(
            dict.fromkeys(k for k in map(rules.kinds.find_kind, study.solution_types) if k)
        ),
        reasons=tuple(reasons),
        missing=lacks,
        strength=len(rules.rules.write_up.points) - len(lacks),
        repeats=(repeated.title or repeated.slug) if repeated else "",
    )


def _alternative_families(
    rules: CompiledRules, study: CaseStudy, families: Sequence[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the alternative primary services by family, and those that its services lack."""
    alternatives: dict[str, str] = {}
    not_listed = []
    for name in filter(str.strip, study.could_lead):
        family = next((f for f in rules.services.find_families(name) if f in families), "")
        if family:
            alternatives.setdefault(family, name)
        else:
            not_listed.append(name)
    return alternatives, tuple(dict.fromkeys(not_listed))


def _is_generative(rules: CompiledRules, study: CaseStudy, families: Sequence[str]) -> bool:
    """Return whether the work is generative AI: by its words first, then by its services.

    The challenge comes later than solution and results: it describes the time before, and often
    names the generative AI that the customer only hoped for.
    """
    work = rules.cues.labels(fold(f"{study.title}. {study.solution}. {study.results}"))
    if "denies" in work:
        return False
    if "shows" in work:
        return True
    if "classic" in work:
        return False
    if "shows" in rules.cues.labels(fold(study.challenge)):
        return True
    kinds = {rules.kinds.find_kind(k) for k in study.solution_types}
    return bool(kinds & rules.kinds.generative or rules.generative_families & set(families))


class _StudyText:
    """The words of a study, to find repetitions."""

    def __init__(self, study: CaseStudy) -> None:
        self.study = study
        self.title, self.customer = fold(study.title), fold(study.customer)
        self.named = bool(study.title.strip() or study.customer.strip())
        self.words = fold(f"{study.challenge} {study.solution} {study.results}").split()
        self.runs = {tuple(self.words[i : i + 3]) for i in range(len(self.words) - 2)}

    def repeats(self, other: _StudyText) -> bool:
        """Return whether it repeats an earlier study, under the same or another name."""
        same_customer = self.customer == other.customer
        if self.title == other.title and same_customer and self.named:
            return True
        if min(len(self.words), len(other.words)) < _MIN_WORDS_TO_COMPARE:
            return (
                same_customer
                and self.words == other.words
                and len(self.words) >= _MIN_WORDS_OF_A_COPY
            )
        common = len(self.runs & other.runs)
        return common >= _SAME_TEXT_SHARE * min(len(self.runs), len(other.runs))
