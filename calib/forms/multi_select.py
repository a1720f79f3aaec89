"""A field for a list of values: each value is a button; a drop-down or text field adds more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as w

from calib.forms import widgets

_LONGEST_LABEL = 60  # characters of a button


class MultiSelect:
    """Edit a list of texts; it has `value` and `observe`, as a widget does."""

    def __init__(
        self, label: str, adder: w.Widget, hint: str = "", label_of: Callable[[str], str] = str
    ) -> None:
        """Take the widget that adds values, and how a value is shown."""
        self.label, self.adder, self.label_of = label, adder, label_of
        self._value: list[str] = []
        self._observers: list[Callable[[object], None]] = []
        self._buttons: dict[tuple[str, str], w.Button] = {}
        self._selected = widgets.row(kind="calib-chosen")
        self.box = widgets.stack(widgets.labelled_field(label, adder, hint), self._selected)
        self.box.add_class("calib-labelled")
        adder.add_class("calib-adder")
        adder.observe(self._on_added, names="value")

    @property
    def value(self) -> list[str]:
        """Return the selected values."""
        return self._value

    @value.setter
    def value(self, new: Sequence[str]) -> None:
        if list(new) == self._value:
            return
        self._value = list(new)
        self.refresh()
        for observer in self._observers:
            observer(None)

    def observe(self, observer: Callable[[object], None], names: str = "value") -> None:
        """Call an observer after every change of the value, as traitlets does."""
        if names == "value":
            self._observers.append(observer)

    def add(self, entry: str) -> None:
        """Select one more value."""
        if entry and entry not in self._value:
            self.value = [*self._value, entry]

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """Change the options of the drop-down, and the labels of selected values."""
        prompt = self.adder.options[0]
        new = (prompt, *options)
        if tuple(self.adder.options) != new:
            self.adder.options = new
            self.adder.value = ""
        self.refresh()

    def refresh(self) -> None:
        """Show the selected values under their current labels."""
        children = tuple(self._button(entry) for entry in self._value)
        if self._selected.children != children:
            self._selected.children = children

    def _on_added(self, _: object) -> None:
        entry = " ".join(self.adder.value.split())
        if entry:
            self.adder.value = ""  # ready for the next entry
            self.add(entry)

    def _button(self, entry: str) -> w.Button:
        label = self.label_of(entry)
        if (entry, label) not in self._buttons:

            def remove() -> None:
                self.value = [e for e in self._value if e != entry]

            fits = len(label) <= _LONGEST_LABEL
            short = label if fits else f"{label[: _LONGEST_LABEL - 1]}…"
            made = widgets.button(f"{short} ×", remove, f"Remove {label} from {self.label}")
            self._buttons[entry, label] = made
        return self._buttons[entry, label]


def dropdown_multi_select(
    label: str, options: Sequence[tuple[str, str]], prompt: str
) -> MultiSelect:
    """Create a multi-select with a drop-down of (text, value) options."""
    adder = w.Dropdown(options=[(prompt, ""), *options], value="", layout=w.Layout(width="100%"))
    return MultiSelect(label, adder)


def combobox_multi_select(label: str, suggestions: Sequence[str], hint: str) -> MultiSelect:
    """Create a multi-select with a text field; values need not be among the suggestions."""
    adder = w.Combobox(
        options=list(suggestions),
        ensure_option=False,
        continuous_update=False,
        layout=w.Layout(width="100%"),
    )
    return MultiSelect(label, adder, hint)
