"""The portfolio report: overview, distribution, common gaps, and the table of partners."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from calib.model import Readiness
from calib.portfolio import PartnerRow, Portfolio
from calib.render.brand import chart_block
from calib.render.charts.portfolio import (
    common_gaps,
    control_id_number,
    level_shares,
    readiness_by_gauge,
)
from calib.render.charts.portfolio_heat_map import partners_heat_map
from calib.render.document import (
    Block,
    BulletList,
    Card,
    CardGrid,
    Column,
    DefinitionList,
    Heading,
    Run,
    Runs,
    Section,
    TableBlock,
    TableRow,
    badge,
    paragraph,
    run,
    text,
)
from calib.render.palette import ACCENT
from calib.render.tones import READINESS_TONES, READINESS_WORDS
from calib.text import day, listed, plural

_MAX_PARTNERS = 8
"""Number of partners named in a list; the others are counted."""
_MAX_NAME = 60
"""Number of characters of a partner's name shown in a list."""
_EXPIRY_DAYS = 60
"""Validity is highlighted when it ends within this number of days."""


def overview(portfolio: Portfolio, *, kicker: str = "Generative AI Competency") -> Section:
    """Build the cover: assessments by readiness, notes, and folders that could not be read."""
    count = len(portfolio.rows)
    found = portfolio.count_by_readiness()
    cards = [
        Card(READINESS_WORDS[k], "", str(found[k]), f"of {count}", Run(""), _note(portfolio, k))
        for k in (Readiness.READY, Readiness.CLOSE, Readiness.NOT_READY)
    ]
    if portfolio.unread:
        cards.append(Card("Not read", "", str(len(portfolio.unread)), "", Run(""), "see below"))
    shown: list[Block] = [CardGrid(tuple(cards)), *_notes(portfolio)]
    if portfolio.unread:
        items = tuple(run(u.error) for u in portfolio.unread)
        title = f"{plural(len(items), 'folder')} could not be read"
        shown += [Heading(title), BulletList(items)]
    facts = (
        ("Date", run(day(portfolio.today))),
        (
            "Catalog",
            run(f"{portfolio.catalog_version}, valid until {day(portfolio.catalog_expires)}"),
        ),
        ("Program", run(f"calib {portfolio.program}")),
    )
    shown.append(DefinitionList(facts))
    title = f"Portfolio of {plural(count, 'assessment')}"
    return Section("cover", title, tuple(shown), kicker=kicker, meta=_meta(portfolio))


def _meta(portfolio: Portfolio) -> dict[str, object]:
    """Return the metadata shown on each page."""
    # Sorted, so that the hash does not depend on the order of the folders.
    hashes = "\n".join(sorted(r.content_hash for r in portfolio.rows))
    return {
        "readiness": "",
        "brand": {"name": "", "logo": "", "accent": ACCENT, "confidentiality": ""},
        "document": "generative AI readiness report",
        "bar": "Portfolio",
        "catalog_version": portfolio.catalog_version,
        "program": portfolio.program,
        "date": portfolio.today.isoformat(),
        "day": day(portfolio.today),
        "content_hash": hashlib.sha256(hashes.encode()).hexdigest(),
    }


def _note(portfolio: Portfolio, readiness: Readiness) -> str:
    rows = [r for r in portfolio.rows if r.readiness is readiness]
    if readiness is Readiness.READY:
        return "all gates met, case studies qualify"
    if not rows:
        return "none"
    days = sorted(r.days for r in rows)
    return f"median effort to readiness: {plural(days[len(days) // 2], 'working day')}"


def _notes(portfolio: Portfolio) -> list[Block]:
    """Return the points that qualify the numbers: older catalogs, open confirmations, expiry."""
    notes = []
    named = list(zip(portfolio.names, portfolio.rows, strict=True))
    older = [r for r in portfolio.rows if r.answered_for != portfolio.catalog_version]
    if older:
        notes.append(
            f"{plural(len(older), 'assessment')} answered for another catalog version, "
            f"assessed with {portfolio.catalog_version}; run `calib migrate` to update."
        )
    unconfirmed = [name for name, r in named if r.unconfirmed]
    if unconfirmed:
        total = sum(r.unconfirmed for r in portfolio.rows)
        notes.append(
            f"{plural(total, 'answer')} in {plural(len(unconfirmed), 'assessment')} not "
            f"re-confirmed since the catalog changed: {_list_partners(unconfirmed)}."
        )
    soon = [name for name, r in named if _expires_soon(r, portfolio)]
    if soon:
        notes.append(
            f"Evidence or catalog expires within {_EXPIRY_DAYS} days: {_list_partners(soon)}."
        )
    return [Heading("Notes"), BulletList(tuple(run(n) for n in notes))] if notes else []


