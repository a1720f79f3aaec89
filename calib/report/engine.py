"""A papermill engine that runs cells in an IPython shell of this process.

A kernel takes about a second to start and stop, and papermill writes the notebook before and after
every cell; for a report of a few cells that is most of the time. Papermill's contract holds:
parameters are injected, outputs and times are recorded in the notebook, and a failing cell is
recorded and raised. The notebook is written at the start, at the end, and between cells as often as
`--autosave-cell-every` asks.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from papermill.engines import Engine

from calib.errors import BadInput, Problem
from calib.report.shell import Shell, new_shell

_LANGUAGE = {
    "name": "python",
    "version": sys.version.split()[0],
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}
"""The language metadata that an IPython kernel reports."""


class InProcessEngine(Engine):
    """Run a notebook's cells in this process."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **_: Any) -> None:
        """Run the code cells in order and stop at the first that fails, as papermill expects."""
        _validate_parameters(nb_man.nb)
        with new_shell() as shell:
            for number, cell in enumerate(nb_man.nb.cells):
                with _without_saving(nb_man):
                    succeeded = cls._run_cell(nb_man, shell, number, cell)
                if not succeeded:
                    break
                nb_man.autosave_cell()
        nb_man.nb.metadata.language_info = _LANGUAGE

    @classmethod
    def _run_cell(cls, nb_man: Any, shell: Shell, number: int, cell: Any) -> bool:
        """Run a cell and record its outcome; return False if the notebook stops here."""
        tags = cell.metadata.get("tags", ())
        raised = None
        nb_man.cell_start(cell, number)
        if cell.cell_type == "code" and cell.source.strip() and "skip-execution" not in tags:
            raised = shell.run(cell)
        if raised is not None and "raises-exception" not in tags:
            nb_man.cell_exception(cell, number, exception=raised)
            cls.cell_failed(raised)
        nb_man.cell_complete(cell, number)
        return raised is None or "raises-exception" in tags

    @classmethod
    def cell_failed(cls, error: BaseException) -> None:
        """Receive the exception of a failed cell; subclasses may keep it."""


@contextmanager
def _without_saving(nb_man: Any) -> Iterator[None]:
    """Keep papermill from writing the notebook before and after a cell.

    `cell_start` and `cell_complete` of papermill 2.7 save unconditionally.
    """
    nb_man.save = lambda **_: None
    try:
        yield
    finally:
        del nb_man.save


def _validate_parameters(nb: Any) -> None:
    """Raise BadInput for parameters that the notebook does not declare; papermill only warns."""
    given = nb.metadata.get("papermill", {}).get("parameters", {})
    known: set[str] = set()
    for cell in nb.cells:
        if "parameters" in cell.metadata.get("tags", ()):
            with suppress(SyntaxError):  # running the cell will report it
                known |= {n.id for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Name)}
    problems = [
        Problem(name, "the notebook does not have this parameter", remedy=", ".join(sorted(known)))
        for name in given
        if name not in known
    ]
    if problems:
        raise BadInput(problems)
