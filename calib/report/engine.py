"""A papermill engine that runs cells in an IPython shell of this process.

A kernel takes about a second to start and to stop, and papermill rewrites the notebook around every
cell; for a report of a few cells that is most of the time. Papermill's contract stays: injected
parameters, outputs in the notebook, the failing cell recorded and raised.
"""

from __future__ import annotations

import ast
import io
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_output
from papermill.engines import Engine
from traitlets import Type
from traitlets.config import Config

from calib.problems import BadInput, Problem

_CONFIG = Config({"HistoryManager": {"enabled": False}})


class _Stream(io.StringIO):
    """Collect one stream's text into the outputs as it comes, like a kernel does."""

    def __init__(self, name: str, outputs: list[Any]) -> None:
        super().__init__()
        self.name_, self.outputs = name, outputs

    def write(self, text: str) -> int:
        last = self.outputs[-1] if self.outputs else None
        if last and last["output_type"] == "stream" and last["name"] == self.name_:
            last["text"] += text
        elif text:
            self.outputs.append(new_output("stream", name=self.name_, text=text))
        return len(text)


class _Publisher(DisplayPublisher):
    """Take what a cell displays."""

    def publish(self, data: Any, metadata: Any = None, **_: Any) -> None:
        self.shell.sink.append(new_output("display_data", data=data, metadata=metadata or {}))


class _Hook(DisplayHook):
    """Take the value of a cell's last line."""

    def write_output_prompt(self) -> None:
        """Print no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Take the value in all its forms."""
        self.shell.sink.append(
            new_output(
                "execute_result", data=format_dict, metadata=md_dict or {},
                execution_count=self.shell.execution_count,
            )
        )  # fmt: skip

    def finish_displayhook(self) -> None:
        """Print no line end."""
        self._is_active = False


class _Shell(InteractiveShell):
    """A shell whose outputs go to `sink`, as notebook outputs."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    sink: list[Any]

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """Print no traceback: it is recorded as an output."""


class InProcessEngine(Engine):
    """Run a notebook's cells in this process."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **_: Any) -> None:
        """Run the code cells in order; stop at the first that fails, as papermill expects."""
        _refuse_unknown(nb_man.nb)
        with tempfile.TemporaryDirectory(prefix="calib-ipython-") as home:
            cls._run_cells(nb_man, _Shell(config=_CONFIG, ipython_dir=home))

    @classmethod
    def _run_cells(cls, nb_man: Any, shell: _Shell) -> None:
        for number, cell in enumerate(nb_man.nb.cells):
            nb_man.cell_start(cell, number)
            if cell.cell_type == "code" and cell.source.strip():
                error = _run(shell, cell)
                if error is not None:
                    nb_man.cell_exception(cell, number, exception=error)
                    cls.failed(error)
                    break
            nb_man.cell_complete(cell, number)

    @classmethod
    def failed(cls, error: BaseException) -> None:
        """Take note of what a cell raised; papermill reports it from the notebook."""


def _refuse_unknown(nb: Any) -> None:
    """Refuse a parameter that the notebook does not have: papermill would only warn of it."""
    given = nb.metadata.get("papermill", {}).get("parameters", {})
    cells = [c.source for c in nb.cells if "parameters" in c.metadata.get("tags", ())]
    known = {t.id for c in cells for t in ast.walk(ast.parse(c)) if isinstance(t, ast.Name)}
    problems = [
        Problem(name, "the notebook has no such parameter", remedy=", ".join(sorted(known)))
        for name in given
        if name not in known
    ]
    if problems:
        raise BadInput(problems)


def _run(shell: _Shell, cell: Any) -> BaseException | None:
    """Run one cell; its outputs are those that a kernel would have sent."""
    shell.sink = cell.outputs = []
    cell.execution_count = shell.execution_count
    with (
        redirect_stdout(_Stream("stdout", shell.sink)),
        redirect_stderr(_Stream("stderr", shell.sink)),
    ):
        done = shell.run_cell(cell.source, store_history=True)
    error: BaseException | None = done.error_before_exec or done.error_in_exec
    if error is None:
        return None
    kind = type(error)
    trace = shell.InteractiveTB.structured_traceback(kind, error, error.__traceback__)
    shell.sink.append(
        new_output("error", ename=kind.__name__, evalue=str(error), traceback=list(trace))
    )
    return error
