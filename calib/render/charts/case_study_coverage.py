"""Coverage chart: the AWS-native services that each case study uses."""

from __future__ import annotations

from collections.abc import Mapping

from calib.model import Result, StudyResult
from calib.render import palette
from calib.render.charts import labels
from calib.render.charts.canvas import SMALL, WIDTH, Canvas, Chart, text_color_on
from calib.render.charts.heat_map import flat_colorscale
from calib.text import plural

_LEFT, _TOP, _ROW, _GAP = 208, 62, 58, 16
_MAX_DRAWN = 12
"""Number of case studies that fit on a page; the data table lists all of them."""
_NO_SERVICE = ""
"""The column of case studies without a native service."""
_COLUMNS = (
    "No.",
    "Case study",
    "Customer",
    "Status",
    "Qualifies",
    "Primary service",
    "Native services",
    "Kinds of solution",
)


def case_study_coverage(
    result: Result,
    *,
    accent: str = palette.ACCENT,
    families: Mapping[str, str] | None = None,
    kinds: Mapping[str, str] | None = None,
) -> Chart | None:
    """Draw the services of each case study; None where there is no case study.

    `families` and `kinds` map the ids in the result to the catalog's names.
    """
    every = sorted(result.qualification.studies, key=lambda s: not s.submitted)
    studies = _select_drawn(result, every)
    chosen = [s for s in studies if s.submitted]
    if not studies:
        return None
    used = _used_families(studies, families or {})
    has_candidates = 0 < len(chosen) < len(studies)
    canvas = Canvas(_TOP + _ROW * len(studies) + (_GAP if has_candidates else 0) + 6)
    rows = [
        _TOP + _ROW * (i + 0.5) + (_GAP if has_candidates and not s.submitted else 0)
        for i, s in enumerate(studies)
    ]
    _cells(canvas, studies, used, rows, accent)
    for study, y in zip(studies, rows, strict=True):
        _row_label(canvas, study, y)
    if has_candidates:
        y = _TOP + _ROW * len(chosen) + _GAP / 2
        canvas.line(0, y, WIDTH, y)
    _column_heads(canvas, used, families or {})
    table = tuple(_row(s, families or {}, kinds or {}) for s in every)
    part = f": {_MAX_DRAWN} of {len(every)}" if len(every) > _MAX_DRAWN else ""
    return Chart(
        "case-study-coverage",
        f"Case studies and services{part}",
        _alt(result, families or {}),
        canvas.figure(),
        _COLUMNS,
        table,
        canvas.width,
        canvas.height,
    )


def _select_drawn(result: Result, every: list[StudyResult]) -> list[StudyResult]:
    """Select what fits on a page: submitted ones, then the recommended set, then by position."""
    best = {lead.slug for choice in result.qualification.best[:1] for lead in choice.leads}
    first = sorted(every, key=lambda s: (not s.submitted, s.slug not in best))[:_MAX_DRAWN]
    return [s for s in every if s in first]


def _used_families(studies: list[StudyResult], names: Mapping[str, str]) -> list[str]:
    """Return the families in use, in the order of the catalog."""
    seen = dict.fromkeys(f for s in studies for f in (s.family, *s.families) if f)
    order = list(names)
    used = sorted(seen, key=lambda f: order.index(f) if f in order else len(order))
    return used + ([_NO_SERVICE] if any(not s.families for s in studies) else [])


def _cells(
    canvas: Canvas, studies: list[StudyResult], used: list[str], rows: list[float], accent: str
) -> None:
    # The y axis is in pixels, because of the gap between submitted studies and candidates.
    bottom = max(rows) + _ROW / 2
    canvas.axis_pair((_LEFT, _TOP, WIDTH, bottom), (-0.5, len(used) - 0.5), (bottom, _TOP))
    fills = (palette.TINTS["bad"], palette.LEVELS[1], accent)
    inks = (palette.BAD, palette.INK, text_color_on(accent))
    names = ("none", "also used", "<b>primary</b>")
    found = [
        (column, y, _part(study, family), study)
        for study, y in zip(studies, rows, strict=True)
        for column, family in enumerate(used)
    ]
    # A trace per row, because a heat map has no rows at unequal distances.
    for study, y in zip(studies, rows, strict=True):
        parts = [_part(study, family) for family in used]
        canvas.data.append(
            {
                "type": "heatmap",
                "x": list(range(len(used))),
                "y": [y - _ROW / 2, y + _ROW / 2],
                "z": [parts],
                "hovertext": [[_hover(study)] * len(used)],
                "hoverinfo": "text",
                "hoverongaps": False,
                "zmin": -0.5,
                "zmax": 2.5,
                "colorscale": flat_colorscale(fills),
                "showscale": False,
                "xgap": 3,
                "ygap": 3,
            }
        )
    shown = [(x, y, part) for x, y, part, _ in found if part is not None]
    size = SMALL if len(used) < 6 else SMALL - 1
    canvas.labels(
        [x for x, _, _ in shown],
        [y for _, y, _ in shown],
        [names[p] for _, _, p in shown],
        [inks[p] for _, _, p in shown],
        size,
    )


