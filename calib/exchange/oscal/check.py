"""Validate OSCAL documents: the schema, unique ids, references, one finding per objective."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from calib.exchange.checked_write import VerificationFailed
from calib.exchange.oscal.model import OscalCatalog
from calib.exchange.oscal.results_model import OscalAssessmentResults, OscalResult


def find_oscal_flaws(
    data: bytes, objectives: Mapping[str, Sequence[str]] | None = None
) -> list[str]:
    """List the flaws of a catalog or assessment results, each with its location.

    Given `objectives` by control, every objective must have exactly one finding.
    """
    try:
        value = json.loads(data)
        model = OscalAssessmentResults if "assessment-results" in value else OscalCatalog
        document: OscalCatalog | OscalAssessmentResults = model.model_validate(value)
    except ValidationError as error:
        return [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    except (ValueError, TypeError, RecursionError) as error:
        return [f"not JSON: {error}"]
    flaws = [*_duplicate_ids(value), *_dangling_references(value)]
    if isinstance(document, OscalAssessmentResults):
        for result in document.assessment_results.results:
            flaws += _objective_flaws(result, objectives)
    return flaws


def verify_oscal(data: bytes, objectives: Mapping[str, Sequence[str]] | None = None) -> None:
    """Raise VerificationFailed if a document has a flaw."""
    if flaws := find_oscal_flaws(data, objectives):
        raise VerificationFailed("; ".join(flaws))


def _find_values(value: object, key: str) -> Iterator[str]:
    """Yield the texts under a key at every depth."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name == key and isinstance(item, str):
                yield item
            yield from _find_values(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _find_values(item, key)


def _duplicate_ids(value: object) -> Iterator[str]:
    for key in ("uuid", "id"):
        for name, count in Counter(_find_values(value, key)).items():
            if count > 1:
                yield f"duplicate {key} {name}: {count} times"


def _dangling_references(value: object) -> Iterator[str]:
    known = set(_find_values(value, "uuid"))
    references = [h[1:] for h in _find_values(value, "href") if h.startswith("#")]
    references += _find_values(value, "observation-uuid")
    references += _find_values(value, "risk-uuid")
    for name in references:
        if name not in known:
            yield f"the uuid {name} is referenced but not defined"


def _objective_flaws(
    result: OscalResult, objectives: Mapping[str, Sequence[str]] | None
) -> Iterator[str]:
    if objectives is None:
        return
    reviewed = {
        c.control_id
        for s in result.reviewed_controls.control_selections
        for c in s.include_controls
    }
    for name in sorted(reviewed - objectives.keys()):
        yield f"the catalog has no control {name}"
    expected = Counter(i for control in reviewed & objectives.keys() for i in objectives[control])
    actual = Counter(f.target.target_id for f in result.findings or ())
    # Counter subtraction drops negative counts, so both directions are needed.
    for name in sorted((expected - actual) | (actual - expected)):
        yield f"{name} has {actual[name]} findings for {expected[name]} objectives of the catalog"
