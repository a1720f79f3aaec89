"""`calib open`: serve the workbook, and in a workshop the voting server."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import click

from calib.cli import voting_server
from calib.cli.options import ASSESSMENT_ARGUMENT
from calib.cli.root import ExitCode, exit_with, handle_errors, main, print_message
from calib.errors import BadInput, Problem

_LOOPBACK = "127.0.0.1"
_MAX_MESSAGE_BYTES = 300_000_000
_LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": True},
}
"""Defaults of JupyterLab; the user's own settings override them."""
_STARTUP_TRIES = 600
_STARTUP_PAUSE = 0.1
_STOP_TIMEOUT = 20
"""Seconds for the kernels to save and end."""


@main.command("open")
@ASSESSMENT_ARGUMENT
@click.option("--app", is_flag=True, help="Show only the forms, without code (Voilà).")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8888,
    show_default=True,
    metavar="N",
    help="Port of the workbook.",
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@voting_server.room_options
@handle_errors
def open_(assessment: str, app: bool, port: int, no_browser: bool, **room: Any) -> None:
    """Open the workbook for DIR in the browser.

    The workbook runs in JupyterLab, or with --app as forms without code. It is served on this
    machine only, under an address with a secret token. Stop it with Ctrl-C: all input in the forms
    is saved. The notebooks are temporary copies, so changes to their cells are lost.

    With --workshop, a voting server is started too and the workbook opens at the workshop.
    Participants reach only the voting server, at the --room address with a join code. It accepts
    votes, and shows none before you reveal them.

    \b
    Examples:
      calib open acme
      calib open acme --app
      calib open acme --workshop --room auto --names people.txt
      calib open acme --workshop --room 192.168.1.20 --seats 10
    """
    from calib.catalog.load import load_catalog
    from calib.store.load import load_assessment
    from calib.store.locate import find_assessment

    folder = find_assessment(assessment).resolve()
    load_assessment(folder, load_catalog())
    if not os.access(folder, os.W_OK):
        print_message(f"calib: {folder} is read-only: nothing can be saved")
    options = voting_server.RoomOptions(**room)
    options.validate(assessment)
    _raise_on_signals()
    if options.room_only:
        start = voting_server.start_voting_server
        with start(folder, options) as server, suppress(KeyboardInterrupt):
            print_message("Press Ctrl-C to stop.")
            server.wait()
        return
    _check_port(port)
    with voting_server.start_voting_server(folder, options) if options.workshop else nullcontext():
        _open_workbook(folder, port, app=app, browser=not no_browser, workshop=options.workshop)


def _open_workbook(folder: Path, port: int, *, app: bool, browser: bool, workshop: bool) -> None:
    from calib.notebook import POINTER_VARIABLE, remember_assessment

    with tempfile.TemporaryDirectory(prefix="calib-notebooks-") as scratch:
        # IPython would put the packages of an activated environment first in sys.path.
        os.environ.pop("VIRTUAL_ENV", None)
        os.environ[POINTER_VARIABLE] = str(Path(scratch) / "assessment")
        # JupyterLab would restore the tabs of an earlier workbook, whose folder has been deleted.
        os.environ["JUPYTERLAB_WORKSPACES_DIR"] = str(Path(scratch) / "workspaces")
        # In the environment, because other users can see command-line arguments.
        os.environ["JUPYTER_TOKEN"] = secrets.token_urlsafe(24)
        remember_assessment(folder)
        notebooks = copy_notebooks(Path(scratch) / "workbook")
        command = _voila_command(notebooks, port) if app else _lab_command(notebooks, port)
        first = "30_workshop" if workshop else "00_start"
        _serve(command, folder, _address(port, first, app=app), browser=browser)


def _raise_on_signals() -> None:
    """Raise KeyboardInterrupt on SIGINT, SIGTERM and SIGHUP (a closed terminal)."""
    # SIGINT too: a shell without job control starts background jobs with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.default_int_handler)


