"""A result as OSCAL assessment results: an observation and a finding for each objective."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from calib.exchange.checked_write import encode_json, write_verified_bytes
from calib.exchange.evidence_files import EvidenceCheck, check_evidence
from calib.exchange.oscal.catalog import build_oscal_catalog, objectives_by_control
from calib.exchange.oscal.check import verify_oscal
from calib.exchange.oscal.model import (
    OscalBackMatter,
    OscalHash,
    OscalLink,
    OscalProperty,
    OscalResource,
    OscalRlink,
    to_oscal_json,
)
from calib.exchange.oscal.results_model import (
    ControlSelection,
    FindingTarget,
    ObjectiveSelection,
    ObjectiveState,
    ObjectiveStatus,
    ObservationMethod,
    OscalAssessmentResults,
    OscalFinding,
    OscalImportAp,
    OscalObservation,
    OscalRemediation,
    OscalResult,
    OscalResultsBody,
    OscalRisk,
    RelatedObservation,
    RelatedRisk,
    RelevantEvidence,
    ReviewedControls,
    SelectControlById,
    SelectObjectiveById,
)
from calib.exchange.oscal.terms import (
    STUDIES_CONTROL,
    build_metadata,
    build_props,
    catalog_uuid,
    make_title,
    objective_id,
    prose,
    services_objective_id,
    stable_uuid,
    start_of_day,
)
from calib.model import ActionStatus, Catalog, ControlResult, CriterionResult, Result
from calib.model import Finding as Found
from calib.scoring.plan import Plan, PlanStep

_RISK_STATUS = {
    ActionStatus.OPEN: "open",
    ActionStatus.DOING: "remediating",
    ActionStatus.DONE: "open",
}


def write_oscal_results(
    folder: Path, catalog: Catalog, result: Result, plan: Plan, path: Path
) -> tuple[int, int]:
    """Write the results and check what was written; raises CannotWrite.

    Evidence is named with its hash; the files themselves stay where they are. Returns how many
    findings and risks there are.
    """
    looked = [check_evidence(folder, one) for one in result.evidence]
    document = build_oscal_results(catalog, result, plan, looked)
    data = encode_json(to_oscal_json(document))
    asked = objectives_by_control(build_oscal_catalog(catalog))
    write_verified_bytes(path, data, lambda read: verify_oscal(read, asked))
    [found] = document.assessment_results.results
    return len(found.findings or ()), len(found.risks or ())


def build_oscal_results(
    catalog: Catalog, result: Result, plan: Plan, looked: Sequence[EvidenceCheck]
) -> OscalAssessmentResults:
    """Say how an assessment stands, in OSCAL; its ids are the same on every run."""
    writer = _ResultsBuilder(catalog, result, plan, looked)
    partner = result.profile.partner
    name = f"Readiness of {partner} for {catalog.title}"
    return OscalAssessmentResults(
        assessment_results=OscalResultsBody(
            uuid=writer.uuid("document", result.content_hash, result.today.isoformat()),
            metadata=build_metadata(
                name, catalog.version, result.today, catalog.levels_note, partner
            ),
            import_ap=OscalImportAp(href=f"#{writer.uuid('plan')}"),
            results=(writer.result_body(name),),
            back_matter=OscalBackMatter(resources=tuple(writer.resources())),
        )
    )


@dataclass(frozen=True, slots=True)
class _AssessedObjective:
    """Hold how one objective stands, whatever it came from."""

    id: str
    title: str
    holds: bool
    said: tuple[str, ...]
    gaps: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    criterion: CriterionResult | None = None


class _ResultsBuilder:
    def __init__(
        self, catalog: Catalog, result: Result, plan: Plan, looked: Sequence[EvidenceCheck]
    ) -> None:
        self.catalog, self.result, self.plan, self.looked = catalog, result, plan, looked
        self.found = {f.id: f for f in result.all_findings()}

    def uuid(self, *names: str) -> str:
        """Name a thing of this assessment; it keeps its id while answers change."""
        return stable_uuid(self.catalog.id, self.result.profile.partner, *names)

    def result_body(self, name: str) -> OscalResult:
        result, when = self.result, start_of_day(self.result.today)
        judged = tuple(self._objectives())
        controls = (STUDIES_CONTROL, *(c.control for c in result.controls))
        asked = tuple(SelectObjectiveById(objective_id=o.id) for o in judged)
        facts = (
            ("readiness", result.readiness),
            ("gauge", result.gauge),
            ("content-hash", result.content_hash),
            ("program", f"calib {result.program}"),
            *((f"gauge-{c.control}", c.gauge) for c in result.controls),
        )
        return OscalResult(
            uuid=self.uuid("result", result.content_hash, result.today.isoformat()),
            title=make_title(name),
            description=prose(result.reviewer),
            start=when,
            end=when,
            props=build_props(facts),
            links=self._unobserved(judged),
            reviewed_controls=ReviewedControls(
                control_selections=(
                    ControlSelection(
                        include_controls=tuple(SelectControlById(control_id=c) for c in controls)
                    ),
                ),
                control_objective_selections=(ObjectiveSelection(include_objectives=asked),),
            ),
            observations=tuple(self._observation(o) for o in judged),
            risks=tuple(self._risk(s) for s in self.plan.steps) or None,
            findings=tuple(self._finding(o) for o in judged),
        )

    def _objectives(self) -> Iterator[_AssessedObjective]:
        yield from self._of_studies()
        for control in self.result.controls:
            for one in control.criteria:
                yield _AssessedObjective(
                    objective_id(control.control, one.criterion),
                    one.title,
                    one.met,
                    _unique_messages(one.findings),
                    (f"{control.control}/{one.criterion}",),
                    one.evidence,
                    one,
                )
            yield _services_objective(control)

    def _of_studies(self) -> Iterator[_AssessedObjective]:
        result, rules = self.result.qualification, self.catalog.qualification
        gaps = tuple(g.id for g in self.result.gaps if not g.control)
        findings = list(result.findings)
        findings += [f for s in result.studies if s.submitted for f in s.findings]
        for reason in rules.mandatory:
            said = [f for f in findings if f.rule.partition(":")[0] == reason.id]
            holds = result.set_qualifies or not said
            asked = rules.with_numbers(reason.asks)
            yield _AssessedObjective(
                objective_id(STUDIES_CONTROL, reason.id),
                asked,
                holds,
                _unique_messages(said) or (asked,),
                () if holds else gaps,
            )

    def _unobserved(self, judged: Sequence[_AssessedObjective]) -> tuple[OscalLink, ...] | None:
        """Point at the evidence that no objective leans on; it may show a case study."""
        used = {name for one in judged for name in one.evidence}
        rest = [one.item.id for one in self.looked if one.item.id not in used]
        links = (OscalLink(href=f"#{self.uuid('evidence', e)}", rel="reference") for e in rest)
        return tuple(links) or None

    def _observation(self, one: _AssessedObjective) -> OscalObservation:
        titles = {item.item.id: item.item.title for item in self.looked}
        evidence = tuple(
            RelevantEvidence(href=f"#{self.uuid('evidence', e)}", description=prose(titles[e]))
            for e in dict.fromkeys(one.evidence)
            if e in titles
        )
        return OscalObservation(
            uuid=self.uuid("observation", one.id),
            title=make_title(one.title),
            description=prose(*one.said),
            methods=(ObservationMethod.EXAMINE,),
            relevant_evidence=evidence or None,
            collected=start_of_day(self.result.today),
        )

    def _finding(self, one: _AssessedObjective) -> OscalFinding:
        open_gaps = {g.id for g in self.result.gaps}
        gaps = [g for g in one.gaps if g in open_gaps]
        return OscalFinding(
            uuid=self.uuid("finding", one.id),
            title=make_title(one.title),
            description=prose(*one.said),
            props=_level_props(one.criterion),
            target=FindingTarget(
                type="objective-id",
                target_id=one.id,
                status=ObjectiveStatus(
                    state=ObjectiveState.SATISFIED if one.holds else ObjectiveState.NOT_SATISFIED,
                    reason="pass" if one.holds else "fail",
                ),
            ),
            related_observations=(
                RelatedObservation(observation_uuid=self.uuid("observation", one.id)),
            ),
            related_risks=tuple(RelatedRisk(risk_uuid=self.uuid("risk", g)) for g in gaps) or None,
        )

    def _risk(self, step: PlanStep) -> OscalRisk:
        gap = step.gap
        why = [self.found[name].message for name in gap.because if name in self.found]
        facts = (
            ("gap", gap.id),
            ("effort", gap.effort),
            ("days", gap.days),
            ("owner", step.owner),
            ("planned", step.status),
        )
        return OscalRisk(
            uuid=self.uuid("risk", gap.id),
            title=make_title(gap.title),
            description=prose(*why) if why else prose(gap.title),
            statement=prose(gap.action),
            props=build_props(facts),
            status=_RISK_STATUS[step.status],
            deadline=start_of_day(step.due) if step.due else None,
            remediations=(
                OscalRemediation(
                    uuid=self.uuid("remediation", gap.id),
                    lifecycle="recommendation",
                    title=make_title(gap.artefact),
                    description=prose(gap.action, gap.artefact),
                ),
            ),
        )

    def resources(self) -> Iterator[OscalResource]:
        catalog = self.catalog
        said = "Each criterion is examined in the response and in the evidence linked to it."
        asked = f"Its objectives are those of the catalog with the uuid {catalog_uuid(catalog)}."
        yield OscalResource(
            uuid=self.uuid("plan"), title="Assessment plan", description=prose(said, asked)
        )
        for one in self.looked:
            yield self._evidence(one)

    def _evidence(self, one: EvidenceCheck) -> OscalResource:
        item = one.item
        facts = (
            ("id", item.id),
            ("state", one.state),
            ("dated", item.dated),
            ("expires", item.expires),
            ("confidential", "yes" if item.confidential else None),
            ("customer", item.customer),
        )
        return OscalResource(
            uuid=self.uuid("evidence", item.id),
            title=make_title(item.title),
            props=build_props(facts),
            rlinks=_resource_links(one),
            remarks=prose(one.why) if one.why else None,
        )


def _resource_links(one: EvidenceCheck) -> tuple[OscalRlink, ...] | None:
    """Point at a file that is there, with its hash, or at an address, which is never fetched."""
    if one.item.url:
        return (OscalRlink(href=quote(one.item.url, safe="!#$%&()*+,-./:;=?@[]_~'")),)
    if not one.sha256 or not one.item.file:
        return None
    return (OscalRlink(href=quote(one.item.file), hashes=(OscalHash(value=one.sha256),)),)


def _services_objective(control: ControlResult) -> _AssessedObjective:
    found = [f for f in control.findings if f.rule.startswith("third-party:")]
    open_ones = [f.rule.partition(":")[2] for f in found if f.remediation]
    return _AssessedObjective(
        services_objective_id(control.control),
        "Third-party services",
        not open_ones,
        _unique_messages(found) or ("No third-party service is named.",),
        tuple(f"{control.control}/third-party/{name}" for name in open_ones),
    )


def _level_props(one: CriterionResult | None) -> tuple[OscalProperty, ...] | None:
    if one is None:
        return None
    return build_props(
        (
            ("claimed", one.claimed),
            ("supported", one.supported),
            ("effective", one.effective),
            ("needed", one.needed),
            ("verdict", one.verdict),
            ("basis", one.basis),
            ("overridden-by", one.overridden_by),
        ),
    )


def _unique_messages(findings: Iterable[Found]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.message for f in findings))
