"""A portfolio in sections: how many are ready, what they lack, and the table of all partners."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from calib.model import Readiness
from calib.portfolio import Portfolio, Row
from calib.render import document as b
from calib.render.brand import chart_block
from calib.render.charts.portfolio import (
    common_gaps,
    control_id_number,
    level_shares,
    readiness_by_gauge,
)
from calib.render.charts.portfolio_heat_map import partners_heat_map
from calib.render.document import Run, Runs, Section, badge, paragraph, run, text
from calib.render.palette import ACCENT, READINESS_TONES, READINESS_WORDS
from calib.text import day, listed, plural

_FEW = 8
"""So many partners are named behind a common gap."""
_LONG = 60
"""Of a longer name, so much is shown among others."""


def overview(portfolio: Portfolio, *, kicker: str = "Generative AI Competency") -> Section:
    """Say how many are ready, and which folders could not be read."""
    count = len(portfolio.rows)
    found = portfolio.standing()
    cards = [
        b.Card(READINESS_WORDS[k], "", str(found[k]), f"of {count}", Run(""), _note(portfolio, k))
        for k in (Readiness.READY, Readiness.CLOSE, Readiness.NOT_READY)
    ]
    if portfolio.unread:
        cards.append(b.Card("Not read", "", str(len(portfolio.unread)), "", Run(""), "see below"))
    shown: list[object] = [b.CardGrid(tuple(cards)), *_notes(portfolio)]
    if portfolio.unread:
        items = tuple(run(u.error) for u in portfolio.unread)
        title = f"{plural(len(items), 'folder')} could not be read"
        shown += [b.Heading(title), b.BulletList(items)]
    facts = (
        ("Date", run(day(portfolio.today))),
        (
            "Catalog",
            run(f"{portfolio.catalog_version}, valid until {day(portfolio.catalog_expires)}"),
        ),
        ("Program", run(f"calib {portfolio.program}")),
    )
    shown.append(b.DefinitionList(facts))
    title = f"Portfolio of {plural(count, 'assessment')}"
    return Section("cover", title, tuple(shown), kicker=kicker, meta=_meta(portfolio))


def _meta(portfolio: Portfolio) -> dict[str, object]:
    """Give what a page around the sections needs."""
    hashes = "\n".join(sorted(r.content_hash for r in portfolio.rows))
    return {
        "readiness": "",
        "brand": {"name": "", "logo": "", "accent": ACCENT, "confidentiality": ""},
        "document": "generative AI readiness",
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
        return "all gates hold, the case studies qualify"
    if not rows:
        return "none"
    days = sorted(r.days for r in rows)
    return f"{days[len(days) // 2]} working days of effort to ready, in the middle"


def _notes(portfolio: Portfolio) -> list[object]:
    """Say what the reader of the numbers must know."""
    said = []
    named = list(zip(portfolio.names, portfolio.rows, strict=True))
    older = [r for r in portfolio.rows if r.answered_for != portfolio.catalog_version]
    if older:
        said.append(
            f"{plural(len(older), 'assessment')} of another catalog version judged by "
            f"{portfolio.catalog_version}: `calib migrate` carries them over."
        )
    open_ = [name for name, r in named if r.unconfirmed]
    if open_:
        total = sum(r.unconfirmed for r in portfolio.rows)
        said.append(
            f"{plural(total, 'answer')} in {plural(len(open_), 'assessment')} not re-confirmed "
            f"since the catalog changed: {_listed(open_)}."
        )
    soon = [name for name, r in named if (r.valid_until - portfolio.today).days <= 60]
    if soon:
        said.append(f"Evidence or the catalog ends within 60 days for: {_listed(soon)}.")
    return [b.Heading("To look at"), b.BulletList(tuple(run(s) for s in said))] if said else []


def _listed(names: Iterable[str]) -> str:
    found = [_cut(n) for n in names]
    return listed([*found[:_FEW], *_more(len(found))])


def _cut(name: str) -> str:
    return name if len(name) <= _LONG else f"{name[:_LONG].rstrip()}…"


def _more(count: int) -> list[str]:
    return [f"{count - _FEW} more"] if count > _FEW else []


def distribution(portfolio: Portfolio, levels: tuple[str, ...] = ()) -> Section:
    """Show how the assessments spread: by gauge and readiness, by level, partner by partner."""
    if not portfolio.rows:
        return Section("distribution", "How they stand", (paragraph("There is nothing to show."),))
    charts = (
        readiness_by_gauge(portfolio),
        level_shares(portfolio, levels=levels),
        partners_heat_map(portfolio),
    )
    return Section("distribution", "How they stand", tuple(chart_block(c) for c in charts))


def gaps(portfolio: Portfolio) -> Section:
    """Show what is open most often, and at whom."""
    found = portfolio.common_gaps()
    chart = common_gaps(portfolio)
    if chart is None:
        nothing = paragraph("Nothing is open at any partner.")
        return Section("gaps", "Common gaps", (nothing,))
    columns = (
        b.Column("Open", 4),
        b.Column("At", 0.8, "right"),
        b.Column("Share", 0.9, "right"),
        b.Column("Partners, the nearest to ready first", 5),
    )
    rows = []
    for gap in found:
        share = f"{100 * gap.count / len(portfolio.rows):.0f}\u00a0%"
        control = Run(f"\n{gap.asked.control}" if gap.asked.control else "", "muted")
        who = _listed(gap.partners)
        rows.append(
            b.TableRow(
                (
                    text(Run(gap.asked.title, "strong"), control),
                    run(gap.count),
                    run(share),
                    run(who),
                )
            )
        )
    return Section(
        "gaps",
        "Common gaps",
        (chart_block(chart), b.TableBlock("All that is open", columns, tuple(rows))),
    )


def partners(portfolio: Portfolio) -> Section:
    """List every assessment, the nearest to ready first."""
    if not portfolio.rows:
        return Section("partners", "Partners", (paragraph("There is nothing to show."),))
    columns = (
        b.Column("Partner", 3.1),
        b.Column("Readiness", 1.5),
        b.Column("Gauge", 0.85, "center"),
        *(b.Column(control_id_number(c), 0.85, "center") for c, _ in portfolio.controls),
        b.Column("Studies", 1.15, "center"),
        b.Column("Open", 0.9, "right"),
        b.Column("Days", 0.7, "right"),
        b.Column("Valid until", 2),
    )
    caption = (
        "Gauges from 0 to 4; ✓ where the gate holds. Studies: how many of "
        f"{portfolio.studies_needed} qualify. Open: remediation actions to ready, with the working "
        "days they take. Valid until: the catalog ends, or the first linked evidence expires."
    )
    rows = tuple(_row(r, portfolio) for r in portfolio.rows)
    return Section("partners", "Partners", (b.TableBlock(caption, columns, rows),))


def _row(row: Row, portfolio: Portfolio) -> b.TableRow:
    word = badge(READINESS_WORDS[row.readiness], READINESS_TONES[row.readiness])
    soon = (row.valid_until - portfolio.today).days <= 60
    until = (badge(day(row.valid_until), "warn"),) if soon else run(day(row.valid_until))
    return b.TableRow(
        (
            text(Run(row.partner, "strong"), Run(f"\n{_short(row.folder)}", "muted")),
            (word,),
            _gauge(row.gauge),
            *(_gauge(g, holds=h) for g, h in zip(row.gauges, row.gates, strict=True)),
            run(row.qualified),
            run(len(row.gaps)),
            run(row.days),
            until,
        )
    )


def _short(folder: str) -> str:
    return folder.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _gauge(value: float, *, holds: bool = False) -> Runs:
    return (Run(f"{value:.1f}", f"level-{int(value)}"), Run("\u00a0✓" if holds else "", "muted"))
