"""The case studies and the improvement plan."""

from __future__ import annotations

from calib.model import ActionStatus, Catalog, Finding, Outcome, Result, StudyResult
from calib.plan import Plan, PlanStep
from calib.views import charts
from calib.views.blocks import (
    Bullets,
    Callout,
    Column,
    Facts,
    Heading,
    Row,
    Run,
    Runs,
    Section,
    Table,
    badge,
    day,
    paragraph,
    plural,
    run,
    text,
)
from calib.views.palette import OUTCOME_TONES, OUTCOME_WORDS
from calib.views.sections.best import best_four
from calib.views.sections.front import Brand, figure

STATUS_TONES = {
    ActionStatus.OPEN: "muted",
    ActionStatus.DOING: "info",
    ActionStatus.DONE: "good",
}


def finding_runs(finding: Finding) -> Runs:
    """Write a finding: how it stands, what it says, how to mend it."""
    remedy = f" {finding.remediation}" if finding.remediation else ""
    word = badge(OUTCOME_WORDS[finding.outcome], OUTCOME_TONES[finding.outcome])
    if finding.outcome is Outcome.MET and finding.bounds is not None:
        word = badge(f"for level {finding.bounds + 1}", "muted")
    return text(word, f" {finding.message}", Run(remedy, "muted"))


def case_studies(result: Result, catalog: Catalog, brand: Brand) -> Section:
    """Show the set of four, what it covers, and each study with its findings."""
    found = result.qualification
    names = {f.id: f.name for f in catalog.qualification.families}
    kinds = {k.id: k.name for k in catalog.qualification.kinds}
    blocks: list[object] = [_set_callout(result), *best_four(result, catalog)]
    coverage = charts.case_study_coverage(result, accent=brand.accent, families=names, kinds=kinds)
    if coverage is not None:
        blocks += [figure(coverage), _studies_table(found.studies, names, kinds)]
    for study in found.studies:
        blocks += _study(study, found.points)
    return Section("case-studies", "Case studies", tuple(blocks), kicker="Customer examples")


def _set_callout(result: Result) -> Callout:
    found = result.qualification
    needs = (
        f"{found.needed} qualified examples, each led by another AWS-native service, together "
        "showing more than one kind of solution."
    )
    if found.chosen_by_program:
        needs += " No study is marked as submitted, so the best set as they stand was taken."
    if found.set_qualifies:
        return Callout("good", "The set qualifies", (paragraph(f"It has {needs}"),))
    reasons = Bullets(tuple(finding_runs(f) for f in found.findings))
    return Callout("bad", "The set does not qualify yet", (paragraph(f"Needed: {needs}"), reasons))


def _status(study: StudyResult) -> Run:
    if not study.submitted:
        return badge("candidate", "muted")
    return badge("qualifies", "good") if study.qualified else badge("does not qualify", "bad")


def _studies_table(
    studies: tuple[StudyResult, ...], names: dict[str, str], kinds: dict[str, str]
) -> Table:
    columns = (
        Column("Case study", 3), Column("Customer", 1.8), Column("Leads with", 1.6),
        Column("Shows", 2.2), Column("Stands", 2.1),
    )  # fmt: skip
    rows = tuple(
        Row(
            (
                run(s.title or s.slug, "strong", f"#study-{s.slug}"),
                run(s.customer or "–"),
                run(names.get(s.family, s.primary_service or "–")),
                run(", ".join(kinds.get(k, k) for k in s.kinds) or "–"),
                (_status(s),),
            )
        )
        for s in studies
    )
    return Table("The case studies at a glance", columns, rows)


def _study(study: StudyResult, points: int) -> list[object]:
    blocks: list[object] = [
        Heading(study.title or study.slug or "Untitled", 3, f"study-{study.slug}"),
        paragraph(Run(study.customer or "No customer named", "strong"), "  ", _status(study)),
    ]
    if study.findings:
        blocks.append(Bullets(tuple(finding_runs(f) for f in study.findings)))
    pairs = [
        ("Challenge", study.challenge), ("Solution", study.solution), ("Results", study.results),
        ("Services", ", ".join(study.services)), ("Tech stack", ", ".join(study.tech_stack)),
        ("Migrated from", study.migrated_from),
        ("Could lead with", ", ".join(service for _, service in study.could_lead)),
        ("Write-up", f"{study.strength} of {points} points"),
    ]  # fmt: skip
    blocks.append(
        Facts(
            tuple((label, run(" ".join(value.split()))) for label, value in pairs if value.strip())
        )
    )
    return blocks


def improvement_plan(result: Result, plan: Plan) -> Section:
    """List every remediation action of the shortest way, with who and when."""
    if not plan.steps:
        done = paragraph("No remediation action stands between this assessment and ready.")
        return Section(
            "plan", "Improvement plan", (Callout("good", "Nothing left to do", (done,)),)
        )
    late = [s for s in plan.steps if s.late]
    blocks: list[object] = [
        paragraph(
            "The shortest way from here to ready: "
            f"{plural(len(plan.steps), 'remediation action')}, "
            f"about {plan.days} working days of effort. {_capacity(result, plan)} Quick ones come "
            "first; each names the artefact it produces. “Start by” counts back in working days "
            "from the due or target date, one thing of an owner after the other.",
        )
    ]
    if late:
        title = f"{plural(len(late), 'action')} should have started already"
        names = "; ".join(s.gap.title for s in late)
        blocks.append(Callout("warn", title, (paragraph(names + "."),)))
    blocks.append(_plan_table(plan.steps))
    if plan.stale:
        title = f"{plural(len(plan.stale), 'planned action')} no longer stands in the way"
        blocks.append(Callout("info", title, (paragraph(", ".join(e.id for e in plan.stale)),)))
    return Section("plan", "Improvement plan", tuple(blocks), kicker="The shortest way to ready")


def _capacity(result: Result, plan: Plan) -> str:
    """Say whether the target date can be held, and by how many people."""
    if result.target_date is None:
        return "No target date is set."
    left = f"{plural(plan.days_left, 'working day')} are left until {day(result.target_date)}"
    if not plan.days_left:
        return f"The target date, {day(result.target_date)}, has passed."
    if plan.people == 1:
        return f"{left}: one person can do it."
    return f"{left}: it takes at least {plan.people} people working at once."


def _plan_table(steps: tuple[PlanStep, ...]) -> Table:
    columns = (
        Column("Remediation action", 5.6), Column("Effort", 0.9, "center"), Column("Owner", 1.6),
        Column("Due", 1.5), Column("Start by", 1.5), Column("Status", 1, "center"),
    )  # fmt: skip
    return Table("Remediation actions in order", columns, tuple(_plan_row(s) for s in steps))


def _plan_row(step: PlanStep) -> Row:
    gap = step.gap
    where = Run(gap.control or "Case studies", "muted", f"#{gap.control or 'case-studies'}")
    levels = f" · level {gap.from_level} → {gap.to_level}" if gap.to_level is not None else ""
    return Row(
        (
            text(
                Run(f"{step.number}. ", "muted"), Run(gap.title, "strong"), "  ", where,
                Run(levels, "muted"), f"\n{gap.action}\n",
                Run(f"Artefact: {gap.artefact}", "muted"),
                Run(f"\n{step.note}" if step.note else "", "em"),
            ),
            run(gap.effort),
            run(step.owner or "–", "" if step.owner else "muted"),
            run(day(step.due)),
            (badge(day(step.start_by), "warn"),) if step.late else run(day(step.start_by)),
            (badge(step.status, STATUS_TONES[step.status]),),
        )
    )  # fmt: skip
