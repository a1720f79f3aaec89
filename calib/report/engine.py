"""A papermill engine that runs cells in an IPython shell of this process.

A kernel takes about a second to start and to stop, and papermill rewrites the notebook around every
cell; for a report of a few cells that is most of the time. Papermill's contract stays: injected
parameters, outputs in the notebook, the failing cell recorded and raised.
"""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from IPython.core.displayhook import CapturingDisplayHook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_output
from papermill.engines import Engine


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


class _Publisher(CapturingDisplayPublisher):
    sink: list[Any]

    def publish(self, data: Any, metadata: Any = None, **_: Any) -> None:
        self.sink.append(new_output("display_data", data=data, metadata=metadata or {}))


class _Hook(CapturingDisplayHook):
    """Take the value of a cell's last line."""


class InProcessEngine(Engine):
    """Run a notebook's cells in this process."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **_: Any) -> None:
        """Run the code cells in order; stop at the first that fails, as papermill expects."""
        shell = InteractiveShell()
        shell.history_manager.enabled = False
        for number, cell in enumerate(nb_man.nb.cells):
            nb_man.cell_start(cell, number)
            if cell.cell_type == "code" and cell.source.strip():
                error = _run(shell, cell)
                if error is not None:
                    nb_man.cell_exception(cell, number, exception=error)
                    raise error
            nb_man.cell_complete(cell, number)


def _run(shell: InteractiveShell, cell: Any) -> CellExecutionError | None:
    """Run one cell; its outputs are those that a kernel would have sent."""
    outputs: list[Any] = []
    values: list[Any] = []
    publisher = _Publisher(shell=shell)
    publisher.sink = outputs
    shell.display_pub = publisher
    before, sys.displayhook = sys.displayhook, _Hook(shell, values)
    shell.displayhook = sys.displayhook
    shell.showtraceback = lambda *a, **k: None  # recorded below, not printed
    try:
        with (
            redirect_stdout(_Stream("stdout", outputs)),
            redirect_stderr(_Stream("stderr", outputs)),
        ):
            done = shell.run_cell(cell.source, store_history=True)
    finally:
        sys.displayhook = before
    cell.execution_count = shell.execution_count - 1
    for value in values:
        outputs.append(
            new_output(
                "execute_result", data=value["data"], metadata=value["metadata"],
                execution_count=cell.execution_count,
            )
        )  # fmt: skip
    cell.outputs = outputs
    error = done.error_before_exec or done.error_in_exec
    if error is None:
        return None
    kind = type(error)
    trace = shell.InteractiveTB.structured_traceback(kind, error, error.__traceback__)
    outputs.append(
        new_output("error", ename=kind.__name__, evalue=str(error), traceback=list(trace))
    )
    failed = CellExecutionError.from_cell_and_msg(
        cell, {"ename": kind.__name__, "evalue": str(error), "traceback": list(trace)}
    )
    failed.__cause__ = error
    return failed