def copy_notebooks(target: Path) -> Path:
    """Copy the notebooks, so that running them does not change the installed ones."""
    from calib.resources import resource_path

    target.mkdir()
    for notebook in resource_path("notebooks").glob("*.ipynb"):
        # Not shutil.copy: it would also copy the mode, and installed files may be read-only.
        (target / notebook.name).write_bytes(notebook.read_bytes())
    return target


def _address(port: int, notebook: str, *, app: bool) -> str:
    path = f"{'/voila/render' if app else '/lab/tree'}/{notebook}.ipynb"
    return f"http://{_LOOPBACK}:{port}{path}?token={os.environ['JUPYTER_TOKEN']}"


def _check_port(port: int) -> None:
    """Raise BadInput if the port is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            message = f"port {port} is in use"
            raise BadInput([Problem("--port", message, remedy=f"try --port {port + 1}")]) from None


def _server_options(notebooks: Path, port: int) -> list[str]:
    geteuid = getattr(os, "geteuid", None)
    root = ["--allow-root"] if geteuid is not None and geteuid() == 0 else []
    return [
        f"--ServerApp.ip={_LOOPBACK}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={notebooks}",
        "--ServerApp.open_browser=False",
        "--log-level=WARN",
        f"--ServerApp.tornado_settings={_tornado_settings(port)!r}",
        *root,
    ]


def _tornado_settings(port: int) -> dict[str, object]:
    """Return settings that allow uploads, and keep pages from contacting other hosts."""
    own_origin = f"'self' data: blob: ws://{_LOOPBACK}:{port}"
    policy = f"default-src {own_origin} 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'self'"
    return {
        # An upload is a single message; the default limit of 10 MB would close the connection.
        "websocket_max_message_size": _MAX_MESSAGE_BYTES,
        "headers": {"Content-Security-Policy": f"{policy}; form-action 'self'; base-uri 'self'"},
    }


def _lab_command(notebooks: Path, port: int) -> list[str]:
    """Return the command for JupyterLab, which then requests no news, updates or extensions."""
    settings = notebooks.parent / "settings"
    settings.mkdir()
    (settings / "overrides.json").write_text(json.dumps(_LAB_SETTINGS), encoding="utf-8")
    offline = (
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--LabApp.app_settings_dir={settings}",
    )
    return [sys.executable, "-m", "jupyterlab", *_server_options(notebooks, port), *offline]


def _voila_command(notebooks: Path, port: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "jupyter_server",
        "--ServerApp.jpserver_extensions=voila.server_extension=True",
        "--VoilaConfiguration.strip_sources=True",
        *_server_options(notebooks, port),
    ]


def _serve(command: list[str], folder: Path, address: str, *, browser: bool) -> None:
    """Run the server until it ends or the user stops it."""
    try:
        # A new session, so that Ctrl-C reaches only this process: Jupyter would ask to confirm.
        server = subprocess.Popen(command, start_new_session=True)  # noqa: S603  our own command
    except OSError as error:
        exit_with(f"cannot start the server: {error}", ExitCode.CANNOT_WRITE)
    try:
        if _is_up(server, address):
            print_message(f"Workbook for {folder}: {address}\nPress Ctrl-C to stop.")
            if browser:
                click.launch(address)
        code = server.wait()
    except KeyboardInterrupt:
        return
    finally:
        # Also after an error, e.g. when the terminal is closed and printing fails.
        if server.poll() is None:
            _stop(server)
    if code != 0:
        exit_with(
            f"the server exited with code {code}; see its messages above", ExitCode.CANNOT_WRITE
        )


def _is_up(server: subprocess.Popen[bytes], address: str) -> bool:
    """Wait until the server answers; False if it has ended or takes more than a minute."""
    port = int(address.split(":")[2].partition("/")[0])
    for _ in range(_STARTUP_TRIES):
        if server.poll() is not None:
            return False
        with suppress(OSError), socket.create_connection((_LOOPBACK, port), timeout=1):
            return True
        time.sleep(_STARTUP_PAUSE)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Stop the server; it shuts down its kernels, which save the latest input."""
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not interrupt the saving
    server.terminate()
    try:
        server.wait(timeout=_STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
