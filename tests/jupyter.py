"""Drive the real workbook: `calib open` as a process, JupyterLab and Voilà in a real Chromium."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FORM = ".calib-form .calib-toolbar"
LAB_READY = ".jp-NotebookPanel:visible .jp-Cell"
IDLE = ".jp-StatusBar-Widget :text('| Idle')"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Workbook:
    """A running `calib open`."""

    def __init__(self, folder: Path, *more: str, port: int = 0, author: str = "Ada"):
        self.folder, self.port = folder, port or free_port()
        self.scratch = tempfile.TemporaryDirectory(prefix="calib-test-")
        home = {
            name: f"{self.scratch.name}/{name.lower()}"
            for name in ("XDG_STATE_HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")
        }
        self.errors = Path(self.scratch.name, "stderr")
        command = [sys.executable, "-m", "calib", "open", str(folder), "--no-browser"]
        with self.errors.open("wb") as stream:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port), *more], cwd=ROOT, stderr=stream,
                env={**os.environ, **home, "CALIB_AUTHOR": author, "TMPDIR": self.scratch.name},
            )  # fmt: skip
        self.address = self._address()

    def said(self) -> str:
        return self.errors.read_text(errors="replace")

    def _address(self) -> str:
        for _ in range(600):
            if found := re.search(r"(http://\S+token=\S+)\n", self.said()):
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the workbook did not start: {self.said()}")

    @property
    def token(self) -> str:
        return self.address.rpartition("=")[2]

    def at(self, notebook: str) -> str:
        """The address of a notebook; a fresh JupyterLab without the tabs of before."""
        return self.address.replace("00_start", notebook) + "&reset"

    def stop(self) -> float:
        """Press Ctrl-C; return the seconds it took."""
        began = time.perf_counter()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=40)
        with suppress(OSError):
            self.scratch.cleanup()
        return time.perf_counter() - began


@contextmanager
def workbook(folder: Path, *more: str, **named):
    """A workbook that is stopped in the end."""
    running = Workbook(folder, *more, **named)
    try:
        yield running
    finally:
        running.stop()


def show(page, book: Workbook, notebook: str) -> float:
    """Open a notebook in JupyterLab and run it; return the seconds from Run to the form."""
    page.goto(book.at(notebook))
    page.wait_for_selector(LAB_READY)
    page.wait_for_selector(IDLE)
    return run_all(page)


def menu(page, name: str, command: str) -> None:
    page.click(f'.lm-MenuBar-itemLabel:text-is("{name}")')
    page.click(f'li[data-command="{command}"]')


def run_all(page) -> float:
    for patience in (5_000, 30_000):
        began = time.perf_counter()
        menu(page, "Run", "runmenu:run-all")
        # JupyterLab forgets a Run All that comes while it joins a kernel that is there already.
        try:
            page.wait_for_selector(FORM, timeout=patience)
            break
        except Exception:
            if patience > 5_000:
                raise
    return time.perf_counter() - began


def show_app(page, book: Workbook, notebook: str) -> float:
    """Open a form of the app; return the seconds until it can be used."""
    began = time.perf_counter()
    page.goto(book.at(notebook))
    page.wait_for_selector(FORM)
    return time.perf_counter() - began