def _list_partners(names: Iterable[str]) -> str:
    shortened = [_shorten(n) for n in names]
    rest = len(shortened) - _MAX_PARTNERS
    return listed([*shortened[:_MAX_PARTNERS], *([f"{rest} more"] if rest > 0 else [])])


def _shorten(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME].rstrip()}…"


def _expires_soon(row: PartnerRow, portfolio: Portfolio) -> bool:
    return (row.valid_until - portfolio.today).days <= _EXPIRY_DAYS


def distribution(portfolio: Portfolio, levels: tuple[str, ...] = ()) -> Section:
    """Build the charts of assessments by gauge, level and partner."""
    if not portfolio.rows:
        return Section("distribution", "Distribution", (paragraph("No assessments found."),))
    charts = (
        readiness_by_gauge(portfolio),
        level_shares(portfolio, levels=levels),
        partners_heat_map(portfolio),
    )
    return Section("distribution", "Distribution", tuple(chart_block(c) for c in charts))


def gaps(portfolio: Portfolio) -> Section:
    """Build the chart and table of the most frequent gaps."""
    found = portfolio.common_gaps()
    chart = common_gaps(portfolio)
    if chart is None:
        note = paragraph("No partner has open gaps.")
        return Section("gaps", "Common gaps", (note,))
    columns = (
        Column("Gap", 4),
        Column("Partners", 1, "right"),
        Column("Share", 0.9, "right"),
        Column("Partners, closest to readiness first", 5),
    )
    rows = []
    for gap in found:
        share = f"{100 * gap.count / len(portfolio.rows):.0f}\u00a0%"
        control = Run(f"\n{gap.asked.control}" if gap.asked.control else "", "muted")
        names = _list_partners(gap.partners)
        rows.append(
            TableRow(
                (
                    text(Run(gap.asked.title, "strong"), control),
                    run(gap.count),
                    run(share),
                    run(names),
                )
            )
        )
    return Section(
        "gaps",
        "Common gaps",
        (chart_block(chart), TableBlock("All gaps", columns, tuple(rows))),
    )


def partners(portfolio: Portfolio) -> Section:
    """Build the table of assessments, closest to readiness first."""
    if not portfolio.rows:
        return Section("partners", "Partners", (paragraph("No assessments found."),))
    columns = (
        Column("Partner", 3.1),
        Column("Readiness", 1.5),
        Column("Gauge", 0.85, "center"),
        *(Column(control_id_number(c), 0.85, "center") for c, _ in portfolio.controls),
        Column("Studies", 1.15, "center"),
        Column("Open", 0.9, "right"),
        Column("Days", 0.7, "right"),
        Column("Valid until", 2),
    )
    caption = (
        "Gauges from 0 to 4; ✓ marks a gate that is met. Studies: qualifying case studies, "
        f"{portfolio.studies_needed} required. Open: remediation actions until readiness. Days: "
        "their effort in working days. Valid until: expiry of the catalog or of the first linked "
        "evidence."
    )
    rows = tuple(_row(r, portfolio) for r in portfolio.rows)
    return Section("partners", "Partners", (TableBlock(caption, columns, rows),))


def _row(row: PartnerRow, portfolio: Portfolio) -> TableRow:
    word = badge(READINESS_WORDS[row.readiness], READINESS_TONES[row.readiness])
    expiring = _expires_soon(row, portfolio)
    until = (badge(day(row.valid_until), "warn"),) if expiring else run(day(row.valid_until))
    return TableRow(
        (
            text(Run(row.partner, "strong"), Run(f"\n{_folder_name(row.folder)}", "muted")),
            (word,),
            _gauge(row.gauge),
            *(_gauge(g, met=h) for g, h in zip(row.gauges, row.gates, strict=True)),
            run(row.qualified),
            run(len(row.gaps)),
            run(row.days),
            until,
        )
    )


def _folder_name(folder: str) -> str:
    return folder.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _gauge(value: float, *, met: bool = False) -> Runs:
    return (Run(f"{value:.1f}", f"level-{int(value)}"), Run("\u00a0✓" if met else "", "muted"))
