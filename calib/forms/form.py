"""A form as a notebook shows it: widgets in a live kernel, static HTML in a scripted run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from calib.render import html as render_html
from calib.render import palette
from calib.render.document import Section
from calib.resources import resource_path

MimeBundle = dict[str, Any]
"""Content by MIME type, as IPython's display protocol defines it."""


class Displayable(Protocol):
    """The part of an ipywidgets widget that a form needs; ipywidgets publishes no types."""

    def _repr_mimebundle_(self, **kwargs: object) -> MimeBundle | tuple[MimeBundle, MimeBundle]: ...


def style_sheet() -> str:
    """Return the style sheet of forms and of the report sections they show."""
    folder = resource_path("templates", "readiness")
    sheets = (folder / "report.css", folder / "forms.css")
    return palette.css_variables() + "".join(s.read_text(encoding="utf-8") for s in sheets)


@dataclass(frozen=True)
class Form:
    """Show widgets in a live notebook, and the same content as static HTML elsewhere."""

    title: str
    build: Callable[[], Displayable | None]
    """Builds the widgets; called in a live notebook only."""
    sections: Callable[[], Sequence[Section]]
    """Returns the report sections to show in a scripted run."""
    live: bool
    """Whether a person can use the widgets, as opposed to papermill, nbval or nbconvert."""

    def _repr_mimebundle_(self, **kwargs: object) -> MimeBundle:
        widget = self.build() if self.live else None
        if widget is not None:
            bundle = widget._repr_mimebundle_(**kwargs)
            data = bundle[0] if isinstance(bundle, tuple) else bundle
            # A saved notebook keeps this text; its widgets are dead once the kernel has stopped.
            return {**data, "text/plain": f"{self.title}: run this cell to open the form."}
        html = "".join(render_html.render_section(s, interactive=False) for s in self.sections())
        return {"text/plain": self.title, "text/html": f"<style>{style_sheet()}</style>{html}"}
