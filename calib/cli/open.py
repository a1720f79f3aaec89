"""`calib open`, `undo` and `log`: the workbook, and what was done in it."""

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
from calib.cli.options import FOLDER
from calib.cli.root import Exit, guarded, leave, main, say
from calib.errors import BadInput, Problem

_LOOPBACK = "127.0.0.1"
_MOST_BYTES = 300_000_000
_LAB = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": True},
}
"""JupyterLab's settings where a person has chosen none."""
_PATIENCE = 20  # seconds for the kernels to save and end


@main.command("open")
@FOLDER
@click.option("--app", is_flag=True, help="Serve the forms without code, by Voilà.")
@click.option("--port", type=click.IntRange(1, 65535), default=8888, show_default=True)
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening a browser.")
@voting_server.options
@guarded
def open_(assessment: str, app: bool, port: int, no_browser: bool, **more: Any) -> None:
    """Open the workbook on DIR: JupyterLab, or with --app the forms alone.

    It listens on this machine only, and the address holds a token that nobody else knows. Stop it
    with Ctrl-C; everything that was typed into the forms is saved. The notebooks are copies for
    this time: what you change in their cells goes when you stop.

    With --workshop a voting server runs beside it, and the workbook opens at the workshop. Only
    that server is reached by others, at the --room address, by whoever has a join code; it takes
    votes and can show none before you reveal them.

    \b
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
        say(f"calib: {folder} is read-only: you can look, but nothing can be saved")
    asked = voting_server.Asked(**more)
    asked.must_fit(assessment)
    _obey_signals()
    if asked.room_only:
        with voting_server.voting_room(folder, asked) as server, suppress(KeyboardInterrupt):
            say("Stop it with Ctrl-C.")
            server.wait()
        return
    _must_be_free(port)
    with voting_server.voting_room(folder, asked) if asked.workshop else nullcontext():
        _open_workbook(folder, port, app=app, browser=not no_browser, workshop=asked.workshop)


def _open_workbook(folder: Path, port: int, *, app: bool, browser: bool, workshop: bool) -> None:
    from calib.notebook import POINTER, remember

    with tempfile.TemporaryDirectory(prefix="calib-notebooks-") as scratch:
        # Where another environment is activated, kernels would look for packages there first.
        os.environ.pop("VIRTUAL_ENV", None)
        os.environ[POINTER] = str(Path(scratch) / "assessment")
        # Tabs of an earlier workbook would point into a folder that is gone.
        os.environ["JUPYTERLAB_WORKSPACES_DIR"] = str(Path(scratch) / "workspaces")
        os.environ["JUPYTER_TOKEN"] = secrets.token_urlsafe(24)  # arguments are seen by everybody
        remember(folder)
        desk = _copied_notebooks(Path(scratch) / "workbook")
        command = _app(desk, port) if app else _lab(desk, port)
        first = "30_workshop" if workshop else "00_start"
        _serve(command, folder, _address(port, first, app=app), browser=browser)


def _obey_signals() -> None:
    # A closed terminal stops it too, and Ctrl-C also where the shell began it in the background.
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.default_int_handler)


def _copied_notebooks(desk: Path) -> Path:
    """Copy the notebooks, so that outputs and cell numbers never land in the installed ones."""
    from calib.resources import shipped

    desk.mkdir()
    for notebook in shipped("notebooks").glob("*.ipynb"):
        (desk / notebook.name).write_bytes(notebook.read_bytes())  # not its mode: it may be fixed
    return desk


def _address(port: int, notebook: str, *, app: bool) -> str:
    path = f"{'/voila/render' if app else '/lab/tree'}/{notebook}.ipynb"
    return f"http://{_LOOPBACK}:{port}{path}?token={os.environ['JUPYTER_TOKEN']}"


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            message = f"port {port} is taken"
            raise BadInput([Problem("--port", message, remedy=f"try --port {port + 1}")]) from None


def _server(desk: Path, port: int) -> list[str]:
    geteuid = getattr(os, "geteuid", None)
    root = ["--allow-root"] if geteuid is not None and geteuid() == 0 else []
    return [
        f"--ServerApp.ip={_LOOPBACK}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={desk}",
        "--ServerApp.open_browser=False",
        "--log-level=WARN",
        f"--ServerApp.tornado_settings={_web(port)!r}",
        *root,
    ]


def _web(port: int) -> dict[str, object]:
    """Return how the server speaks to the browser: pages load and send nothing elsewhere."""
    here = f"'self' data: blob: ws://{_LOOPBACK}:{port}"
    policy = f"default-src {here} 'unsafe-inline' 'unsafe-eval'; frame-ancestors 'self'"
    return {
        # An upload travels in one message; the ten megabytes of the default end the connection.
        "websocket_max_message_size": _MOST_BYTES,
        "headers": {"Content-Security-Policy": f"{policy}; form-action 'self'; base-uri 'self'"},
    }


def _lab(desk: Path, port: int) -> list[str]:
    # Nothing is asked of other machines: no news, no updates, no list of extensions.
    settings = desk.parent / "settings"
    settings.mkdir()
    (settings / "overrides.json").write_text(json.dumps(_LAB), encoding="utf-8")
    quiet = (
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--LabApp.app_settings_dir={settings}",
    )
    return [sys.executable, "-m", "jupyterlab", *_server(desk, port), *quiet]


def _app(desk: Path, port: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "jupyter_server",
        "--ServerApp.jpserver_extensions=voila.server_extension=True",
        "--VoilaConfiguration.strip_sources=True",
        *_server(desk, port),
    ]


def _serve(command: list[str], folder: Path, address: str, *, browser: bool) -> None:
    """Run the server until it ends or somebody stops it."""
    try:
        # In a session of its own it does not hear Ctrl-C itself, and asks no questions.
        server = subprocess.Popen(command, start_new_session=True)  # noqa: S603  our own command
    except OSError as error:
        leave(f"the server could not be started: {error}", Exit.CANNOT_WRITE)
    try:
        if _is_up(server, address):
            say(f"The workbook on {folder}: {address}\nStop it with Ctrl-C.")
            if browser:
                click.launch(address)
        code = server.wait()
    except KeyboardInterrupt:
        return
    finally:
        # Whatever happened, even that the terminal is gone and nothing can be said any more.
        if server.poll() is None:
            _stop(server)
    if code != 0:
        leave(f"the server ended with {code}; its last lines say why", Exit.CANNOT_WRITE)


def _is_up(server: subprocess.Popen[bytes], address: str) -> bool:
    """Wait until the server answers; False where it has ended or takes more than a minute."""
    port = int(address.split(":")[2].partition("/")[0])
    for _ in range(600):
        if server.poll() is not None:
            return False
        with suppress(OSError), socket.create_connection((_LOOPBACK, port), timeout=1):
            return True
        time.sleep(0.1)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server, which ends its kernels, which save what was typed last."""
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, signal.SIG_IGN)  # nobody interrupts this
    server.terminate()
    try:
        server.wait(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
