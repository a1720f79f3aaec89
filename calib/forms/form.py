"""A form as a notebook shows it: widgets where somebody is there, a summary where nobody is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from calib.render import html as render_html
from calib.render.document import Section
from calib.resources import shipped


def style_sheet() -> str:
    """Return the style sheet of forms and of the sections they show."""
    folder = shipped("templates", "readiness")
    sheets = (folder / "report.css", folder / "forms.css")
    return render_html.style_sheet() + "".join(s.read_text(encoding="utf-8") for s in sheets)


@dataclass(frozen=True)
class Form:
    """Show widgets to a person, and the same content as text to a program."""

    title: str
    build: Callable[[], Any]
    sections: Callable[[], Sequence[Section]]
    live: bool
    """Whether a person looks at it."""

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        if self.live:
            bundle = self.build()._repr_mimebundle_(**kwargs)
            # Kept in a saved notebook, where nobody answers the widgets any more.
            again = f"{self.title}: run this cell to open the form."
            data = bundle[0] if isinstance(bundle, tuple) else bundle
            return {**data, "text/plain": again}
        html = "".join(render_html.section_html(s, interactive=False) for s in self.sections())
        return {"text/plain": self.title, "text/html": f"<style>{style_sheet()}</style>{html}"}
