"""Links between the notebooks, and the frame that all forms share."""

from __future__ import annotations

import ipywidgets as w

from calib.forms import widgets
from calib.forms.controller import FormController
from calib.forms.form import Displayable
from calib.forms.toolbar import toolbar
from calib.render.escape import escape
from calib.resources import resource_path

START = "00_start.ipynb"
STUDIES = "10_case_studies.ipynb"
WORKSHOP = "30_workshop.ipynb"
PLAN = "40_plan.ipynb"
PORTFOLIO = "60_portfolio.ipynb"


def control_notebook(number: int) -> str:
    """Return the file name of a control's notebook; `number` is its position in the catalog."""
    found = sorted(resource_path("notebooks").glob(f"2{number}_*.ipynb"))
    return found[0].name if found else ""


def build_form(
    controller: FormController, notebook: str, head: w.Widget, *rest: w.Widget
) -> Displayable:
    """Build a form: navigation, head, toolbar, problems, and the rest below.

    `notebook` is the file name, or the control, of the notebook that shows the form.
    """
    bar, problems = toolbar(controller)
    form: Displayable = widgets.stack(
        widgets.style(),
        _navigation(controller, notebook),
        head,
        bar,
        problems,
        *rest,
        kind="calib-form",
    )
    return form


def link_output(page: str) -> w.Output:
    """Show HTML with links to other notebooks.

    It is an output widget because JupyterLab opens a link to a notebook as a tab of its own only
    if the link is in an output; a link in an HTML widget reloads the whole page.
    """
    out = w.Output()
    out.add_class("calib-links")
    update_links(out, page)
    return out


def update_links(out: w.Output, page: str) -> None:
    """Replace the HTML of a `link_output`."""
    # JupyterLab renders formulas in outputs. Partner text must not become a formula, because a
    # formula can contain a link.
    page = f'<div class="calib tex2jax_ignore mathjax_ignore">{page}</div>'
    shown = ({"output_type": "display_data", "data": {"text/html": page}, "metadata": {}},)
    if out.outputs != shown:
        out.outputs = shown


def _navigation(controller: FormController, current: str) -> w.Output:
    entries = [("Start", START, "Overview"), ("Case studies", STUDIES, "")]
    for number, control in enumerate(controller.catalog.controls, start=1):
        entries.append((control.id, control_notebook(number), control.title))
    entries.append(("Workshop", WORKSHOP, "Assess the criteria together"))
    entries.append(("Plan", PLAN, "Improvement plan"))
    entries.append(("Portfolio", PORTFOLIO, "Compare several assessments"))
    items = ""
    for label, target, title in entries:
        if current in (label, target):
            items += f'<li aria-current="page">{escape(label)}</li>'
        elif target:
            hint = f' title="{escape(title)}"' if title else ""
            items += f'<li><a href="{target}"{hint}>{escape(label)}</a></li>'
    return link_output(f'<nav aria-label="Notebooks"><ul class="calib-nav">{items}</ul></nav>')
