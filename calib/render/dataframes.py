"""A portfolio as pandas DataFrames, for analysis in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calib.portfolio import Portfolio

if TYPE_CHECKING:
    import pandas as pd


def partners_frame(portfolio: Portfolio) -> pd.DataFrame:
    """Return a row per assessment with its readiness and the gauge of each control."""
    import pandas as pd  # slow to import, and only needed here

    rows = [
        {
            "partner": r.partner,
            "readiness": str(r.readiness),
            "gauge": r.gauge,
            **{c: g for (c, _), g in zip(portfolio.controls, r.gauges, strict=True)},
            "qualified_studies": r.qualified,
            "open": len(r.gaps),
            "days": r.days,
            "valid_until": r.valid_until,
            "target_date": r.target_date,
            "folder": r.folder,
        }
        for r in portfolio.rows
    ]
    return pd.DataFrame(rows)


def levels_frame(portfolio: Portfolio) -> pd.DataFrame:
    """Return the effective levels: a row per assessment, a column per criterion."""
    import pandas as pd  # slow to import, and only needed here

    names = [a.name for a in portfolio.criteria]
    index = pd.Index([r.partner for r in portfolio.rows], name="partner")
    return pd.DataFrame([r.levels for r in portfolio.rows], columns=names, index=index)
