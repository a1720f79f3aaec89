"""`calib open`, `undo` and `log`: the workbook, and what was done in it."""

from __future__ import annotations

import getpass
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calib.cli import room
from calib.cli.main import FOLDER, JSON, Exit, guarded, leave, main, say
from calib.problems import BadInput, Problem

if TYPE_CHECKING:
    from calib.store import Entry

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
@room.options
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
    from calib.catalog import load_catalog
    from calib.store import find_assessment, load_assessment

    folder = find_assessment(assessment).resolve()
    load_assessment(folder, load_catalog())
    if not os.access(folder, os.W_OK):
        say(f"calib: {folder} is read-only: you can look, but nothing can be saved")
    asked = room.Asked(**more)
    asked.must_fit(assessment)
    _obey_signals()
    if asked.room_only:
        with room.voting_room(folder, asked) as server, suppress(KeyboardInterrupt):
            say("Stop it with Ctrl-C.")
            server.wait()
        return
    _must_be_free(port)
    with room.voting_room(folder, asked) if asked.workshop else nullcontext():
        _open_workbook(folder, port, app=app, browser=not no_browser, workshop=asked.workshop)


def _open_workbook(folder: Path, port: int, *, app: bool, browser: bool, workshop: bool) -> None:
    from calib.workbook import POINTER, remember

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
    from calib.places import shipped

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
        f"--ServerApp.ip={_LOOPBACK}", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={desk}", "--ServerApp.open_browser=False", "--log-level=WARN",
        f"--ServerApp.tornado_settings={_web(port)!r}", *root,
    ]  # fmt: skip


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
        "--LabApp.news_url=None", "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--LabApp.app_settings_dir={settings}",
    )  # fmt: skip
    return [sys.executable, "-m", "jupyterlab", *_server(desk, port), *quiet]


def _app(desk: Path, port: int) -> list[str]:
    return [
        sys.executable, "-m", "jupyter_server",
        "--ServerApp.jpserver_extensions=voila.server_extension=True",
        "--VoilaConfiguration.strip_sources=True", *_server(desk, port),
    ]  # fmt: skip


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


@main.command()
@FOLDER
@click.argument("entry", required=False)
@guarded
def undo(assessment: str, entry: str | None) -> None:
    """Take back the last edit of DIR that was made with the forms, or the ENTRY of `calib log`.

    An undo is an edit too: it is in the log, and can be undone. Where the field was changed since,
    both values are kept and the form asks.
    """
    from calib.store import Conflict, Kept, Store, find_assessment

    store = Store.open(find_assessment(assessment), author())
    if entry is None:
        standing = _standing(store.log())
        entry = standing[0].id if standing else None
    answer = store.undo(entry) if entry else None
    if answer is None:
        say("There is nothing to undo.")
    elif isinstance(answer, Conflict):
        leave(f"{answer}; nothing was changed, open the form to choose", Exit.NOT_READY)
    elif isinstance(answer, Kept):
        leave(f"kept in the journal, not yet in the file: {answer.reason}", Exit.CANNOT_WRITE)
    else:
        say(f"Took back {answer.entry.file}.")


def _standing(log: Sequence[Entry]) -> list[Entry]:
    """List the edits that hold, the newest first: saved, and not taken back since."""
    from calib.store import Kind, Outcome

    last = {e.ref: e.kind for e in reversed(log) if e.kind in (Kind.UNDO, Kind.REDO)}
    edits = (Kind.EDIT, Kind.CREATE, Kind.REMOVE, Kind.RESOLVE)
    return [
        e
        for e in log
        if e.kind in edits and e.outcome is Outcome.SAVED and last.get(e.id) is not Kind.UNDO
    ]


@main.command()
@FOLDER
@click.option("--file", "file", default=None, help="Only edits of this file.")
@click.option("-n", "--number", type=click.IntRange(1), default=30, show_default=True)
@JSON
@guarded
def log(assessment: str, file: str | None, number: int, as_json: bool) -> None:
    """Print what was done to DIR with the forms, the newest first: who, when, what."""
    from calib.store import Kind, Store, find_assessment

    store = Store.open(find_assessment(assessment), author())
    shown = [e for e in store.log(file) if e.kind is not Kind.SETTLED][:number]
    _print_entries(shown, as_json=as_json)
    if lacking := store.unread():
        raise BadInput(lacking)  # told after what can be read: a log must not look whole
    if not shown and not as_json:
        say("Nothing was edited here with the forms yet.")


def _print_entries(shown: list[Entry], *, as_json: bool) -> None:
    from calib.store.place import spell

    if as_json:
        rows = [
            {"id": e.id, "time": e.time, "author": e.author, "kind": e.kind, "file": e.file,
             "field": spell(e.place), "old": e.seen, "new": e.new, "outcome": e.outcome}
            for e in shown
        ]  # fmt: skip
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for e in shown:
        what = f"{e.file} {spell(e.place)}".strip()
        when = datetime.fromisoformat(e.time).astimezone()
        click.echo(
            f"{when:%Y-%m-%d %H:%M:%S}  {e.author:<12} {e.kind:<8} {what}  [{e.id}] {_short(e.new)}"
        )


def _short(value: object) -> str:
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= 60 else text[:57] + "..."


def author() -> str:
    """Say who is at the keyboard, as the journal writes it down."""
    try:
        return os.environ.get("CALIB_AUTHOR") or getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
