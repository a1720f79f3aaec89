"""A batch as JUnit XML, which CI systems show as tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from calib.batch.model import Outcome
from calib.render.escape import visible


def junit(outcomes: Sequence[Outcome], refused: Mapping[str, str]) -> bytes:
    """Write a test case for each report.

    One that is not there is an error, one that is `refused` (by name, with the reason) a failure.
    """
    errors = sum(not one.is_there for one in outcomes)
    total = f"{sum(one.seconds for one in outcomes):.3f}"
    counts = {"tests": str(len(outcomes)), "errors": str(errors), "failures": str(len(refused))}
    suites = ET.Element("testsuites", {"name": "calib", **counts, "time": total})
    suite = ET.SubElement(suites, "testsuite", {"name": "calib batch", **counts, "time": total})
    for one in outcomes:
        _case(suite, one, refused.get(one.name, ""))
    ET.indent(suites)
    content: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _case(suite: ET.Element, one: Outcome, reason: str) -> None:
    about = {"classname": "calib.readiness", "name": one.name, "time": f"{one.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", {k: visible(v) for k, v in about.items()})
    if one.is_there:
        facts = {"readiness": one.readiness, "gauge": f"{one.gauge:.1f}", "state": one.state}
        properties = ET.SubElement(case, "properties")
        for name, value in facts.items():
            ET.SubElement(properties, "property", {"name": name, "value": value})
    if reason:
        ET.SubElement(case, "failure", {"message": visible(reason), "type": "not_ready"})
    if not one.is_there:
        error = ET.SubElement(case, "error", {"message": visible(one.message), "type": one.state})
        error.text = visible("\n".join(one.problems) or one.message)
