"""The way from one notebook to the next, and the cards of the first."""

from __future__ import annotations

from typing import Any

import ipywidgets as w

from calib.forms import widgets
from calib.forms.controller import Desk
from calib.render.escape import escape
from calib.resources import shipped

START = "00_start.ipynb"
STUDIES = "10_case_studies.ipynb"
WORKSHOP = "30_workshop.ipynb"
PLAN = "40_plan.ipynb"
PORTFOLIO = "60_portfolio.ipynb"


def notebook_of(number: int) -> str:
    """Name the notebook of the control that stands at a place of the catalog, from 1."""
    found = sorted(shipped("notebooks").glob(f"2{number}_*.ipynb"))
    return found[0].name if found else ""


def links(page: str) -> Any:
    """Show HTML with links to notebooks: only those of an output open here, and not anew."""
    out = w.Output()
    out.add_class("calib-links")
    show_links(out, page)
    return out


def show_links(out: Any, page: str) -> None:
    """Change what `links` shows."""
    # Texts of people pass here; a formula in them must not become a link.
    page = f'<div class="calib tex2jax_ignore mathjax_ignore">{page}</div>'
    shown = ({"output_type": "display_data", "data": {"text/html": page}, "metadata": {}},)
    if out.outputs != shown:
        out.outputs = shown


def navigation(desk: Desk, here: str) -> Any:
    """Lead to the other notebooks; `here` is the one that is open."""
    ways = [("Start", START, "Where everything stands"), ("Case studies", STUDIES, "")]
    for number, control in enumerate(desk.catalog.controls, start=1):
        ways.append((control.id, notebook_of(number), control.title))
    ways.append(("Workshop", WORKSHOP, "Judge the criteria together"))
    ways.append(("Plan", PLAN, "Improvement plan"))
    ways.append(("Portfolio", PORTFOLIO, "Many assessments side by side"))
    items = ""
    for label, target, title in ways:
        if here in (label, target):
            items += f'<li aria-current="page">{escape(label)}</li>'
        elif target:
            hint = f' title="{escape(title)}"' if title else ""
            items += f'<li><a href="{target}"{hint}>{escape(label)}</a></li>'
    return links(f'<nav aria-label="Notebooks"><ul class="calib-nav">{items}</ul></nav>')


def form(desk: Desk, here: str, head: Any, *rest: Any) -> Any:
    """Lay out a form: the way, the head, the toolbar that stays in sight, and the rest."""
    bar, troubles = widgets.toolbar(desk)
    return widgets.stack(
        widgets.style(), navigation(desk, here), head, bar, troubles, *rest, kind="calib-form"
    )
