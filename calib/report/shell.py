"""An IPython shell whose outputs become notebook outputs, as a kernel's would.

Unlike a kernel it does not record widget state, which would put a partner's answers into the
executed notebook, and it does not support `input()`, because no user is at the prompt.
"""

from __future__ import annotations

import atexit
import base64
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any

from ipykernel.compiler import XCachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets import Type
from traitlets.config import Config

_CONFIG = Config({"HistoryManager": {"enabled": False}})


class OutputRecorder:
    """Append the outputs of the running cell to the notebook, in the order they arrive."""

    def __init__(self) -> None:
        self.outputs: list[Any] = []
        self._displays: dict[str, list[Any]] = {}
        self._clear_pending = False

    def begin(self, cell: Any) -> None:
        """Start recording the outputs of a cell."""
        cell.outputs = []
        self.outputs, self._clear_pending = (
            cell.outputs,
            False,
        )  # the same list object as in the notebook

    def add(self, kind: str, **content: Any) -> Any:
        """Append an output."""
        if self._clear_pending:
            self.outputs.clear()
            self._clear_pending = False
        self.outputs.append(NotebookNode(output_type=kind, **content))
        return self.outputs[-1]

    def write(self, stream: str, text: str) -> None:
        """Append text to a stream, merging it with a directly preceding output."""
        last = self.outputs[-1] if self.outputs and not self._clear_pending else None
        if last and last["output_type"] == "stream" and last["name"] == stream:
            last["text"] += text
        elif text:
            self.add("stream", name=stream, text=text)

    def display(self, data: Any, metadata: Any, ident: str | None, *, update: bool) -> None:
        """Add a display; if it has an id, later updates from any cell replace its content."""
        content = {"data": _encode_bytes(data), "metadata": metadata or {}}
        if ident:
            for earlier in self._displays.get(ident, ()):
                earlier.update(content)
        if not update:
            added = self.add("display_data", **content)
            if ident:
                self._displays.setdefault(ident, []).append(added)

    def clear(self, *, wait: bool) -> None:
        """Remove the cell's outputs now, or when the next output arrives."""
        self._clear_pending = wait
        if not wait:
            self.outputs.clear()


def _encode_bytes(data: Any) -> dict[str, Any]:
    """Encode bytes as base64, as the notebook format requires."""
    return {
        kind: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for kind, value in data.items()
    }


class _Stream(io.StringIO):
    """Forward printed text to the recorder."""

    def __init__(self, name: str, recorder: OutputRecorder) -> None:
        super().__init__()
        self._name, self._recorder = name, recorder

    def write(self, text: str) -> int:
        self._recorder.write(self._name, text)
        return len(text)


class _Publisher(DisplayPublisher):
    """Forward displayed objects to the recorder."""

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        ident = (transient or {}).get("display_id")
        self.shell.recorder.display(data, metadata, ident, update=update)

    def clear_output(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002  IPython's signature
        self.shell.recorder.clear(wait=wait)


class _Hook(DisplayHook):
    """Forward the value of a cell's last expression to the recorder."""

    def write_output_prompt(self) -> None:
        """Suppress the `Out[1]:` prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Record the value in all its representations."""
        self.shell.recorder.add(
            "execute_result",
            data=_encode_bytes(format_dict),
            metadata=md_dict or {},
            execution_count=self.prompt_count,
        )

    def finish_displayhook(self) -> None:
        """Suppress the trailing newline."""
        self._is_active = False


def _refuse_input(*_: Any, **__: Any) -> str:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


class Shell(InteractiveShell):
    """An IPython shell that forwards its outputs to a recorder."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    # Tracebacks and warnings show the file name of a cell; this one names it as kernels do.
    compiler_class = Type(XCachingCompiler)

    def __init__(self, **kwargs: Any) -> None:
        self.recorder = OutputRecorder()
        super().__init__(**kwargs)
        self.streams = [_Stream(name, self.recorder) for name in ("stdout", "stderr")]
        self.builtin_trap.auto_builtins["input"] = _refuse_input
        self.set_hook("show_in_pager", lambda *_, **__: None, 99)  # a kernel pages help, too

    def init_virtualenv(self) -> None:
        """Ignore VIRTUAL_ENV: IPython would put that environment before the running one."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        self.recorder.add("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb))

    def run(self, cell: Any) -> BaseException | None:
        """Run a code cell, record its outputs, and return the exception it raised, if any."""
        self.recorder.begin(cell)
        cell.execution_count = self.execution_count
        out, err = self.streams
        with _captured_descriptors(self.recorder), redirect_stdout(out), redirect_stderr(err):
            done = self.run_cell(cell.source, store_history=True)
        raised: BaseException | None = done.error_before_exec or done.error_in_exec
        return raised


@contextmanager
def _captured_descriptors(recorder: OutputRecorder) -> Iterator[None]:
    """Record the output of subprocesses, which write to file descriptors 1 and 2.

    It is appended after the cell's own output, because it is read when the cell ends.
    """
    with ExitStack() as stack:
        captured = []
        for number, name in ((1, "stdout"), (2, "stderr")):
            with suppress(OSError):  # this process has no such descriptor
                kept = os.dup(number)
                stack.callback(os.close, kept)
                file = stack.enter_context(tempfile.TemporaryFile())
                os.dup2(file.fileno(), number)
                captured.append((number, name, kept, file))
        try:
            yield
        finally:
            for number, name, kept, file in captured:
                os.dup2(kept, number)
                file.seek(0)
                recorder.write(name, file.read().decode("utf-8", "replace"))


@contextmanager
def new_shell() -> Iterator[Shell]:
    """Yield a shell for one notebook, then restore the process's former shell."""
    outer = InteractiveShell._instance  # noqa: SLF001  traitlets has no public accessor
    if outer is not None:
        type(outer).clear_instance()
    with tempfile.TemporaryDirectory(prefix="calib-ipython-") as home, _kernel_plotly_renderer():
        shell = Shell.instance(config=_CONFIG, ipython_dir=home)
        try:
            yield shell
        finally:
            shell.restore_sys_module_state()
            atexit.unregister(shell.atexit_operations)
            Shell.clear_instance()
            if outer is not None:
                for kind in type(outer)._walk_mro():  # noqa: SLF001  as above
                    kind._instance = outer  # noqa: SLF001  as above


@contextmanager
def _kernel_plotly_renderer() -> Iterator[None]:
    """Select the renderer that plotly selects in a kernel, which it detects by class name."""
    chosen = "PLOTLY_RENDERER" in os.environ
    os.environ.setdefault("PLOTLY_RENDERER", "plotly_mimetype")
    try:
        yield
    finally:
        if not chosen:
            os.environ.pop("PLOTLY_RENDERER", None)
