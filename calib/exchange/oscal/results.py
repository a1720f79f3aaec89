"""A result as OSCAL assessment results: an observation and a finding for each objective."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from calib.exchange.checked_write import json_bytes, write_bytes
from calib.exchange.evidence_files import Looked, look
from calib.exchange.oscal.catalog import make_catalog, objectives
from calib.exchange.oscal.check import must_be_sound
from calib.exchange.oscal.model import (
    BackMatter,
    Hash,
    Link,
    Property,
    Resource,
    Rlink,
    as_data,
)
from calib.exchange.oscal.results_model import (
    ById,
    Controls,
    Finding,
    ImportPlan,
    Method,
    ObjectiveById,
    Objectives,
    Observation,
    RelatedObservation,
    RelatedRisk,
    RelevantEvidence,
    Remediation,
    ResultBody,
    ResultsBody,
    ResultsDocument,
    Reviewed,
    Risk,
    State,
    Status,
    Target,
)
from calib.exchange.oscal.terms import (
    STUDIES,
    catalog_uuid,
    metadata,
    moment,
    objective_id,
    props,
    prose,
    services_id,
    title,
    uuid,
)
from calib.model import ActionStatus, Catalog, ControlResult, CriterionResult, Result
from calib.model import Finding as Found
from calib.scoring.plan import Plan, PlanStep

_STATUS = {ActionStatus.OPEN: "open", ActionStatus.DOING: "remediating", ActionStatus.DONE: "open"}


def write_results(
    folder: Path, catalog: Catalog, result: Result, plan: Plan, path: Path
) -> tuple[int, int]:
    """Write the results and check what was written; raises CannotWrite.

    Evidence is named with its hash; the files themselves stay where they are. Returns how many
    findings and risks there are.
    """
    looked = [look(folder, one) for one in result.evidence]
    document = make_results(catalog, result, plan, looked)
    data = json_bytes(as_data(document))
    asked = objectives(make_catalog(catalog))
    write_bytes(path, data, lambda read: must_be_sound(read, asked))
    [found] = document.assessment_results.results
    return len(found.findings or ()), len(found.risks or ())


def make_results(
    catalog: Catalog, result: Result, plan: Plan, looked: Sequence[Looked]
) -> ResultsDocument:
    """Say how an assessment stands, in OSCAL; its ids are the same on every run."""
    writer = _Writer(catalog, result, plan, looked)
    partner = result.profile.partner
    name = f"Readiness of {partner} for {catalog.title}"
    return ResultsDocument(
        assessment_results=ResultsBody(
            uuid=writer.uuid("document", result.content_hash, result.today.isoformat()),
            metadata=metadata(name, catalog.version, result.today, catalog.levels_note, partner),
            import_ap=ImportPlan(href=f"#{writer.uuid('plan')}"),
            results=(writer.result_body(name),),
            back_matter=BackMatter(resources=tuple(writer.resources())),
        )
    )


@dataclass(frozen=True, slots=True)
class _Objective:
    """Hold how one objective stands, whatever it came from."""

    id: str
    title: str
    holds: bool
    said: tuple[str, ...]
    gaps: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    criterion: CriterionResult | None = None


class _Writer:
    def __init__(
        self, catalog: Catalog, result: Result, plan: Plan, looked: Sequence[Looked]
    ) -> None:
        self.catalog, self.result, self.plan, self.looked = catalog, result, plan, looked
        self.found = {f.id: f for f in result.every_finding()}

    def uuid(self, *names: str) -> str:
        """Name a thing of this assessment; it keeps its id while answers change."""
        return uuid(self.catalog.id, self.result.profile.partner, *names)

    def result_body(self, name: str) -> ResultBody:
        result, when = self.result, moment(self.result.today)
        judged = tuple(self._objectives())
        controls = (STUDIES, *(c.control for c in result.controls))
        asked = tuple(ObjectiveById(objective_id=o.id) for o in judged)
        facts = (
            ("readiness", result.readiness),
            ("gauge", result.gauge),
            ("content-hash", result.content_hash),
            ("program", f"calib {result.program}"),
            *((f"gauge-{c.control}", c.gauge) for c in result.controls),
        )
        return ResultBody(
            uuid=self.uuid("result", result.content_hash, result.today.isoformat()),
            title=title(name),
            description=prose(result.reviewer),
            start=when,
            end=when,
            props=props(facts),
            links=self._unobserved(judged),
            reviewed_controls=Reviewed(
                control_selections=(
                    Controls(include_controls=tuple(ById(control_id=c) for c in controls)),
                ),
                control_objective_selections=(Objectives(include_objectives=asked),),
            ),
            observations=tuple(self._observation(o) for o in judged),
            risks=tuple(self._risk(s) for s in self.plan.steps) or None,
            findings=tuple(self._finding(o) for o in judged),
        )

    def _objectives(self) -> Iterator[_Objective]:
        yield from self._of_studies()
        for control in self.result.controls:
            for one in control.criteria:
                yield _Objective(
                    objective_id(control.control, one.criterion),
                    one.title,
                    one.met,
                    _messages(one.findings),
                    (f"{control.control}/{one.criterion}",),
                    one.evidence,
                    one,
                )
            yield _of_services(control)

    def _of_studies(self) -> Iterator[_Objective]:
        result, rules = self.result.qualification, self.catalog.qualification
        gaps = tuple(g.id for g in self.result.gaps if not g.control)
        findings = list(result.findings)
        findings += [f for s in result.studies if s.submitted for f in s.findings]
        for reason in rules.asked:
            said = [f for f in findings if f.rule.partition(":")[0] == reason.id]
            holds = result.set_qualifies or not said
            asked = rules.with_numbers(reason.asks)
            yield _Objective(
                objective_id(STUDIES, reason.id),
                asked,
                holds,
                _messages(said) or (asked,),
                () if holds else gaps,
            )

    def _unobserved(self, judged: Sequence[_Objective]) -> tuple[Link, ...] | None:
        """Point at the evidence that no objective leans on; it may show a case study."""
        used = {name for one in judged for name in one.evidence}
        rest = [one.item.id for one in self.looked if one.item.id not in used]
        links = (Link(href=f"#{self.uuid('evidence', e)}", rel="reference") for e in rest)
        return tuple(links) or None

    def _observation(self, one: _Objective) -> Observation:
        titles = {item.item.id: item.item.title for item in self.looked}
        evidence = tuple(
            RelevantEvidence(href=f"#{self.uuid('evidence', e)}", description=prose(titles[e]))
            for e in dict.fromkeys(one.evidence)
            if e in titles
        )
        return Observation(
            uuid=self.uuid("observation", one.id),
            title=title(one.title),
            description=prose(*one.said),
            methods=(Method.EXAMINE,),
            relevant_evidence=evidence or None,
            collected=moment(self.result.today),
        )

    def _finding(self, one: _Objective) -> Finding:
        open_gaps = {g.id for g in self.result.gaps}
        gaps = [g for g in one.gaps if g in open_gaps]
        return Finding(
            uuid=self.uuid("finding", one.id),
            title=title(one.title),
            description=prose(*one.said),
            props=_levels(one.criterion),
            target=Target(
                type="objective-id",
                target_id=one.id,
                status=Status(
                    state=State.SATISFIED if one.holds else State.NOT_SATISFIED,
                    reason="pass" if one.holds else "fail",
                ),
            ),
            related_observations=(
                RelatedObservation(observation_uuid=self.uuid("observation", one.id)),
            ),
            related_risks=tuple(RelatedRisk(risk_uuid=self.uuid("risk", g)) for g in gaps) or None,
        )

    def _risk(self, step: PlanStep) -> Risk:
        gap = step.gap
        why = [self.found[name].message for name in gap.because if name in self.found]
        facts = (
            ("gap", gap.id),
            ("effort", gap.effort),
            ("days", gap.days),
            ("owner", step.owner),
            ("planned", step.status),
        )
        return Risk(
            uuid=self.uuid("risk", gap.id),
            title=title(gap.title),
            description=prose(*why) if why else prose(gap.title),
            statement=prose(gap.action),
            props=props(facts),
            status=_STATUS[step.status],
            deadline=moment(step.due) if step.due else None,
            remediations=(
                Remediation(
                    uuid=self.uuid("remediation", gap.id),
                    lifecycle="recommendation",
                    title=title(gap.artefact),
                    description=prose(gap.action, gap.artefact),
                ),
            ),
        )

    def resources(self) -> Iterator[Resource]:
        catalog = self.catalog
        said = "Each criterion is examined in the response and in the evidence linked to it."
        asked = f"Its objectives are those of the catalog with the uuid {catalog_uuid(catalog)}."
        yield Resource(
            uuid=self.uuid("plan"), title="Assessment plan", description=prose(said, asked)
        )
        for one in self.looked:
            yield self._evidence(one)

    def _evidence(self, one: Looked) -> Resource:
        item = one.item
        facts = (
            ("id", item.id),
            ("state", one.state),
            ("dated", item.dated),
            ("expires", item.expires),
            ("confidential", "yes" if item.confidential else None),
            ("customer", item.customer),
        )
        return Resource(
            uuid=self.uuid("evidence", item.id),
            title=title(item.title),
            props=props(facts),
            rlinks=_links(one),
            remarks=prose(one.why) if one.why else None,
        )


def _links(one: Looked) -> tuple[Rlink, ...] | None:
    """Point at a file that is there, with its hash, or at an address, which is never fetched."""
    if one.item.url:
        return (Rlink(href=quote(one.item.url, safe="!#$%&()*+,-./:;=?@[]_~'")),)
    if not one.sha256 or not one.item.file:
        return None
    return (Rlink(href=quote(one.item.file), hashes=(Hash(value=one.sha256),)),)


def _of_services(control: ControlResult) -> _Objective:
    found = [f for f in control.findings if f.rule.startswith("third-party:")]
    open_ones = [f.rule.partition(":")[2] for f in found if f.remediation]
    return _Objective(
        services_id(control.control),
        "Third-party services",
        not open_ones,
        _messages(found) or ("No third-party service is named.",),
        tuple(f"{control.control}/third-party/{name}" for name in open_ones),
    )


def _levels(one: CriterionResult | None) -> tuple[Property, ...] | None:
    if one is None:
        return None
    return props(
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


def _messages(findings: Iterable[Found]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.message for f in findings))
