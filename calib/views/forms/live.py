"""A form as a notebook shows it: widgets where somebody is there, a summary where nobody is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from calib.places import shipped
from calib.views import prose
from calib.views.blocks import Section


def style_sheet() -> str:
    """Return the style sheet of forms and of the sections they show."""
    folder = shipped("templates", "readiness")
    sheets = (folder / "report.css", folder / "forms.css")
    return prose.style_sheet() + "".join(s.read_text(encoding="utf-8") for s in sheets)


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
        html = "".join(prose.section_html(s, interactive=False) for s in self.sections())
        return {"text/plain": self.title, "text/html": f"<style>{style_sheet()}</style>{html}"}
