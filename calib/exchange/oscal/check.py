"""An OSCAL document against its rules: the ones of the schema, and those across its parts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from calib.exchange.checked_write import VerificationFailed
from calib.exchange.oscal.model import OscalCatalog, OscalResource
from calib.exchange.oscal.results_model import OscalAssessmentResults, OscalResult


def find_oscal_flaws(
    data: bytes, objectives: Mapping[str, Sequence[str]] | None = None
) -> list[str]:
    """Find what is wrong with a catalog or with assessment results, each with its place.

    With `objectives`, by control, each of them must have exactly one finding.
    """
    try:
        value = json.loads(data)
        kind = OscalAssessmentResults if "assessment-results" in value else OscalCatalog
        document: OscalCatalog | OscalAssessmentResults = kind.model_validate(value)
    except ValidationError as error:
        return [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
    except (ValueError, TypeError, RecursionError) as error:
        return [f"is not JSON: {error}"]
    found = [*_duplicate_ids(value), *_dangling_references(value)]
    if isinstance(document, OscalAssessmentResults):
        for result in document.assessment_results.results:
            found += _objective_flaws(result, objectives)
    return found


def verify_oscal(data: bytes, objectives: Mapping[str, Sequence[str]] | None = None) -> None:
    """Check a document; raises NotAsMeant."""
    if found := find_oscal_flaws(data, objectives):
        raise VerificationFailed("; ".join(found))


def evidence_hashes(document: OscalAssessmentResults) -> dict[str, str]:
    """List the SHA-256 of each file that the results point at."""
    back = document.assessment_results.back_matter
    resources: tuple[OscalResource, ...] = (back.resources if back else None) or ()
    return {
        link.href: one.value
        for resource in resources
        for link in resource.rlinks or ()
        for one in link.hashes or ()
    }


def _find_values(value: Any, key: str) -> Iterator[str]:
    """List what stands under a key, wherever it does."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name == key and isinstance(one, str):
                yield one
            yield from _find_values(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from _find_values(one, key)


def _duplicate_ids(value: Any) -> Iterator[str]:
    for key in ("uuid", "id"):
        for name, count in Counter(_find_values(value, key)).items():
            if count > 1:
                yield f"the {key} {name} stands {count} times"


def _dangling_references(value: Any) -> Iterator[str]:
    known = set(_find_values(value, "uuid"))
    inner = [h[1:] for h in _find_values(value, "href") if h.startswith("#")]
    for name in [
        *inner,
        *_find_values(value, "observation-uuid"),
        *_find_values(value, "risk-uuid"),
    ]:
        if name not in known:
            yield f"nothing has the uuid {name}"


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
    wanted = Counter(i for control in reviewed & objectives.keys() for i in objectives[control])
    found = Counter(f.target.target_id for f in result.findings or ())
    for name in sorted((wanted - found) | (found - wanted)):
        yield f"{name} has {found[name]} findings, and the catalog {wanted[name]} objectives"
