"""`calib open`, `undo` and `log`: the workbook, and what was done in it."""

from __future__ import annotations

import getpass
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from calib.cli.main import FOLDER, JSON, Exit, guarded, leave, main, say
from calib.problems import BadInput, Problem

_LOOPBACK = "127.0.0.1"


@main.command("open")
@FOLDER
@click.option("--app", is_flag=True, help="Serve the forms without code, by Voilà.")
@click.option("--port", type=click.IntRange(1, 65535), default=8888, show_default=True)
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening a browser.")
@guarded
def open_(assessment: str, app: bool, port: int, no_browser: bool) -> None:
    """Open the workbook on DIR: JupyterLab, or with --app the forms alone.

    It listens on this machine only, and the address holds a token that nobody else knows. Stop it
    with Ctrl-C; everything that was typed is saved.

    \b
    calib open acme
    calib open acme --app
    """
    from calib.catalog import load_catalog
    from calib.places import shipped
    from calib.store import find_assessment, load_assessment

    folder = find_assessment(assessment).resolve()
    load_assessment(folder, load_catalog())
    if not os.access(folder, os.W_OK):
        say(f"calib: {folder} is read-only: you can look, but nothing can be saved")
    _must_be_free(port)
    token = secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory(prefix="calib-notebooks-") as scratch:
        desk = Path(scratch) / "workbook"
        # Copies, so that outputs and cell numbers never land in the installed notebooks.
        shutil.copytree(shipped("notebooks"), desk, ignore=shutil.ignore_patterns(".*"))
        command = _app(desk, port, token) if app else _lab(desk, port, token)
        path = "/voila/render/00_start.ipynb" if app else "/lab/tree/00_start.ipynb"
        address = f"http://{_LOOPBACK}:{port}{path}?token={token}"
        say(f"The workbook on {folder}: {address}\nStop it with Ctrl-C.")
        environment = {**os.environ, "CALIB_ASSESSMENT": str(folder), "JUPYTER_TOKEN": token}
        _serve(command, environment, address, browser=not no_browser)


def _must_be_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            message = f"port {port} is taken"
            raise BadInput([Problem("--port", message, remedy=f"try --port {port + 1}")]) from None


def _lab(desk: Path, port: int, token: str) -> list[str]:
    return [
        sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.ip={_LOOPBACK}",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={desk}", f"--IdentityProvider.token={token}", *_as_root(),
    ]  # fmt: skip


def _app(desk: Path, port: int, token: str) -> list[str]:
    return [
        sys.executable, "-m", "jupyter_server", "--ServerApp.jpserver_extensions=voila.server_extension=True",
        f"--ServerApp.ip={_LOOPBACK}", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={desk}", f"--IdentityProvider.token={token}",
        "--ServerApp.open_browser=False", "--VoilaConfiguration.strip_sources=True", *_as_root(),
    ]  # fmt: skip


def _as_root() -> list[str]:
    geteuid = getattr(os, "geteuid", None)
    return ["--allow-root"] if geteuid is not None and geteuid() == 0 else []


def _serve(command: list[str], environment: dict[str, str], address: str, *, browser: bool) -> None:
    """Run the server until it ends or somebody stops it."""
    try:
        with subprocess.Popen(command, env=environment) as server:  # noqa: S603  our own command
            if browser:
                click.launch(address)
            try:
                code = server.wait()
            except KeyboardInterrupt:
                server.terminate()
                code = server.wait(timeout=20)
    except OSError as error:
        leave(f"the server could not be started: {error}", Exit.CANNOT_WRITE)
    if code > 0:
        leave(f"the server ended with {code}; its last lines say why", Exit.CANNOT_WRITE)


@main.command()
@FOLDER
@click.argument("entry", required=False)
@guarded
def undo(assessment: str, entry: str | None) -> None:
    """Take back the last edit of DIR that was made with the forms, or the ENTRY of `calib log`.

    An undo is an edit too: it is in the log, and can be undone. Where the field was changed since,
    both values are kept and the form asks.
    """
    from calib.store import Conflict, Kept, Kind, Store, find_assessment

    store = Store.open(find_assessment(assessment), getpass.getuser())
    if entry is None:
        edits = [e for e in store.log() if e.kind in (Kind.EDIT, Kind.CREATE, Kind.REMOVE)]
        undone = {e.ref for e in store.log() if e.kind is Kind.UNDO}
        entry = next((e.id for e in edits if e.id not in undone), None)
    answer = store.undo(entry) if entry else None
    if answer is None:
        say("There is nothing to undo.")
    elif isinstance(answer, Conflict):
        leave(f"{answer}; nothing was changed, open the form to choose", Exit.NOT_READY)
    elif isinstance(answer, Kept):
        leave(f"kept in the journal, not yet in the file: {answer.reason}", Exit.CANNOT_WRITE)
    else:
        say(f"Took back {answer.entry.file}.")


@main.command()
@FOLDER
@click.option("--file", "file", default=None, help="Only edits of this file.")
@click.option("-n", "--number", type=click.IntRange(1), default=30, show_default=True)
@JSON
@guarded
def log(assessment: str, file: str | None, number: int, as_json: bool) -> None:
    """Print what was done to DIR with the forms, the newest first: who, when, what."""
    from calib.store import Kind, Store, find_assessment
    from calib.store.place import spell

    store = Store.open(find_assessment(assessment), getpass.getuser())
    shown = [e for e in store.log(file) if e.kind is not Kind.SETTLED][:number]
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
        click.echo(f"{e.time[:19]}  {e.author:<12} {e.kind:<8} {what}  [{e.id}] {_short(e.new)}")
    if not shown:
        say("Nothing was edited here with the forms yet.")


def _short(value: object) -> str:
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= 60 else text[:57] + "..."
