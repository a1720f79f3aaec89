"""Execute the report notebook with papermill, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calib.errors import BadInput, Problem
from calib.report.lean_imports import import_lean

ENGINE = "calib-report"


class ReportFailed(Exception):
    """Report the notebook cell or the output format that failed; no file was written."""


def run_notebook(parameters: Mapping[str, str], path: Path) -> Any:
    """Execute a notebook with papermill and return the executed notebook.

    Raises BadInput if `path` is not a notebook or a cell raises BadInput, and ReportFailed if a
    cell fails for any other reason.
    """
    import_lean("papermill.iorw")
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from calib.report.engine import InProcessEngine

    errors: list[BaseException] = []

    class Engine(InProcessEngine):
        """Keep the exceptions of cells, because papermill reports only their text."""

        @classmethod
        def cell_failed(cls, error: BaseException) -> None:
            errors.append(error)

    papermill_engines.register(ENGINE, Engine)
    try:
        return _execute(read_notebook(path), parameters, path)
    except PapermillExecutionError as error:
        if errors and isinstance(errors[0], BadInput):
            raise errors[0] from None
        message = f"cell {error.exec_count}: {error.ename}: {error.evalue}"
        raise ReportFailed(f"{path.name}: {message}") from error


def read_notebook(path: Path) -> Any:
    """Read a notebook as papermill does; raises BadInput if it is not a notebook."""
    import_lean("papermill.iorw")
    from nbformat import ValidationError
    from nbformat.reader import NotJSONError
    from papermill.iorw import load_notebook_node

    problem = Problem(str(path), "not a notebook", remedy="name an .ipynb file")
    if path.suffix != ".ipynb":
        raise BadInput([problem])
    try:
        return load_notebook_node(str(path))
    except OSError as error:
        raise BadInput([Problem(str(path), f"cannot be read: {error.strerror}")]) from error
    except (ValidationError, NotJSONError, ValueError, AttributeError, KeyError) as error:
        raise BadInput([problem]) from error


def _execute(nb: Any, parameters: Mapping[str, str], path: Path) -> Any:
    """Do the steps of `papermill.execute_notebook` without writing a notebook file.

    `execute_notebook(output_path=None)` still serialises the whole notebook after every cell.
    """
    from papermill import execute
    from papermill.engines import papermill_engines
    from papermill.parameterize import parameterize_notebook

    options: dict[str, Any] = {"engine_name": ENGINE, "kernel_name": "python3"}
    if parameters:
        nb = parameterize_notebook(nb, dict(parameters), **options)
    nb = execute.remove_error_markers(execute.prepare_notebook_metadata(nb, str(path), None))
    nb = papermill_engines.execute_notebook_with_engine(
        nb=nb, progress_bar=False, autosave_cell_every=0, **options
    )
    execute.raise_for_execution_errors(nb, None)
    return nb
