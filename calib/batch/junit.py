"""Write the results of a batch as JUnit XML, which CI systems show as tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from calib.batch.model import JobResult
from calib.text import escape_invisible


def render_junit(results: Sequence[JobResult], refused: Mapping[str, str]) -> bytes:
    """Render one test case per report.

    A missing report is an error. A report in `refused` (name to reason) is a failure.
    """
    errors = sum(not result.is_there for result in results)
    total = f"{sum(result.seconds for result in results):.3f}"
    counts = {"tests": str(len(results)), "errors": str(errors), "failures": str(len(refused))}
    suites = ET.Element("testsuites", {"name": "calib", **counts, "time": total})
    suite = ET.SubElement(suites, "testsuite", {"name": "calib batch", **counts, "time": total})
    for result in results:
        _add_test_case(suite, result, refused.get(result.name, ""))
    ET.indent(suites)
    content: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _add_test_case(suite: ET.Element, result: JobResult, reason: str) -> None:
    # XML 1.0 forbids most control characters, even escaped ones; ElementTree would write them.
    attributes = {
        "classname": "calib.readiness",
        "name": escape_invisible(result.name),
        "time": f"{result.seconds:.3f}",
    }
    case = ET.SubElement(suite, "testcase", attributes)
    if result.is_there:
        values = {
            "readiness": result.readiness,
            "gauge": f"{result.gauge:.1f}",
            "state": result.state,
        }
        properties = ET.SubElement(case, "properties")
        for name, value in values.items():
            ET.SubElement(properties, "property", {"name": name, "value": value})
    if reason:
        ET.SubElement(case, "failure", {"message": escape_invisible(reason), "type": "not_ready"})
    if not result.is_there:
        attributes = {"message": escape_invisible(result.message), "type": result.state}
        error = ET.SubElement(case, "error", attributes)
        error.text = escape_invisible("\n".join(result.problems) or result.message)
