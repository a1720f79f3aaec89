"""A list that is filled from another: what is chosen stands as buttons, a field adds to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as w

from calib.forms import widgets


class Chosen:
    """Hold a list of texts; behaves like a widget with a `value`."""

    def __init__(self, label: str, adder: Any, name: Callable[[str], str] = str) -> None:
        """Take the widget whose value is added, and how an entry is shown."""
        self.label, self.adder, self.name = label, adder, name
        self._value: list[str] = []
        self._told: list[Callable[[Any], None]] = []
        self._rows: dict[tuple[str, str], Any] = {}
        self.shown = widgets.row(kind="calib-chosen")
        self.box = widgets.stack(widgets.labelled(label, adder, adder.placeholder_text), self.shown)
        self.box.add_class("calib-labelled")
        adder.add_class("calib-adder")

    @property
    def value(self) -> list[str]:
        """Return what is chosen."""
        return self._value

    @value.setter
    def value(self, new: Sequence[str]) -> None:
        if list(new) == self._value:
            return
        self._value = list(new)
        self.refresh()
        for told in self._told:
            told(None)

    def observe(self, told: Callable[[Any], None], names: str = "value") -> None:
        """Tell somebody of every change of the value."""
        if names == "value":
            self._told.append(told)

    def add(self, entry: str) -> None:
        """Choose one more."""
        if entry and entry not in self._value:
            self.value = [*self._value, entry]

    def refresh(self) -> None:
        """Show what is chosen, under its present names."""
        children = tuple(self._button(entry) for entry in self._value)
        if self.shown.children != children:
            self.shown.children = children

    def _button(self, entry: str) -> Any:
        name = self.name(entry)
        if (entry, name) not in self._rows:

            def leave() -> None:
                self.value = [e for e in self._value if e != entry]

            shown = name if len(name) <= 60 else f"{name[:59]}…"
            made = widgets.button(f"{shown} ×", leave, f"Remove {name} from {self.label}")
            self._rows[entry, name] = made
        return self._rows[entry, name]


def chosen_from(label: str, options: Sequence[tuple[str, str]], hint: str) -> Chosen:
    """Choose from a list; `offer` changes what it offers."""
    adder = w.Dropdown(options=[(hint, ""), *options], value="", layout=w.Layout(width="100%"))
    adder.placeholder_text = ""
    made = Chosen(label, adder)

    def take(_: Any) -> None:
        if adder.value:
            entry = adder.value
            adder.value = ""
            made.add(entry)

    adder.observe(take, names="value")
    return made


def offer(chosen: Chosen, options: Sequence[tuple[str, str]]) -> None:
    """Change what a list offers, and the names of what is chosen."""
    first = chosen.adder.options[0]
    new = (first, *options)
    if tuple(chosen.adder.options) != new:
        chosen.adder.options = new
        chosen.adder.value = ""
    chosen.refresh()


def chosen_freely(label: str, suggestions: Sequence[str], hint: str) -> Chosen:
    """Choose by typing a name and Enter; names are suggested."""
    adder = w.Combobox(
        options=list(suggestions),
        ensure_option=False,
        continuous_update=False,
        layout=w.Layout(width="100%"),
    )
    adder.placeholder_text = hint
    made = Chosen(label, adder)

    def take(_: Any) -> None:
        entry = " ".join(adder.value.split())
        if entry:
            adder.value = ""
            made.add(entry)

    adder.observe(take, names="value")
    return made
