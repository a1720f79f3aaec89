"""What a case study shows when it is read by the rules, without the words for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from calib.model import CaseStudy, QualificationRules
from calib.phrases import CueMatcher, fold
from calib.qualification.service_names import KindMatcher, ServiceMatcher
from calib.qualification.write_up import MissingPoint, find_missing_points

_MIN_WORDS_TO_COMPARE = 30  # words; shorter write-ups look alike without being the same
_MIN_WORDS_OF_A_COPY = 8  # words; a stub may stand in several studies
_SAME_TEXT_SHARE = 0.8  # share of common three-word runs above which one text repeats another


@dataclass(frozen=True)
class CompiledRules:
    """Hold the compiled rules."""

    rules: QualificationRules
    services: ServiceMatcher
    kinds: KindMatcher
    shows: CueMatcher
    denies: CueMatcher
    classic: CueMatcher
    generative_families: frozenset[str]


@lru_cache(maxsize=4)
def compile_rules(rules: QualificationRules) -> CompiledRules:
    """Compile the rules, once."""
    return CompiledRules(
        rules,
        ServiceMatcher(rules),
        KindMatcher(rules),
        CueMatcher(rules.cues.shows),
        CueMatcher(rules.cues.denies),
        CueMatcher(rules.cues.classic),
        frozenset(f.id for f in rules.families if f.generative),
    )


@dataclass(frozen=True)
class StudyFacts:
    """Hold what a case study shows."""

    study: CaseStudy
    families: tuple[str, ...]
    family: str
    """The family it leads with: of several named, one that it also lists."""
    could_lead: dict[str, str]
    """The families it could lead with as well, under the names the partner gives them."""
    told: tuple[str, ...]
    """The families that its solution speaks of."""
    not_counted: tuple[str, ...]
    """Services that it could lead with, it says, but that it does not list."""
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]
    """Reason ids without the study's number."""
    missing: tuple[MissingPoint, ...]
    strength: int
    repeats: str = ""
    """The earlier study that it repeats."""


def extract_facts(reader: CompiledRules, studies: Sequence[CaseStudy]) -> list[StudyFacts]:
    """Read case studies, each with an eye on those before it."""
    told = [_StudyText(study) for study in studies]
    return [
        _study_facts(reader, study, next((e.study for e in told[:at] if told[at].repeats(e)), None))
        for at, study in enumerate(studies)
    ]


def _study_facts(reader: CompiledRules, study: CaseStudy, repeated: CaseStudy | None) -> StudyFacts:
    listed = [reader.services.of(name) for name in study.services]
    families = tuple(dict.fromkeys(f for found in listed for f in found))
    primary = reader.services.of(study.primary_service)
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
    if not _is_generative(reader, study, families):
        reasons.append("not-generative-ai")
    could, not_counted = _alternative_families(reader, study, families)
    could.pop(family, None)
    told = reader.services.mentioned(study.solution)
    lacks = find_missing_points(reader.rules.write_up, study, shows_lead=family in told if family else None)
    return StudyFacts(
        study,
        families,
        family,
        could,
        told,
        not_counted,
        tuple(dict.fromkeys(k for k in map(reader.kinds.of, study.solution_types) if k)),
        tuple(reasons),
        lacks,
        len(reader.rules.write_up.points) - len(lacks),
        (repeated.title or repeated.slug) if repeated else "",
    )


def _alternative_families(
    reader: CompiledRules, study: CaseStudy, families: Sequence[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Tell what it could lead with by family, and what does not count: its services lack it."""
    could: dict[str, str] = {}
    stray = []
    for name in filter(str.strip, study.could_lead):
        family = next((f for f in reader.services.of(name) if f in families), "")
        if family:
            could.setdefault(family, name)
        else:
            stray.append(name)
    return could, tuple(dict.fromkeys(stray))


def _is_generative(reader: CompiledRules, study: CaseStudy, families: Sequence[str]) -> bool:
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


class _StudyText:
    """Hold a study's words, to tell whether it is another one told again."""

    def __init__(self, study: CaseStudy) -> None:
        self.study = study
        self.title, self.customer = fold(study.title), fold(study.customer)
        self.named = bool(study.title.strip() or study.customer.strip())
        self.words = fold(f"{study.challenge} {study.solution} {study.results}").split()
        self.runs = {tuple(self.words[i : i + 3]) for i in range(len(self.words) - 2)}

    def repeats(self, other: _StudyText) -> bool:
        """Say whether it tells an earlier study again, under the same or another name."""
        same_customer = self.customer == other.customer
        if self.title == other.title and same_customer and self.named:
            return True
        if min(len(self.words), len(other.words)) < _MIN_WORDS_TO_COMPARE:
            return same_customer and self.words == other.words and len(self.words) >= _MIN_WORDS_OF_A_COPY
        common = len(self.runs & other.runs)
        return common >= _SAME_TEXT_SHARE * min(len(self.runs), len(other.runs))
