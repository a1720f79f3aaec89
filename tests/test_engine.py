"""The engine keeps papermill's contract, and its outputs are those of a kernel."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from papermill.engines import papermill_engines

from calib.report.engine import InProcessEngine
from calib.report.shell import Shell

PAPERMILL = Path(sys.executable).parent / "papermill"
KERNEL = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}
CELLS = {
    "parameters": "who = 'nobody'  # a name",
    "streams": "import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three', end='')",
    "value": "{'a': [1, 2, 3], 'who': who}",
    "quiet": "7;",
    "none": "None",
    "rich": "class Rich:\n    def _repr_html_(self): return '<b>r</b>'\n    def _repr_png_(self): return b'\\x89PNG'\nRich()",
    "bundle": "class Bundle:\n    def _repr_mimebundle_(self, **_): return {'application/x+json': {'a': [1, (2, 3)]}, 'text/plain': 'b'}, {'application/x+json': {'m': 1}}\nBundle()",
    "display": "from IPython.display import HTML, display\ndisplay(HTML('<i>a</i>'), {'x': 1})\nprint('after')",
    "handle": "shown = display('first', display_id='d1')\nshown.update('second')\ndisplay('third', display_id='d2');",
    "from-afar": "from IPython.display import update_display\nupdate_display('fourth', display_id='d2')",
    "clear": "from IPython.display import clear_output\nprint('gone'); clear_output(); print('stays')",
    "clear-wait": "print('gone'); clear_output(wait=True); print('new')",
    "clear-nothing": "print('kept'); clear_output(wait=True)",
    "shell": "!echo from the shell; echo aside >&2",
    "bash": "%%bash\necho one\necho two >&2",
    "program": "import subprocess, time\nsubprocess.run('echo deep; echo aside >&2', shell=True, check=True)\ntime.sleep(0.5)",
    "precision": "%precision 3\n3.14159",
    "await": "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "underscore": "_ + '!'",
    "history": "(In[3], len(Out), _i, _18)",
    "frame": "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "figure": "import plotly.graph_objects as go\ngo.Figure(data=[go.Bar(y=[1])], layout={'template': 'none'})",
    "warning": "import warnings\nwarnings.warn('careful')",
    "main": "__name__, get_ipython() is not None",
    "question": "try:\n    input('who?')\nexcept Exception as error:\n    print(type(error).__name__, error)",
    "help": "len?",
    "empty": "   ",
    "comment": "# nothing",
    "thread": "import threading\nt = threading.Thread(target=print, args=('from a thread',)); t.start(); t.join()",
    "skipped": "print('never')",
    "allowed": "1 / 0",
    "last": "raise ValueError('bad <value>')",
    "never": "print('never')",
}
TAGS = {
    "parameters": ["parameters"],
    "skipped": ["skip-execution"],
    "allowed": ["raises-exception"],
}
ENDS = {
    "exit": "import sys\nsys.exit()",
    "exit-3": "import sys\nsys.exit(3)",
    "syntax": "a b",
    "interrupt": "raise KeyboardInterrupt",
    "nested": "def deep(n):\n    return deep(n - 1) if n else f(n)\n\ndef f(n):\n    return {}[n]\n\ndef g(n):\n    try:\n        deep(9)\n    except KeyError as error:\n        raise ValueError(n) from error\n\ng('key')",
    "magic": "%nosuchmagic",
}


def notebook(path: Path, cells: dict[str, str]) -> Path:
    made = [new_code_cell(s, id=i, metadata={"tags": TAGS.get(i, [])}) for i, s in cells.items()]
    made.insert(1, new_markdown_cell("Words.", id="words"))
    nbformat.write(new_notebook(cells=made, metadata=KERNEL), path)
    return path


def run(path: Path, *more: str) -> tuple[int, nbformat.NotebookNode]:
    made = path.with_suffix(".out.ipynb")
    # Under pytest's mark a kernel does not listen to the programs that a cell starts.
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
    done = subprocess.run(
        [PAPERMILL, path, made, "--no-progress-bar", *more], capture_output=True, text=True,
        cwd=path.parent, env=environment, stdin=subprocess.DEVNULL, check=False, timeout=120,
    )  # fmt: skip
    return done.returncode, nbformat.read(made, 4)


def plain(outputs):
    """Take out what no two runs share: addresses, colours, the names of files that never were.

    A kernel sends its streams now and then, so that only the order within each is certain.
    """
    text = re.sub(r"\\u001b\[[0-9;]*m", "", json.dumps(outputs))
    text = re.sub(r"0x[0-9a-f]+", "0x", text)
    text = re.sub(
        r"/tmp/ipykernel_\d+/\d+\.py|<ipython-input-\d+-\w+>|\d+\.py(?=, line)", "F", text
    )
    found = json.loads(text)
    streams = {}
    for one in [o for o in found if o["output_type"] == "stream"]:
        streams[one["name"]] = streams.get(one["name"], "") + one["text"]
    return [o for o in found if o["output_type"] != "stream"], streams


def compare(stock, ours):
    assert len(ours.cells) == len(stock.cells)
    for theirs, mine in zip(stock.cells, ours.cells, strict=True):
        name = theirs.id
        made = {"papermill-error-cell-tag", "injected-parameters"} & set(mine.metadata.tags)
        assert mine.id == name or made
        assert mine.cell_type == theirs.cell_type, name
        assert mine.source == theirs.source, name
        assert mine.get("execution_count") == theirs.get("execution_count"), name
        assert plain(mine.get("outputs", [])) == plain(theirs.get("outputs", [])), name
        assert mine.metadata.get("tags") == theirs.metadata.get("tags"), name
        noted = [c.metadata.get("papermill", {}) for c in (theirs, mine)]
        for key in ("status", "exception"):
            assert noted[1].get(key) == noted[0].get(key), (name, key)
        empty = [{k for k, v in n.items() if v is None} for n in noted]
        assert empty[0] == empty[1], name
    assert ours.metadata.language_info == stock.metadata.language_info
    assert ours.metadata.kernelspec == stock.metadata.kernelspec
    given = [n.metadata.papermill for n in (stock, ours)]
    assert given[0].keys() == given[1].keys()
    for key in ("parameters", "default_parameters", "exception", "input_path", "version"):
        assert given[1][key] == given[0][key], key


@pytest.mark.slow
def test_every_cell_gives_what_a_kernel_gives(tmp_path):
    path = notebook(tmp_path / "cells.ipynb", CELLS)
    code, stock = run(path, "-p", "who", "Ada")
    assert code == 1
    assert sum(len(c.get("outputs", ())) for c in stock.cells) > 25
    code, ours = run(path, "-p", "who", "Ada", "--engine", "calib")
    assert code == 1
    compare(stock, ours)


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDS)
def test_every_end_is_recorded_as_papermill_records_it(name, tmp_path):
    cells = {"first": "1", "end": ENDS[name], "never": "print('never')"}
    path = notebook(tmp_path / "end.ipynb", cells)
    expected, stock = run(path)
    code, ours = run(path, "--engine", "calib")
    assert code == expected
    compare(stock, ours)


@pytest.fixture
def engine():
    papermill_engines.register("calib", InProcessEngine)
    return {"engine_name": "calib", "progress_bar": False, "kernel_name": "python3"}


def test_a_failing_cell_is_saved_and_raised(engine, tmp_path):
    path = notebook(tmp_path / "in.ipynb", {"first": "1", "bad": "1 / 0", "never": "2"})
    with pytest.raises(papermill.PapermillExecutionError, match="ZeroDivisionError"):
        papermill.execute_notebook(path, tmp_path / "out.ipynb", **engine)
    saved = {c.id: c for c in nbformat.read(tmp_path / "out.ipynb", 4).cells}
    assert saved["first"].outputs[0].data["text/plain"] == "1"
    assert saved["bad"].outputs[0].ename == "ZeroDivisionError"
    assert saved["bad"].metadata.papermill.status == "failed"
    assert saved["never"].metadata.papermill.status == "pending"
    assert saved["never"].outputs == []


@pytest.mark.parametrize("seconds", [0, 30, 0.001])
def test_the_notebook_is_not_written_around_every_cell(engine, tmp_path, monkeypatch, seconds):
    from papermill import engines, iorw

    written = []

    def write(nb, path):
        written.append(path)
        iorw.write_ipynb(nb, path)

    monkeypatch.setattr(engines, "write_ipynb", write)
    monkeypatch.setattr(papermill.execute, "write_ipynb", write)
    path = notebook(tmp_path / "in.ipynb", {f"c{n}": f"{n}" for n in range(29)})
    papermill.execute_notebook(path, tmp_path / "out.ipynb", autosave_cell_every=seconds, **engine)
    if seconds == 0.001:
        assert len(written) > 5  # as often as it was asked for
    else:
        assert len(written) == 3  # at the start, at the end, and once more by papermill


def test_a_cell_may_take_its_streams_away(engine, tmp_path):
    """A stock kernel hangs on this one."""
    cells = {"take": "import sys\nsys.stdout = sys.stderr = None\n7", "next": "print('back')"}
    done = papermill.execute_notebook(notebook(tmp_path / "in.ipynb", cells), None, **engine)
    assert done.cells[0].outputs[0].data["text/plain"] == "7"
    assert done.cells[2].outputs[0].text == "back\n"


def test_nothing_of_a_run_is_left_behind(engine, tmp_path):
    from IPython.core.interactiveshell import InteractiveShell

    before = (sys.stdout, sys.stderr, sys.displayhook, sys.excepthook, sys.modules["__main__"])
    renderer = os.environ.get("PLOTLY_RENDERER")
    outer = InteractiveShell.instance()
    # One may stay, that of the last run, which its builtins hold; tests before may hold another.
    gc.collect()
    shells = sum(isinstance(one, Shell) for one in gc.get_objects())
    try:
        path = notebook(tmp_path / "in.ipynb", {"a": "x = 1", "b": "__name__"})
        papermill.execute_notebook(path, None, **engine)
        done = papermill.execute_notebook(path, None, **engine)
        assert done.cells[-1].outputs[0].data["text/plain"] == "'__main__'"
        assert InteractiveShell.instance() is outer
        assert "x" not in outer.user_ns
    finally:
        InteractiveShell.clear_instance()
        outer.restore_sys_module_state()
    assert os.environ.get("PLOTLY_RENDERER") == renderer
    now = (sys.stdout, sys.stderr, sys.displayhook, sys.excepthook, sys.modules["__main__"])
    assert now == before
    gc.collect()
    assert sum(isinstance(one, Shell) for one in gc.get_objects()) <= shells + 1


def test_another_environment_that_is_activated_is_left_alone(engine, tmp_path, monkeypatch):
    """A shell of IPython's own would take its packages from there."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = tmp_path / "other" / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "other"))
    cells = {"where": "import sys\nsys.path"}
    done = papermill.execute_notebook(notebook(tmp_path / "in.ipynb", cells), None, **engine)
    assert str(packages) not in done.cells[0].outputs[0].data["text/plain"]
    assert str(packages) not in sys.path
