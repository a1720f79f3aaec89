"""Export a result as OSCAL assessment results, with an observation and a finding per objective."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from calib.exchange.oscal.objectives import AssessedObjective, assessed_objectives
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
    prose,
    stable_uuid,
    start_of_day,
)
from calib.model import (
    ActionStatus,
    Catalog,
    CriterionResult,
    Result,
)
from calib.scoring.plan import Plan, PlanStep

# An action that is done while its gap is open has not helped: the risk stays open.
_RISK_STATUS = {
    ActionStatus.OPEN: "open",
    ActionStatus.DOING: "remediating",
    ActionStatus.DONE: "open",
}


def write_oscal_results(
    folder: Path, catalog: Catalog, result: Result, plan: Plan, path: Path
) -> tuple[int, int]:
    """Write the results, verify them, and return the numbers of findings and risks.

    Evidence files are referenced by path and hash, not copied. Raises CannotWrite.
    """
    evidence = [check_evidence(folder, item) for item in result.evidence]
    document = build_oscal_results(catalog, result, plan, evidence)
    data = encode_json(to_oscal_json(document))
    objectives = objectives_by_control(build_oscal_catalog(catalog))
    write_verified_bytes(path, data, lambda written: verify_oscal(written, objectives))
    [run] = document.assessment_results.results
    return len(run.findings or ()), len(run.risks or ())


def build_oscal_results(
    catalog: Catalog, result: Result, plan: Plan, evidence: Sequence[EvidenceCheck]
) -> OscalAssessmentResults:
    """Build the assessment results; their ids are the same on every run."""
    builder = _ResultsBuilder(catalog, result, plan, evidence)
    partner = result.profile.partner
    name = f"Readiness of {partner} for {catalog.title}"
    return OscalAssessmentResults(
        assessment_results=OscalResultsBody(
            uuid=builder.uuid("document", result.content_hash, result.today.isoformat()),
            metadata=build_metadata(
                name, catalog.version, result.today, catalog.levels_note, partner
            ),
            import_ap=OscalImportAp(href=f"#{builder.uuid('plan')}"),
            results=(builder.result_body(name),),
            back_matter=OscalBackMatter(resources=tuple(builder.resources())),
        )
    )


class _ResultsBuilder:
    """Builds the parts of the assessment results of one assessment."""

    def __init__(
        self, catalog: Catalog, result: Result, plan: Plan, evidence: Sequence[EvidenceCheck]
    ) -> None:
        self.catalog, self.result, self.plan, self.evidence = catalog, result, plan, evidence
        self.findings = {f.id: f for f in result.all_findings()}

    def uuid(self, *names: str) -> str:
        """Derive the id of an object of this assessment, independent of the answers."""
        return stable_uuid(self.catalog.id, self.result.profile.partner, *names)

    def result_body(self, name: str) -> OscalResult:
        result, day = self.result, start_of_day(self.result.today)
        objectives = tuple(assessed_objectives(self.catalog, self.result))
        controls = (STUDIES_CONTROL, *(c.control for c in result.controls))
        selected = tuple(SelectObjectiveById(objective_id=o.id) for o in objectives)
        properties = (
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
            start=day,
            end=day,
            props=build_props(properties),
            links=self._links_to_other_evidence(objectives),
            reviewed_controls=ReviewedControls(
                control_selections=(
                    ControlSelection(
                        include_controls=tuple(SelectControlById(control_id=c) for c in controls)
                    ),
                ),
                control_objective_selections=(ObjectiveSelection(include_objectives=selected),),
            ),
            observations=tuple(self._observation(o) for o in objectives),
            risks=tuple(self._risk(s) for s in self.plan.steps) or None,
            findings=tuple(self._finding(o) for o in objectives),
        )

    def _links_to_other_evidence(
        self, objectives: Sequence[AssessedObjective]
    ) -> tuple[OscalLink, ...] | None:
        """Link the evidence that no objective uses; it may support a case study."""
        used = {name for objective in objectives for name in objective.evidence}
        others = [check.item.id for check in self.evidence if check.item.id not in used]
        links = (OscalLink(href=f"#{self.uuid('evidence', e)}", rel="reference") for e in others)
        return tuple(links) or None

    def _observation(self, objective: AssessedObjective) -> OscalObservation:
        titles = {check.item.id: check.item.title for check in self.evidence}
        evidence = tuple(
            RelevantEvidence(href=f"#{self.uuid('evidence', e)}", description=prose(titles[e]))
            for e in dict.fromkeys(objective.evidence)
            if e in titles
        )
        return OscalObservation(
            uuid=self.uuid("observation", objective.id),
            title=make_title(objective.title),
            description=prose(*objective.messages),
            methods=(ObservationMethod.EXAMINE,),
            relevant_evidence=evidence or None,
            collected=start_of_day(self.result.today),
        )

    def _finding(self, objective: AssessedObjective) -> OscalFinding:
        open_gaps = {g.id for g in self.result.gaps}
        gaps = [g for g in objective.gaps if g in open_gaps]
        is_satisfied = objective.is_satisfied
        return OscalFinding(
            uuid=self.uuid("finding", objective.id),
            title=make_title(objective.title),
            description=prose(*objective.messages),
            props=_level_props(objective.criterion),
            target=FindingTarget(
                type="objective-id",
                target_id=objective.id,
                status=ObjectiveStatus(
                    state=ObjectiveState.SATISFIED
                    if objective.is_satisfied
                    else ObjectiveState.NOT_SATISFIED,
                    reason="pass" if is_satisfied else "fail",
                ),
            ),
            related_observations=(
                RelatedObservation(observation_uuid=self.uuid("observation", objective.id)),
            ),
            related_risks=tuple(RelatedRisk(risk_uuid=self.uuid("risk", g)) for g in gaps) or None,
        )

    def _risk(self, step: PlanStep) -> OscalRisk:
        gap = step.gap
        findings = self.findings
        reasons = [findings[name].message for name in gap.because if name in findings]
        properties = (
            ("gap", gap.id),
            ("effort", gap.effort),
            ("days", gap.days),
            ("owner", step.owner),
            ("planned", step.status),
        )
        return OscalRisk(
            uuid=self.uuid("risk", gap.id),
            title=make_title(gap.title),
            description=prose(*reasons) if reasons else prose(gap.title),
            statement=prose(gap.action),
            props=build_props(properties),
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
        """Yield the assessment plan, to which import-ap must refer, and the evidence."""
        catalog = self.catalog
        method = "Each criterion is examined in the response and in the evidence linked to it."
        scope = f"Its objectives are those of the catalog with the uuid {catalog_uuid(catalog)}."
        yield OscalResource(
            uuid=self.uuid("plan"), title="Assessment plan", description=prose(method, scope)
        )
        for check in self.evidence:
            yield self._evidence_resource(check)

    def _evidence_resource(self, check: EvidenceCheck) -> OscalResource:
        item = check.item
        properties = (
            ("id", item.id),
            ("state", check.state),
            ("dated", item.dated),
            ("expires", item.expires),
            ("confidential", "yes" if item.confidential else None),
            ("customer", item.customer),
        )
        return OscalResource(
            uuid=self.uuid("evidence", item.id),
            title=make_title(item.title),
            props=build_props(properties),
            rlinks=_resource_links(check),
            remarks=prose(check.why) if check.why else None,
        )


def _resource_links(check: EvidenceCheck) -> tuple[OscalRlink, ...] | None:
    """Link to an existing file, with its hash, or to a URL, which is never fetched."""
    if check.item.url:
        return (OscalRlink(href=quote(check.item.url, safe="!#$%&()*+,-./:;=?@[]_~'")),)
    if not check.sha256 or not check.item.file:
        return None
    return (OscalRlink(href=quote(check.item.file), hashes=(OscalHash(value=check.sha256),)),)


def _level_props(criterion: CriterionResult | None) -> tuple[OscalProperty, ...] | None:
    if criterion is None:
        return None
    return build_props(
        (
            ("claimed", criterion.claimed),
            ("supported", criterion.supported),
            ("effective", criterion.effective),
            ("needed", criterion.needed),
            ("verdict", criterion.verdict),
            ("basis", criterion.basis),
            ("overridden-by", criterion.overridden_by),
        ),
    )
