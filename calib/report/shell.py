"""An IPython shell whose outputs become notebook outputs, as those of a kernel would.

Not taken over from a kernel: the state of widgets, which would put answers into the notebook, and
questions to a person (`input()`), of whom there is none.
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


class Outlet:
    """Take the outputs of the cell that is running, in the order in which they come."""

    def __init__(self) -> None:
        self.outputs: list[Any] = []
        self._shown: dict[str, list[Any]] = {}
        self._clears = False

    def begin(self, cell: Any) -> None:
        """Let the outputs of a cell come."""
        cell.outputs = []
        self.outputs, self._clears = cell.outputs, False  # the list that the notebook holds

    def add(self, kind: str, **content: Any) -> Any:
        """Add one output."""
        if self._clears:
            self.outputs.clear()
            self._clears = False
        self.outputs.append(NotebookNode(output_type=kind, **content))
        return self.outputs[-1]

    def write(self, stream: str, text: str) -> None:
        """Add text to a stream."""
        last = self.outputs[-1] if self.outputs and not self._clears else None
        if last and last["output_type"] == "stream" and last["name"] == stream:
            last["text"] += text
        elif text:
            self.add("stream", name=stream, text=text)

    def display(self, data: Any, metadata: Any, ident: str | None, *, update: bool) -> None:
        """Show something; under an identifier it can be replaced later, in any cell."""
        content = {"data": _encoded(data), "metadata": metadata or {}}
        if ident:
            for shown in self._shown.get(ident, ()):
                shown.update(content)
        if not update:
            shown = self.add("display_data", **content)
            if ident:
                self._shown.setdefault(ident, []).append(shown)

    def clear(self, *, wait: bool) -> None:
        """Remove the cell's outputs, or let the next one do so."""
        self._clears = wait
        if not wait:
            self.outputs.clear()


def _encoded(data: Any) -> dict[str, Any]:
    """Write bytes as a notebook holds them."""
    return {
        kind: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for kind, value in data.items()
    }


class _Stream(io.StringIO):
    """Pass on what is printed."""

    def __init__(self, name: str, outlet: Outlet) -> None:
        super().__init__()
        self._name, self._outlet = name, outlet

    def write(self, text: str) -> int:
        self._outlet.write(self._name, text)
        return len(text)


class _Publisher(DisplayPublisher):
    """Pass on what a cell displays."""

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
        self.shell.outlet.display(data, metadata, ident, update=update)

    def clear_output(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002  IPython's
        self.shell.outlet.clear(wait=wait)


class _Hook(DisplayHook):
    """Pass on the value of a cell's last line."""

    def write_output_prompt(self) -> None:
        """Print no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Take the value in all its forms."""
        self.shell.outlet.add(
            "execute_result",
            data=_encoded(format_dict),
            metadata=md_dict or {},
            execution_count=self.prompt_count,
        )

    def finish_displayhook(self) -> None:
        """Print no line end."""
        self._is_active = False


def _ask(*_: Any, **__: Any) -> str:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


class Shell(InteractiveShell):
    """A shell that passes its outputs to an outlet."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    # Tracebacks and warnings name a cell's file, and IPython's layout depends on that name.
    compiler_class = Type(XCachingCompiler)

    def __init__(self, **kwargs: Any) -> None:
        self.outlet = Outlet()
        super().__init__(**kwargs)
        self.streams = [_Stream(name, self.outlet) for name in ("stdout", "stderr")]
        self.builtin_trap.auto_builtins["input"] = _ask
        self.set_hook("show_in_pager", lambda *_, **__: None, 99)  # a kernel's help is no output

    def init_virtualenv(self) -> None:
        """Stay in the environment that runs: IPython would put an activated one before it."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        self.outlet.add("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb))

    def run(self, cell: Any) -> BaseException | None:
        """Run a code cell; its outputs are those that a kernel would have sent.

        Returns what the cell raised.
        """
        self.outlet.begin(cell)
        cell.execution_count = self.execution_count
        out, err = self.streams
        with _descriptors(self.outlet), redirect_stdout(out), redirect_stderr(err):
            done = self.run_cell(cell.source, store_history=True)
        raised: BaseException | None = done.error_before_exec or done.error_in_exec
        return raised


@contextmanager
def _descriptors(outlet: Outlet) -> Iterator[None]:
    """Take what other programs write that a cell starts, after what the cell itself prints."""
    with ExitStack() as stack:
        taken = []
        for number, name in ((1, "stdout"), (2, "stderr")):
            with suppress(OSError):  # a program without standard output has none to take
                kept = os.dup(number)
                stack.callback(os.close, kept)
                file = stack.enter_context(tempfile.TemporaryFile())
                os.dup2(file.fileno(), number)
                taken.append((number, name, kept, file))
        try:
            yield
        finally:
            for number, name, kept, file in taken:
                os.dup2(kept, number)
                file.seek(0)
                outlet.write(name, file.read().decode("utf-8", "replace"))


@contextmanager
def new_shell() -> Iterator[Shell]:
    """Give a shell for one notebook; whatever shell there was is there again afterwards."""
    outer = InteractiveShell._instance  # noqa: SLF001  traitlets has no other word for it
    if outer is not None:
        type(outer).clear_instance()
    with tempfile.TemporaryDirectory(prefix="calib-ipython-") as home, _as_in_a_kernel():
        shell = Shell.instance(config=_CONFIG, ipython_dir=home)
        try:
            yield shell
        finally:
            shell.restore_sys_module_state()
            atexit.unregister(shell.atexit_operations)
            Shell.clear_instance()
            if outer is not None:
                for kind in type(outer)._walk_mro():  # noqa: SLF001
                    kind._instance = outer  # noqa: SLF001


@contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """Let plotly choose as it does in a kernel, which it knows by the name of a class."""
    chosen = "PLOTLY_RENDERER" in os.environ
    os.environ.setdefault("PLOTLY_RENDERER", "plotly_mimetype")
    try:
        yield
    finally:
        if not chosen:
            os.environ.pop("PLOTLY_RENDERER", None)
