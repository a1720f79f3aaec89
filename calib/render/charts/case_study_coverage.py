"""The case-study coverage: which study shows which service family."""

from __future__ import annotations

from collections.abc import Mapping

from calib.model import Result, StudyResult
from calib.render import palette
from calib.render.charts import labels
from calib.render.charts.canvas import SMALL, WIDTH, Canvas, Chart, text_color_on
from calib.render.charts.heat_map import flat_colorscale

_LEFT, _TOP, _ROW, _BREAK = 208, 62, 58, 16
_MOST = 12
"""How many studies are drawn, so that the picture fits a page; its table has them all."""
_NONE = ""
"""The column of studies that use no native service at all."""
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
    """Draw which case study leads with which service; None where there is no case study.

    `families` and `kinds` give the catalog's names for the ids in the result.
    """
    every = sorted(result.qualification.studies, key=lambda s: not s.submitted)
    studies = _drawn(result, every)
    chosen = [s for s in studies if s.submitted]
    if not studies:
        return None
    used = _used(studies, families or {})
    rests = 0 < len(chosen) < len(studies)
    canvas = Canvas(_TOP + _ROW * len(studies) + (_BREAK if rests else 0) + 6)
    rows = [
        _TOP + _ROW * (i + 0.5) + (_BREAK if rests and not s.submitted else 0)
        for i, s in enumerate(studies)
    ]
    _cells(canvas, studies, used, rows, accent)
    for study, y in zip(studies, rows, strict=True):
        _row_label(canvas, study, y)
    if rests:
        y = _TOP + _ROW * len(chosen) + _BREAK / 2
        canvas.line(0, y, WIDTH, y)
    _heads(canvas, used, families or {})
    table = tuple(_row(s, families or {}, kinds or {}) for s in every)
    part = f": {_MOST} of {len(every)}" if len(every) > _MOST else ""
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


def _drawn(result: Result, every: list[StudyResult]) -> list[StudyResult]:
    """Choose those that fit: submitted ones, then those that go best together, then the first."""
    best = {lead.slug for one in result.qualification.best[:1] for lead in one.leads}
    first = sorted(every, key=lambda s: (not s.submitted, s.slug not in best))[:_MOST]
    return [s for s in every if s in first]


def _used(studies: list[StudyResult], names: Mapping[str, str]) -> list[str]:
    """List the families that appear, in the catalog's order where it is known."""
    seen = dict.fromkeys(f for s in studies for f in (s.family, *s.families) if f)
    order = list(names)
    used = sorted(seen, key=lambda f: order.index(f) if f in order else len(order))
    return used + ([_NONE] if any(not s.families for s in studies) else [])


def _cells(
    canvas: Canvas, studies: list[StudyResult], used: list[str], rows: list[float], accent: str
) -> None:
    # The axis counts in pixels, since the candidates stand a little apart.
    bottom = max(rows) + _ROW / 2
    canvas.axis_pair((_LEFT, _TOP, WIDTH, bottom), (-0.5, len(used) - 0.5), (bottom, _TOP))
    fills = (palette.TINTS["bad"], palette.LEVELS[1], accent)
    inks = (palette.BAD, palette.INK, text_color_on(accent))
    said = ("none", "also used", "<b>leads</b>")
    found = [
        (column, y, _part(study, family), study)
        for study, y in zip(studies, rows, strict=True)
        for column, family in enumerate(used)
    ]
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
        [said[p] for _, _, p in shown],
        [inks[p] for _, _, p in shown],
        size,
    )


def _part(study: StudyResult, family: str) -> int | None:
    if family == _NONE:
        return None if study.families else 0
    if family == study.family:
        return 2
    return 1 if family in study.families else None


def _hover(study: StudyResult) -> str:
    return (
        f"<b>{labels.escape_markup(study.title)}</b><br>{labels.escape_markup(study.customer)}<br>"
        f"leads with {labels.escape_markup(study.primary_service) or 'no service'}<br>{_status(study)}"
    )


def _status(study: StudyResult) -> str:
    return study.stands if study.qualified else f"{study.stands}, not qualified"


def _row_label(canvas: Canvas, study: StudyResult, y: float) -> None:
    room = _LEFT - 34
    title = labels.wrap(study.title or study.slug or "untitled", room, SMALL, 2)
    status = _status(study)
    color = palette.MUTED if study.qualified else palette.BAD
    lines = [labels.escape_markup(line) for line in title]
    canvas.text(0, y, f"<b>{study.number}</b>")
    canvas.text(20, y, [*lines, f'<span style="color:{color}">{status}</span>'], size=SMALL)


def _heads(canvas: Canvas, used: list[str], names: Mapping[str, str]) -> None:
    step = (WIDTH - _LEFT) / len(used)
    size = SMALL if len(used) < 6 else SMALL - 1
    for column, family in enumerate(used):
        said = "No native service" if family == _NONE else family_name(family, names)
        lines = labels.wrap(said, step - 4, size, 3)
        canvas.text(
            _LEFT + step * (column + 0.5),
            _TOP - 8,
            [labels.escape_markup(line) for line in lines],
            size=size,
            anchor="center",
            valign="bottom",
        )


def family_name(family: str, names: Mapping[str, str]) -> str:
    """Name a service family or a kind, from its id where the catalog's name is not given."""
    if family in names:
        return names[family]
    said = family.replace("-", " ")
    return said.upper() if len(said) <= 3 else said.title()


def _row(
    study: StudyResult, families: Mapping[str, str], kinds: Mapping[str, str]
) -> tuple[str, ...]:
    return (
        str(study.number),
        study.title,
        study.customer,
        study.stands,
        "yes" if study.qualified else "no",
        study.primary_service,
        ", ".join(family_name(f, families) for f in study.families),
        ", ".join(kinds.get(k, k.replace("-", " ")) for k in study.kinds),
    )


def _alt(result: Result, names: Mapping[str, str]) -> str:
    done = result.qualification
    chosen = [s for s in done.studies if s.submitted]
    leads = [
        f"{s.number} with {family_name(s.family, names) if s.family else 'no native service'}"
        for s in chosen
    ]
    rest = len(done.studies) - len(chosen)
    state = "taken" if done.chosen_by_program else "submitted"
    low = [labels.single_line(s.title) for s in chosen if not s.qualified]
    text = (
        f"Grid of {labels.plural(len(done.studies), 'case study', 'case studies')} by native "
        f"service: {len(chosen)} {state}, {labels.plural(rest, 'candidate')}; "
        f"{done.qualified_count} of {done.needed} needed qualify."
    )
    if len(done.studies) > _MOST:
        text += f" {_MOST} of them are drawn; the table has them all."
    if leads:
        text += f" The {state} ones lead: {labels.listed(leads, 8)}."
    return f"{text} Not qualified yet: {labels.listed(low)}." if low else text
