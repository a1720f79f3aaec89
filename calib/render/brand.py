"""The consultant's brand, report metadata, and charts as blocks."""

from __future__ import annotations

from dataclasses import dataclass

from calib.model import Result
from calib.render import charts
from calib.render.document import ChartBlock, JsonObject
from calib.render.palette import ACCENT
from calib.text import day


@dataclass(frozen=True, slots=True)
class Brand:
    """Represent the consultant's name, logo, colour and confidentiality notice."""

    name: str = ""
    logo: str = ""
    """A data: URI of a PNG, JPEG or SVG picture."""
    accent: str = ACCENT
    confidentiality: str = ""


def chart_block(chart: charts.Chart, scale: float = 1) -> ChartBlock:
    """Convert a chart to a block."""
    return ChartBlock(
        chart.id,
        chart.title,
        chart.alt,
        chart.figure,
        chart.width,
        chart.height,
        chart.columns,
        chart.rows,
        scale,
    )


def report_metadata(result: Result, brand: Brand) -> JsonObject:
    """Return the metadata that renderers show on each page."""
    return {
        "readiness": result.readiness,
        "brand": {
            "name": brand.name,
            "logo": brand.logo,
            "accent": brand.accent,
            "confidentiality": brand.confidentiality,
        },
        "catalog_version": result.catalog_version,
        "program": result.program,
        "date": result.today.isoformat(),
        "day": day(result.today),
        "content_hash": result.content_hash,
    }