def _part(study: StudyResult, family: str) -> int | None:
    if family == _NO_SERVICE:
        return None if study.families else 0
    if family == study.family:
        return 2
    return 1 if family in study.families else None


def _hover(study: StudyResult) -> str:
    service = labels.escape_markup(study.primary_service) or "none"
    return (
        f"<b>{labels.escape_markup(study.title)}</b><br>{labels.escape_markup(study.customer)}<br>"
        f"primary service: {service}<br>{_status(study)}"
    )


def _status(study: StudyResult) -> str:
    return study.role if study.qualified else f"{study.role}, not qualified"


def _row_label(canvas: Canvas, study: StudyResult, y: float) -> None:
    room = _LEFT - 34
    title = labels.wrap(study.title or study.slug or "untitled", room, SMALL, 2)
    status = _status(study)
    color = palette.MUTED if study.qualified else palette.BAD
    lines = [labels.escape_markup(line) for line in title]
    canvas.text(0, y, f"<b>{study.number}</b>")
    canvas.text(20, y, [*lines, f'<span style="color:{color}">{status}</span>'], size=SMALL)


def _column_heads(canvas: Canvas, used: list[str], names: Mapping[str, str]) -> None:
    step = (WIDTH - _LEFT) / len(used)
    size = SMALL if len(used) < 6 else SMALL - 1
    for column, family in enumerate(used):
        title = "No native service" if family == _NO_SERVICE else family_name(family, names)
        lines = labels.wrap(title, step - 4, size, 3)
        canvas.text(
            _LEFT + step * (column + 0.5),
            _TOP - 8,
            [labels.escape_markup(line) for line in lines],
            size=size,
            anchor="center",
            valign="bottom",
        )


def family_name(family: str, names: Mapping[str, str]) -> str:
    """Return the catalog's name of a service family, or a title made from its id."""
    if family in names:
        return names[family]
    name = family.replace("-", " ")
    return name.upper() if len(name) <= 3 else name.title()


def _row(
    study: StudyResult, families: Mapping[str, str], kinds: Mapping[str, str]
) -> tuple[str, ...]:
    return (
        str(study.number),
        study.title,
        study.customer,
        study.role,
        "yes" if study.qualified else "no",
        study.primary_service,
        ", ".join(family_name(f, families) for f in study.families),
        ", ".join(kinds.get(k, k.replace("-", " ")) for k in study.kinds),
    )


def _alt(result: Result, names: Mapping[str, str]) -> str:
    found = result.qualification
    chosen = [s for s in found.studies if s.submitted]
    leads = [
        f"{s.number} {family_name(s.family, names) if s.family else 'no native service'}"
        for s in chosen
    ]
    rest = len(found.studies) - len(chosen)
    state = "selected" if found.chosen_by_program else "submitted"
    low = [labels.single_line(s.title) for s in chosen if not s.qualified]
    text = (
        f"Chart of {plural(len(found.studies), 'case study', 'case studies')} by native "
        f"service: {len(chosen)} {state}, {plural(rest, 'candidate')}; "
        f"{found.qualified_count} of the {found.needed} required qualify."
    )
    if len(found.studies) > _MAX_DRAWN:
        text += f" {_MAX_DRAWN} of them are shown; the data table lists all."
    if leads:
        text += f" Primary services of the {state} case studies: {labels.join_first(leads, 8)}."
    return f"{text} Not qualified yet: {labels.join_first(low)}." if low else text
